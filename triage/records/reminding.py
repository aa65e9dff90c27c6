"""Whom the clock has told what: what presses, and that nobody is told the same thing twice.

What was told stands in `memory` under a key made of request, stage and deadline: a deadline that has moved
is another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from triage.domain import Frozen, OutgoingMessage, Status
from triage.records import tables
from triage.records.database import Connected
from triage.records.outgoing import write_message
from triage.records.rows import Stage, add_event

_IN_HAND = (Status.IN_REVIEW, Status.PARKED)  # a reviewer can do something about it
_AT_ONCE = 5_000  # keys in one question
_M = tables.memory.c
_R = tables.requests.c


class Pressing(Frozen):
    """The clock of a request that a reviewer has in hand."""

    id: str
    team: str
    reviewer: str
    due: datetime
    breach: datetime | None


class Telling(Frozen):
    """One thing somebody is told, as the trail has it."""

    key: str  # two tellings may share it
    request_id: str
    due: datetime  # as it stood when this was written
    kind: str  # of the event
    detail: str


class Reminding(Connected):
    """What presses, and what was said of it."""

    def pressing(self, before: datetime) -> list[Pressing]:
        """What is in review or parked and due before a moment, the most urgent first."""
        stages = _R.stage.between(Stage.PARKED, Stage.DATED)
        query = sa.select(_R.id, _R.team, _R.reviewer, _R.due, _R.breach).where(
            stages, _R.status.in_(_IN_HAND), _R.due < before
        )
        with self._reading() as connection:
            rows = connection.execute(query.order_by(_R.due, _R.number))
            return [Pressing.model_validate(dict(row._mapping)) for row in rows]

    def told(self, keys: Collection[str]) -> frozenset[str]:
        """Those of the keys under which somebody was told something."""
        with self._reading() as connection:
            return frozenset(_known(connection, keys))

    def tell(self, tellings: Sequence[Telling], mails: Sequence[OutgoingMessage]) -> bool:
        """Put the mails into the outbox and note on the trail what they say, in one transaction.

        False, and nothing was done, when one of it was told meanwhile, or no longer is as it was: decided,
        waiting, or with another deadline.
        """
        due = {telling.request_id: telling.due for telling in tellings}
        keys = {telling.key for telling in tellings}
        with self._writing() as connection:
            if any(_known(connection, keys)) or _as_before(connection, due) != due:
                return False
            at = self._now()
            values = [{"name": _name(key), "value": at.isoformat()} for key in sorted(keys)]
            connection.execute(sa.insert(tables.memory), values)
            for telling in tellings:
                add_event(connection, telling.request_id, telling.kind, "", telling.detail, at)
            for mail in mails:
                write_message(connection, mail, at)
        return True


def _known(connection: sa.Connection, keys: Collection[str]) -> Iterator[str]:
    names = [_name(key) for key in keys]
    for start in range(0, len(names), _AT_ONCE):
        query = sa.select(_M.name).where(_M.name.in_(names[start : start + _AT_ONCE]))
        yield from (name.removeprefix(_name("")) for name in connection.execute(query).scalars())


def _as_before(connection: sa.Connection, due: Collection[str]) -> dict[str, datetime]:
    query = sa.select(_R.id, _R.due).where(_R.id.in_(due), _R.status.in_(_IN_HAND))
    return {row.id: row.due for row in connection.execute(query)}


def _name(key: str) -> str:
    return f"told {key}"
