"""The append-only trail: who did what to which request. Feeds the audit view and the live page.

Kinds: accepted, drafting, drafted, claimed, taken_over, released, autosaved, edited, sized, corrected,
approved, undone, answered, sent_back, asked, answers, mail, reopened, parked, trouble, retried, assigned,
closed, remembered, verified, unverified; the worker adds overdue, reminded and escalated, the outbox sent,
send_failed, bounced and resent.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from triage.domain import Event
from triage.records import tables
from triage.records.database import Connected
from triage.records.rows import add_event

_E = tables.events.c


class Trail(Connected):
    """Reads and appends events."""

    def events(self, request_id: str) -> list[Event]:
        """The trail of one request, oldest first."""
        return self._events(sa.select(tables.events).where(_E.request_id == request_id).order_by(_E.id))

    def events_after(self, last_id: int, limit: int = 100) -> list[Event]:
        """What happened after event `last_id`, oldest first; ids only ever grow."""
        query = sa.select(tables.events).where(_E.id > last_id).order_by(_E.id).limit(limit)
        return self._events(query)

    def last_event_id(self) -> int:
        """The newest event id, 0 when nothing has happened: where a live page starts to listen."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.max(_E.id))).scalar_one_or_none() or 0

    def add_event(self, request_id: str, kind: str, by: str = "", detail: str = "") -> Event:
        """Append one line; `by` empty means the service itself."""
        at = self._now()
        with self._writing() as connection:
            number = add_event(connection, request_id, kind, by, detail, at)
        return Event(id=number, request_id=request_id, kind=kind, by=by, detail=detail, at=at)

    def note_once(self, request_id: str, kind: str, detail: str) -> bool:
        """Append a line of the service's own unless the request has one of this `kind`; False if it has."""
        known = sa.select(_E.id).where(_E.request_id == request_id, _E.kind == kind).limit(1)
        with self._writing() as connection:
            if connection.execute(known).first():
                return False
            add_event(connection, request_id, kind, "", detail, self._now())
        return True

    def _events(self, query: sa.Select[Any]) -> list[Event]:
        with self._reading() as connection:
            return [Event.model_validate(dict(row._mapping)) for row in connection.execute(query)]
