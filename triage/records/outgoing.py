"""The outbox: messages wait here until they are handed over or given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from triage.domain import Frozen, OutChannel, OutgoingMessage, Status
from triage.errors import Conflict, NotFound
from triage.records import tables
from triage.records.addresses import vouched_for
from triage.records.database import Connected
from triage.records.received import know_thread
from triage.records.rows import add_event
from triage.records.text import as_json, clean

OutStatus = Literal["pending", "sending", "sent", "failed"]
WAITING: tuple[OutStatus, ...] = ("pending", "sending")

APPROVED_KINDS = ("answer", "checklist", "customer")  # of messages: they rest on an approval
_O = tables.outgoing.c
_NO_LEASE = timedelta(0)
_DID = {"sent": "sent", "send_failed": "could not send", "bounced": "got back", "resent": "sent again"}
_MOST_LOST = 5  # tries, the last of which ended with the process
_LOST = "The service stopped in the middle of sending it, again and again. The log may say why."
_REASON = 1_000  # characters kept of why a message did not arrive


class OutgoingState(Frozen):
    """A message and what became of it."""

    message: OutgoingMessage
    status: OutStatus = "pending"  # "sending": handed to a worker; "failed": given up, or sent back
    tries: int = 0
    where: str = ""  # server and recipient, or the file it was written to
    trouble: str = ""  # why the last try failed
    in_doubt: bool = False  # a try broke off where nobody can tell: it may arrive, or have arrived, twice
    next_try: datetime | None = None  # while it waits
    sent_at: datetime | None = None
    created: datetime | None = None


@dataclass(frozen=True)
class OutgoingPage:
    """Some messages; `older` is what to ask for to get the next ones, "" when there are none."""

    states: tuple[OutgoingState, ...]
    older: str = ""


class Outgoing(Connected):
    """Reads and settles what waits in the outbox."""

    def put(self, message: OutgoingMessage) -> None:
        """Let a message wait; one whose id is already there is left alone."""
        with self._writing() as connection:
            write_message(connection, message, self._now())

    def due(
        self,
        now: datetime,
        limit: int = 50,
        *,
        lease: timedelta = _NO_LEASE,
        channel: OutChannel | None = None,
    ) -> list[OutgoingMessage]:
        """What should be sent now, oldest first; by one channel, or by all.

        `lease`: for so long nobody else is given these messages; needed when several workers send. One
        whose lease ran out unsettled counts as tried, is given out again, and marked as in doubt where a
        repeat shows: whoever had it may have died after the last byte. After five tries it is given up, as
        it may be the message that kills them.
        """
        query = sa.select(tables.outgoing).where(_is_due(now))
        if channel:
            query = query.where(_O.channel == channel)
        with self._writing() if lease else self._reading() as connection:
            rows = connection.execute(query.order_by(_O.created, _O.id).limit(limit)).all()
            if lease:
                rows = self._take(connection, rows, now + lease)
        return [OutgoingMessage.model_validate_json(row.payload) for row in rows]

    def channels_due(self, now: datetime) -> list[OutChannel]:
        """The channels that have something to send now."""
        with self._reading() as connection:
            found = connection.execute(sa.select(_O.channel).where(_is_due(now)).distinct()).scalars()
            return [OutChannel(name) for name in found]

    def sent(self, message_id: str, where: str) -> None:
        """It was handed over. `message_id` is `OutgoingMessage.id`. Raises NotFound."""
        change = {"status": "sent", "sent_to": where, "trouble": "", "sent_at": self._now()}
        self._settle(message_id, "sent", where, **change)

    def failed(self, message_id: str, why: str, retry_at: datetime | None, *, in_doubt: bool = False) -> None:
        """A try failed; it waits until `retry_at`, or is given up when that is None. Raises NotFound.

        `in_doubt`: it may have arrived all the same.
        """
        change: dict[str, Any] = {"status": "failed"}
        if retry_at:
            change = {"status": "pending", "next_try": retry_at}
        if in_doubt:
            change["in_doubt"] = True
        said = clean(why)[:_REASON]
        event = "" if retry_at else "send_failed"
        self._settle(message_id, event, said, trouble=said, **change)

    def bounced(self, message_id: str, why: str) -> bool:
        """A delivery report says that it did not arrive: it counts as failed from now on, with the reason,
        and its request's trail says so. False when that was known. Raises NotFound.
        """
        said = clean(why)[:_REASON]
        with self._writing() as connection:
            state = _one(connection, message_id)
            update = sa.update(tables.outgoing).where(_O.id == message_id, _O.status != "failed")
            changed = connection.execute(update.values(status="failed", trouble=said)).rowcount
            if changed:
                self._tell(connection, state.message, "bounced", "", said)
        return bool(changed)

    def again(self, message_id: str, by: str, to: str = "") -> OutgoingMessage:
        """Let a failed message wait again, under its fixed id, with all its tries; `to` is another address.

        Raises:
            Conflict: it waits already, went out, or is no longer what was approved.
            NotFound: no such message.
        """
        with self._writing() as connection:
            state = _one(connection, message_id)
            message = state.message.model_copy(update={"to": to}) if to else state.message
            if not stands(connection, message):
                raise Conflict(
                    f"The request of {message_id} is open again: this is no longer its answer.",
                    "Decide about the request; the new answer goes out then.",
                )
            if message.kind == "customer" and not vouched_for(connection, message.request_id, message.to):
                raise Conflict(
                    f"Nobody vouches for the address {message.to} any more.",
                    "Say on the review page that it is right, then send it again.",
                )
            change = {"status": "pending", "tries": 0, "next_try": self._now(), "payload": as_json(message)}
            update = sa.update(tables.outgoing).where(_O.id == message_id, _O.status == "failed")
            if not connection.execute(update.values(change)).rowcount:
                what = "went out" if state.status == "sent" else "waits to be sent already"
                raise Conflict(f"The message {message_id} {what}.", "Look at the outbox again.")
            self._tell(connection, message, "resent", by, f"to {message.to}")
        return message

    def tries(self, message_id: str) -> int:
        """How often it was tried since it was last queued. Raises NotFound."""
        return self.state(message_id).tries

    def state(self, message_id: str) -> OutgoingState:
        """One message and what became of it. Raises NotFound."""
        with self._reading() as connection:
            return _one(connection, message_id)

    def for_request(self, request_id: str) -> list[OutgoingState]:
        """The messages of one request, oldest first."""
        query = sa.select(tables.outgoing).where(_O.request_id == request_id).order_by(_O.created, _O.id)
        with self._reading() as connection:
            return [_state(row) for row in connection.execute(query)]

    def id_of(self, message_ids: Sequence[str]) -> str:
        """The id of our message that went out under one of these Message-IDs, else ""."""
        given = [f"<{key.strip().strip('<>')}>" for key in message_ids]
        names = {clean(key.strip("<>").rpartition("@")[0]) for key in given} - {""}
        query = sa.select(_O.id, _O.payload).where(_O.id.in_(names)).order_by(_O.id)
        with self._reading() as connection:
            for row in connection.execute(query):
                if OutgoingMessage.model_validate_json(row.payload).message_id in given:
                    return str(row.id)
        return ""

    def page(self, statuses: Sequence[OutStatus], limit: int, below: str = "") -> OutgoingPage:
        """Messages in these states, the newest first; `below`: what `older` said, "" for the first page."""
        query = sa.select(tables.outgoing).where(_O.status.in_(statuses))
        place = sa.select(_O.created).where(_O.id == clean(below)).scalar_subquery()
        if below:
            query = query.where(
                sa.or_(_O.created < place, sa.and_(_O.created == place, _O.id < clean(below)))
            )
        with self._reading() as connection:
            newest = query.order_by(_O.created.desc(), _O.id.desc()).limit(limit + 1)
            states = [_state(row) for row in connection.execute(newest)]
        more = len(states) > limit
        return OutgoingPage(tuple(states[:limit]), states[limit - 1].message.id if more else "")

    def counts(self) -> dict[tuple[OutChannel, OutStatus], int]:
        """How many messages there are, by channel and state."""
        query = sa.select(_O.channel, _O.status, sa.func.count()).group_by(_O.channel, _O.status)
        with self._reading() as connection:
            return {(OutChannel(row[0]), row[1]): row[2] for row in connection.execute(query)}

    def dead_letters(self) -> int:
        """How many messages were given up or came back."""
        query = sa.select(sa.func.count()).where(_O.status == "failed")
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def _take(
        self, connection: sa.Connection, rows: Sequence[sa.Row[Any]], until: datetime
    ) -> list[sa.Row[Any]]:
        """Lease the rows, but those that were lost too often."""
        lost = [row for row in rows if row.status == "sending"]
        for row in lost:
            doubt = not OutChannel(row.channel).knows_repeats
            change = sa.update(tables.outgoing).where(_O.id == row.id)
            connection.execute(change.values(tries=row.tries + 1, in_doubt=doubt))
        worn = [row for row in lost if row.tries + 1 >= _MOST_LOST]
        for row in worn:
            change = sa.update(tables.outgoing).where(_O.id == row.id)
            connection.execute(change.values(status="failed", trouble=_LOST))
            self._tell(connection, _state(row).message, "send_failed", "", _LOST)
        taken = [row for row in rows if row not in worn]
        lease = sa.update(tables.outgoing).where(_O.id.in_([row.id for row in taken]))
        connection.execute(lease.values(status="sending", next_try=until))
        return taken

    def _settle(self, message_id: str, event: str, detail: str, **change: Any) -> None:
        update = sa.update(tables.outgoing).where(_O.id == message_id, _O.status.in_(WAITING))
        with self._writing() as connection:
            message = _one(connection, message_id).message
            changed = connection.execute(update.values(tries=_O.tries + 1, **change)).rowcount
            if changed and event:
                self._tell(connection, message, event, "", detail)

    def _tell(
        self, connection: sa.Connection, message: OutgoingMessage, event: str, by: str, detail: str
    ) -> None:
        """A line on the trail of the request, when there is one: a sign-in link belongs to none."""
        if message.request_id:
            said = f"{_DID[event]} the {message.kind} by {message.channel}: {detail}"
            add_event(connection, message.request_id, event, by, said, self._now())


def call_back(connection: sa.Connection, request_id: str, why: str) -> None:
    """What an approval let go out and has not left yet does not leave: the approval no longer stands."""
    waiting = (_O.request_id == request_id, _O.status == "pending", sa.or_(*_approved_ids(request_id)))
    change = sa.update(tables.outgoing).where(*waiting)
    connection.execute(change.values(status="failed", trouble=why))


def stands(connection: sa.Connection, message: OutgoingMessage) -> bool:
    """False for what an approval let go out when that approval is no longer in force (P17)."""
    if message.kind not in APPROVED_KINDS:
        return True
    request = tables.requests.c
    query = sa.select(request.status).where(request.id == message.request_id)
    status = connection.execute(query).scalar_one_or_none()
    return status is None or status in (Status.ANSWERED, Status.CLOSED)


def _approved_ids(request_id: str) -> list[sa.ColumnElement[bool]]:
    return [_O.id.startswith(f"{request_id}.{kind}.", autoescape=True) for kind in APPROVED_KINDS]


def write_message(connection: sa.Connection, message: OutgoingMessage, now: datetime) -> None:
    """Put one message into the outbox unless its id is already there."""
    if connection.execute(sa.select(_O.id).where(_O.id == message.id)).first():
        return
    connection.execute(
        sa.insert(tables.outgoing).values(
            id=message.id,
            request_id=message.request_id,
            payload=as_json(message),
            status="pending",
            channel=message.channel,
            next_try=now,
            created=now,
        )
    )
    if message.request_id:
        know_thread(connection, [message.message_id], message.request_id)


def read_messages(connection: sa.Connection, request_id: str) -> list[OutgoingMessage]:
    """The messages of one request, oldest first."""
    query = sa.select(_O.payload).where(_O.request_id == request_id).order_by(_O.created, _O.id)
    return [OutgoingMessage.model_validate_json(row) for row in connection.execute(query).scalars()]


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_O.status.in_(WAITING), _O.next_try <= now)


def _one(connection: sa.Connection, message_id: str) -> OutgoingState:
    query = sa.select(tables.outgoing).where(_O.id == clean(message_id))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no message {message_id} in the outbox.", "Look at the trail of its request."
        )
    return _state(row)


def _state(row: sa.Row[Any]) -> OutgoingState:
    return OutgoingState(
        message=OutgoingMessage.model_validate_json(row.payload),
        status=row.status,
        tries=row.tries,
        where=row.sent_to,
        trouble=row.trouble,
        in_doubt=row.in_doubt,
        next_try=row.next_try if row.status in WAITING else None,
        sent_at=row.sent_at,
        created=row.created,
    )
