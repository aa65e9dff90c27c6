"""The outbox: mails wait here until they are handed to a mail server or given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from triage.domain import Frozen, OutgoingMessage
from triage.errors import NotFound
from triage.records import tables
from triage.records.database import Connected
from triage.records.text import as_json

_O = tables.outgoing.c
_NO_LEASE = timedelta(0)


class OutgoingState(Frozen):
    """A mail and what became of it."""

    message: OutgoingMessage
    status: Literal["pending", "sent", "failed"] = "pending"
    tries: int = 0
    where: str = ""  # server and recipient, or the file it was written to
    trouble: str = ""  # why the last try failed
    sent_at: datetime | None = None


class Outgoing(Connected):
    """Reads and settles what waits in the outbox."""

    def put(self, message: OutgoingMessage) -> None:
        """Let a mail wait; one whose id is already there is left alone."""
        with self._writing() as connection:
            write_message(connection, message, self._now())

    def due(self, now: datetime, limit: int = 50, *, lease: timedelta = _NO_LEASE) -> list[OutgoingMessage]:
        """What should be sent now, oldest first.

        `lease`: for so long nobody else is given these mails; needed when several workers send.
        """
        waiting = sa.select(tables.outgoing).where(_O.status == "pending", _O.next_try <= now)
        with self._writing() if lease else self._reading() as connection:
            rows = connection.execute(waiting.order_by(_O.created, _O.id).limit(limit)).all()
            if lease:
                taken = sa.update(tables.outgoing).where(_O.id.in_([row.id for row in rows]))
                connection.execute(taken.values(next_try=now + lease))
        return [OutgoingMessage.model_validate_json(row.payload) for row in rows]

    def sent(self, message_id: str, where: str) -> None:
        """It was handed over. `message_id` is `OutgoingMessage.id`. Raises NotFound."""
        change = {"status": "sent", "sent_to": where, "trouble": "", "sent_at": self._now()}
        self._settle(message_id, **change)

    def failed(self, message_id: str, why: str, retry_at: datetime | None) -> None:
        """A try failed; it waits until `retry_at`, or is given up when that is None. Raises NotFound."""
        change = {"next_try": retry_at} if retry_at else {"status": "failed"}
        self._settle(message_id, trouble=why, **change)

    def tries(self, message_id: str) -> int:
        """How often it was tried. Raises NotFound."""
        with self._reading() as connection:
            tries = connection.execute(sa.select(_O.tries).where(_O.id == message_id)).scalar_one_or_none()
        if tries is None:
            raise _unknown(message_id)
        return int(tries)

    def for_request(self, request_id: str) -> list[OutgoingState]:
        """The mails of one request, oldest first."""
        query = sa.select(tables.outgoing).where(_O.request_id == request_id).order_by(_O.created, _O.id)
        with self._reading() as connection:
            return [_state(row) for row in connection.execute(query)]

    def _settle(self, message_id: str, **change: Any) -> None:
        update = sa.update(tables.outgoing).where(_O.id == message_id, _O.status == "pending")
        with self._writing() as connection:
            done = connection.execute(update.values(tries=_O.tries + 1, **change)).rowcount
            known = done or connection.execute(sa.select(_O.id).where(_O.id == message_id)).first()
        if not known:
            raise _unknown(message_id)


def write_message(connection: sa.Connection, message: OutgoingMessage, now: datetime) -> None:
    """Put one mail into the outbox unless its id is already there."""
    if connection.execute(sa.select(_O.id).where(_O.id == message.id)).first():
        return
    connection.execute(
        sa.insert(tables.outgoing).values(
            id=message.id,
            request_id=message.request_id,
            payload=as_json(message),
            status="pending",
            next_try=now,
            created=now,
        )
    )


def _state(row: sa.Row[Any]) -> OutgoingState:
    return OutgoingState(
        message=OutgoingMessage.model_validate_json(row.payload),
        status=row.status,
        tries=row.tries,
        where=row.sent_to,
        trouble=row.trouble,
        sent_at=row.sent_at,
    )


def _unknown(message_id: str) -> NotFound:
    return NotFound(f"There is no message {message_id} in the outbox.", "Look at the trail of its request.")
