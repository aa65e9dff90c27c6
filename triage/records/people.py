"""People, the routing table, and the secrets by which people are recognised.

Of a secret only its SHA-256 is stored: 256 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from triage.domain import Frozen, Person, Role
from triage.errors import BadInput, NotFound, NotSignedIn
from triage.records import tables
from triage.records.database import Connected
from triage.records.text import clean

_P = tables.people.c
_R = tables.routes.c
_S = tables.secrets.c
_LINK, _SESSION, _TOKEN = "link", "session", "token"


class Route(Frozen):
    """Who answers for a product area (P3); the empty area is the default row."""

    area: str
    reviewer: str
    deputy: str = ""


class TokenInfo(Frozen):
    """An access token, without the secret itself."""

    address: str
    name: str
    created: datetime


class People(Connected):
    """Who may sign in, who reviews what, and how they are recognised. Addresses are kept in lower case."""

    def add(self, person: Person) -> None:
        """Add a person, or replace what is known of them. Raises BadInput when it is no address."""
        address = _address(person.address)
        if not address.partition("@")[2]:
            raise BadInput(f'"{person.address}" is no mail address.', "Write it like nora@example.com.")
        values = person.model_dump(exclude={"address"})
        with self._writing() as connection:
            if not connection.execute(_update_person(address).values(values)).rowcount:
                connection.execute(sa.insert(tables.people).values(address=address, **values))

    def get(self, address: str) -> Person | None:
        """The person with this address, also an inactive one."""
        with self._reading() as connection:
            return _person(connection, _address(address))

    def everyone(self) -> list[Person]:
        """All people, by address."""
        with self._reading() as connection:
            return _everyone(connection)

    def names(self) -> dict[str, str]:
        """What to call everybody, by address."""
        return {person.address: person.name or person.address for person in self.everyone()}

    def set_away(self, address: str, away: bool) -> None:
        """While away, the deputy gets new requests (P3). Raises NotFound."""
        with self._writing() as connection:
            if not connection.execute(_update_person(_address(address)).values(away=away)).rowcount:
                raise _unknown(address)

    def route(self, area: str, reviewer: str, deputy: str = "") -> None:
        """Name the reviewer and deputy for a product area; the empty area is the default row (P3)."""
        values = {"reviewer": _address(reviewer), "deputy": _address(deputy)}
        with self._writing() as connection:
            change = sa.update(tables.routes).where(_R.area == _area(area)).values(values)
            if not connection.execute(change).rowcount:
                connection.execute(sa.insert(tables.routes).values(area=_area(area), **values))

    def routes(self) -> list[Route]:
        """The routing table, default row first."""
        with self._reading() as connection:
            return _routes(connection)

    def reviewer_for(self, area: str) -> str:
        """The one reviewer for `area`: its row or the default row, the deputy during absence (P3).

        Without a row that names somebody present: the first reviewer present, else an admin, else "".
        """
        with self._reading() as connection:
            rows = {route.area: route for route in _routes(connection)}
            everyone = _everyone(connection)
        present = _present(everyone)
        named = [rows[key] for key in (_area(area), "") if key in rows]
        chosen = [address for route in named for address in (route.reviewer, route.deputy)]
        chosen += _with_role(everyone, Role.REVIEWER) + _with_role(everyone, Role.ADMIN)
        return next((address for address in chosen if address in present), "")

    def deputy_for(self, area: str, reviewer: str) -> str:
        """Who helps out when this reviewer does not get to a request of `area`: the other one of its row in
        the routing table, else of the default row, else of any row that names the reviewer; "" when none of
        them is present."""
        with self._reading() as connection:
            routes = _routes(connection)
            present = _present(_everyone(connection))
        wanted = [_area(area), ""]
        routes.sort(key=lambda route: wanted.index(route.area) if route.area in wanted else len(wanted))
        named = [
            (route.reviewer, route.deputy) for route in routes if reviewer in (route.reviewer, route.deputy)
        ]
        others = [deputy if reviewer == first else first for first, deputy in named]
        return next((address for address in others if address in present), "")

    def present(self) -> set[str]:
        """Addresses of everybody who is active and not away."""
        return _present(self.everyone())

    def issue_link(self, address: str, valid: timedelta) -> str:
        """A sign-in secret that works once within `valid`. Raises NotFound."""
        return self._issue(address, _LINK, "", valid)

    def redeem_link(self, token: str) -> Person:
        """Use up a sign-in secret. Raises NotSignedIn when it is unknown, used or over."""
        with self._writing() as connection:
            person = _owner(connection, token, _LINK, self._now())
            used = connection.execute(sa.delete(tables.secrets).where(_S.hash == _hash(token)))
            if person is None or used.rowcount != 1:
                raise NotSignedIn(
                    "This sign-in link was used already or is too old.", "Ask an admin for a new one."
                )
        return person

    def open_session(self, address: str, valid: timedelta) -> str:
        """A session secret for the cookie of one browser. Raises NotFound."""
        return self._issue(address, _SESSION, "", valid)

    def session(self, token: str) -> Person | None:
        """Whose session this is; None when unknown, over, or the person is no longer active."""
        with self._reading() as connection:
            return _owner(connection, token, _SESSION, self._now())

    def end_session(self, token: str) -> None:
        """Sign out; an unknown session is none."""
        with self._writing() as connection:
            wanted = sa.delete(tables.secrets).where(_S.hash == _hash(token), _S.kind == _SESSION)
            connection.execute(wanted)

    def add_token(self, address: str, name: str) -> str:
        """An access token for a program, valid until revoked. Raises NotFound."""
        return self._issue(address, _TOKEN, name, None)

    def token(self, token: str) -> Person | None:
        """Whose access token this is; None when unknown or the person is no longer active."""
        with self._reading() as connection:
            return _owner(connection, token, _TOKEN, self._now())

    def tokens(self) -> list[TokenInfo]:
        """All access tokens, without their secrets."""
        query = sa.select(_S.address, _S.name, _S.created).where(_S.kind == _TOKEN)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(_S.address, _S.created))
            return [TokenInfo.model_validate(dict(row._mapping)) for row in rows]

    def revoke_token(self, address: str, name: str) -> None:
        """End the access tokens of this name. Raises NotFound."""
        wanted = (_S.kind == _TOKEN, _S.address == _address(address), _S.name == clean(name))
        with self._writing() as connection:
            if not connection.execute(sa.delete(tables.secrets).where(*wanted)).rowcount:
                raise NotFound(f"{address} has no token {name}.", "Look at the list of tokens.")

    def _issue(self, address: str, kind: str, name: str, valid: timedelta | None) -> str:
        token = secrets.token_urlsafe(32)
        now = self._now()
        with self._writing() as connection:
            if _person(connection, _address(address)) is None:
                raise _unknown(address)
            connection.execute(sa.delete(tables.secrets).where(_S.expires <= now))
            connection.execute(
                sa.insert(tables.secrets).values(
                    hash=_hash(token),
                    kind=kind,
                    address=_address(address),
                    name=name,
                    created=now,
                    expires=now + valid if valid is not None else None,
                )
            )
        return token


def _address(address: str) -> str:
    return clean(address).strip().lower()


def _area(area: str) -> str:
    return " ".join(clean(area).casefold().split())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _present(people: Sequence[Person]) -> set[str]:
    return {person.address for person in people if person.active and not person.away}


def _with_role(people: Sequence[Person], role: Role) -> list[str]:
    return [person.address for person in people if person.role is role]


def _routes(connection: sa.Connection) -> list[Route]:
    rows = connection.execute(sa.select(tables.routes).order_by(_R.area))
    return [Route.model_validate(dict(row._mapping)) for row in rows]


def _everyone(connection: sa.Connection) -> list[Person]:
    rows = connection.execute(sa.select(tables.people).order_by(_P.address))
    return [Person.model_validate(dict(row._mapping)) for row in rows]


def _person(connection: sa.Connection, address: str) -> Person | None:
    row = connection.execute(sa.select(tables.people).where(_P.address == address)).one_or_none()
    return Person.model_validate(dict(row._mapping)) if row else None


def _owner(connection: sa.Connection, token: str, kind: str, now: datetime) -> Person | None:
    query = sa.select(_S.address).where(
        _S.hash == _hash(token), _S.kind == kind, sa.or_(_S.expires.is_(None), _S.expires > now)
    )
    address = connection.execute(query).scalar_one_or_none()
    person = _person(connection, address) if address else None
    return person if person and person.active else None


def _update_person(address: str) -> sa.Update:
    return sa.update(tables.people).where(_P.address == address)


def _unknown(address: str) -> NotFound:
    return NotFound(f"Nobody with the address {address} is known.", "Add them with: triage user add")
