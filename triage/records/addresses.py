"""Customers' addresses that a reviewer said are right. A From line is no proof, least of all in a forward."""

from __future__ import annotations

import sqlalchemy as sa

from triage.domain import Event
from triage.errors import BadInput
from triage.records import tables
from triage.records.database import Connected
from triage.records.rows import add_event, fetch

VERIFIED, UNVERIFIED = "verified", "unverified"  # kinds of event; the detail is the address

_E = tables.events.c


class Addresses(Connected):
    """Keeps on the trail who said what of which address."""

    def verify_address(self, request_id: str, address: str, by: str) -> Event:
        """Say that the answer to this request may go to `address`, which must be the asker's.

        Raises:
            BadInput: the asker's address is another one, or none.
            NotFound: no such request.
        """
        return self._say(request_id, VERIFIED, address, by)

    def withdraw_address(self, request_id: str, address: str, by: str) -> Event:
        """Take that back; what waits to leave for it does not. Raises as `verify_address`."""
        said = self._say(request_id, UNVERIFIED, address, by)
        out = tables.outgoing.c
        theirs = (out.request_id == request_id, out.id.startswith(f"{request_id}.customer.", autoescape=True))
        change = sa.update(tables.outgoing).where(*theirs, out.status == "pending")
        with self._writing() as connection:
            connection.execute(
                change.values(status="failed", trouble="Nobody vouches for the address any more.")
            )
        return said

    def verification(self, request_id: str, address: str) -> Event | None:
        """Who said of this very address that it is right, and when; None when nobody did, or took it back."""
        with self._reading() as connection:
            return vouched_for(connection, request_id, address)

    def address_verified(self, request_id: str, address: str) -> bool:
        """True when `verification` has somebody to name."""
        return self.verification(request_id, address) is not None

    def _say(self, request_id: str, kind: str, address: str, by: str) -> Event:
        wanted, at = _plain(address), self._now()
        with self._writing() as connection:
            asker = _plain(fetch(connection, request_id).request.asker_address)
            if not wanted or wanted != asker:
                raise BadInput(
                    f"The asker's address here is {asker or 'not known'}, not {wanted or 'empty'}.",
                    "Reload the page; correct the sender first if it is wrong.",
                )
            number = add_event(connection, request_id, kind, by, wanted, at)
        return Event(id=number, request_id=request_id, kind=kind, by=by, detail=wanted, at=at)


def vouched_for(connection: sa.Connection, request_id: str, address: str) -> Event | None:
    """Who said last that the address is right; None when nobody did, or it was taken back."""
    said = sa.select(tables.events).where(
        _E.request_id == request_id, _E.kind.in_((VERIFIED, UNVERIFIED)), _E.detail == _plain(address)
    )
    row = connection.execute(said.order_by(_E.id.desc()).limit(1)).one_or_none()
    if row is None or row.kind != VERIFIED:
        return None
    return Event.model_validate(dict(row._mapping))


def _plain(address: str) -> str:
    return address.strip().lower()
