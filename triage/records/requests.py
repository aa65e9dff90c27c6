"""Requests: taking them in, finding them, moving them along outside of a decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from triage.domain import Accepted, OutgoingMessage, Request, RequestRecord, Status, Who
from triage.errors import BadInput, Conflict
from triage.records import tables
from triage.records.claims import RELEASED
from triage.records.database import Connected
from triage.records.finding import drop_request_words, hits, put_request_words
from triage.records.outgoing import write_message
from triage.records.received import (
    Incoming,
    as_attachments,
    know_thread,
    read_files,
    read_later,
    write_received,
)
from triage.records.rows import add_event, conflict, fetch, move, record_of, stage_of
from triage.records.text import as_json, clean, digest

Job = Callable[[sa.Connection, str], None]
"""Enqueues the engine's job on the connection of OUR transaction; the text is a request or decision id."""


class LaterJob(Protocol):
    """A `Job` that may be told to wait."""

    def __call__(self, connection: sa.Connection, key: str, /, *, after: timedelta = ...) -> None:
        """Enqueue it, to be run no earlier than so long from now."""


_R = tables.requests.c
_OVER = (Status.APPROVED, Status.ANSWERED, Status.CLOSED)
_CLOSABLE = (Status.IN_REVIEW, Status.WAITING, Status.ANSWERED, Status.PARKED)
_SEARCHED_CHARACTERS = 4000

# made once, as they are asked for every request that comes in
_LAST_NUMBER = sa.select(sa.func.max(_R.number))
_SAME_MESSAGE_ID = (
    sa.select(_R.text_hash, _R.id).where(_R.message_id == sa.bindparam("key")).order_by(_R.number)
)


class Requests(Connected):
    """The request row is the truth for the state of the business (P1)."""

    def accept(
        self,
        request: Request,
        enqueue: Job,
        *,
        idempotency_key: str = "",
        reviewer: str = "",
        due: datetime | None = None,
        breach: datetime | None = None,
        team: str = "",
        incoming: Incoming | None = None,
        letters: Sequence[OutgoingMessage] = (),
    ) -> Accepted:
        """Take a request in: row, trail and job in one commit; when `enqueue` raises nothing is kept.

        `incoming`: what it was read from, kept as it came. `letters`: put into the outbox with it.

        A repeat gives the receipt of the first: the same `idempotency_key`, or the same mail
        (Message-ID and text). The same Message-ID with another text is a new request with a defect noted.

        Raises:
            Conflict: the idempotency key was used before, for another request.
        """
        with self._writing() as connection:
            known = _same_message_id(connection, request)
            earlier = _by_key(connection, idempotency_key, request) or known.get(digest(request.text()), "")
            if earlier:
                return Accepted(id=earlier, duplicate=True)
            noted = _note_reused_message_id(request, known)
            row = _new_row(noted) | {"reviewer": reviewer, "due": due, "breach": breach, "team": team}
            row |= {"number": next_number(connection), "stage": stage_of(Status.RECEIVED, due)}
            connection.execute(sa.insert(tables.requests), row)
            put_request_words(connection, {row["number"]: row["search"]})
            _keep_key(connection, idempotency_key, request)
            if incoming:
                write_received(connection, incoming, "request", noted.id, self._now())
            else:
                know_thread(connection, [noted.message_id], noted.id)
            for letter in letters:
                write_message(connection, letter, self._now())
            detail = f"accepted the request by {noted.channel}"
            add_event(connection, noted.id, "accepted", noted.submitter, detail, self._now())
            enqueue(connection, noted.id)
        return Accepted(id=noted.id)

    def request_by_key(self, idempotency_key: str) -> str:
        """The request that was accepted under this key, "" when none was."""
        keys = tables.intake_keys.c
        with self._reading() as connection:
            query = sa.select(keys.request_id).where(keys.key == idempotency_key)
            return connection.execute(query).scalar_one_or_none() or ""

    def record(self, request_id: str) -> RequestRecord:
        """The request and where it stands: as accepted, with what a reviewer corrected, the words found in
        its files and the mails that came since laid over it. Raises NotFound."""
        with self._reading() as connection:
            record = fetch(connection, request_id)
            return record.model_copy(update={"request": _with_mail(connection, record.request)})

    def request(self, request_id: str) -> Request:
        """The request as `record` gives it. Raises NotFound."""
        return self.record(request_id).request

    def records(
        self,
        *,
        statuses: Sequence[Status] = (),
        reviewer: str = "",
        submitter: str = "",
        search: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> list[RequestRecord]:
        """Requests that fit every filter given: open ones by due time, then finished ones, newest first.

        `search`: every word must begin a word of id, subject, customer, people or the start of the body.
        """
        query = sa.select(tables.requests)
        if statuses:
            query = query.where(_R.status.in_(statuses))
        if reviewer:
            query = query.where(_R.reviewer == reviewer)
        if submitter:
            query = query.where(_R.submitter == submitter)
        over = sa.case((_R.status.in_(_OVER), 1), else_=0)
        due = sa.case((_R.status.in_(_OVER), None), else_=_R.due)
        query = query.order_by(over, due.nulls_last(), _R.received.desc(), _R.id.desc())
        with self._reading() as connection:
            if search.strip():
                query = query.where(_R.number.in_(hits(connection, search)))
            return [record_of(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def counts(self) -> dict[Status, int]:
        """How many requests stand where; every status is a key."""
        query = sa.select(_R.status, sa.func.count()).group_by(_R.status)
        with self._reading() as connection:
            found = {Status(status): number for status, number in connection.execute(query)}
        return {status: found.get(status, 0) for status in Status}

    def begin_drafting(self, request_id: str) -> None:
        """Received -> drafting; anything further along is left alone. Raises NotFound."""
        with self._writing() as connection:
            fetch(connection, request_id)
            begun: dict[str, Any] = {"status": Status.DRAFTING, "new_mail": 0}
            if move(connection, request_id, expected=[Status.RECEIVED], **begun):
                add_event(connection, request_id, "drafting", "", "began to draft", self._now())

    def park(self, request_id: str, trouble: str) -> None:
        """Drafting failed for good: a person must look. Past drafting only the trail notes the trouble."""
        with self._writing() as connection:
            fetch(connection, request_id)
            moved = move(
                connection,
                request_id,
                expected=[Status.RECEIVED, Status.DRAFTING, Status.PARKED],
                status=Status.PARKED,
                trouble=trouble,
            )
            kind, verb = ("parked", "parked the request") if moved else ("trouble", "had trouble")
            add_event(connection, request_id, kind, "", f"{verb}: {trouble}", self._now())

    def retry(self, request_id: str, enqueue: Job, *, by: str = "") -> None:
        """Parked -> received, with a new job. Raises Conflict when it is not parked."""
        with self._writing() as connection:
            if not move(connection, request_id, expected=[Status.PARKED], status=Status.RECEIVED, trouble=""):
                raise conflict(
                    connection, request_id, "tried again", "Only a parked request can be tried again."
                )
            add_event(connection, request_id, "retried", by, "asked for another try", self._now())
            enqueue(connection, request_id)

    def correct_who(self, request_id: str, who: Who, by: str) -> RequestRecord:
        """Say whom the request is really from. What came in stays as it is; the correction is laid over it
        whenever it is read.

        Raises:
            Conflict: it is answered already.
            NotFound: no such request.
        """
        with self._writing() as connection:
            record = fetch(connection, request_id)
            if record.status in _OVER:
                raise conflict(connection, request_id, "corrected", "Its answer is out already.")
            changed = [name for name, value in who if value != getattr(record.request, name)]
            if not changed:
                return record
            _write_who(connection, record.request.model_copy(update=who.model_dump()), who)
            detail = "; ".join(_said_of(name, record.request, who) for name in changed)
            add_event(connection, request_id, "corrected", by, f"corrected {detail}", self._now())
            return fetch(connection, request_id)

    def assign(self, request_id: str, reviewer: str, by: str, *, because: str = "") -> None:
        """Name the one reviewer (P3); whoever held the request gives it back. `because`: for the trail.

        Raises:
            Conflict: it is closed.
            NotFound: no such request.
        """
        open_ones = [status for status in Status if status is not Status.CLOSED]
        with self._writing() as connection:
            change = {**RELEASED, "reviewer": reviewer}
            if not move(connection, request_id, expected=open_ones, **change):
                raise conflict(connection, request_id, "assigned", "A closed request needs no reviewer.")
            detail = f"made {reviewer} the reviewer{f', {because}' if because else ''}"
            add_event(connection, request_id, "assigned", by, detail, self._now())

    def close(self, request_id: str, outcome: str, by: str) -> None:
        """End it with one line on how it went (P1).

        Raises:
            BadInput: no outcome given.
            Conflict: it is being drafted or already closed.
        """
        if not outcome.strip():
            raise BadInput("Closing needs one line on how it ended.", 'Write for example "delivered in May".')
        with self._writing() as connection:
            change = {**RELEASED, "status": Status.CLOSED, "outcome": outcome}
            if not move(connection, request_id, expected=_CLOSABLE, **change):
                raise conflict(connection, request_id, "closed", "Reload the page to see where it stands.")
            add_event(connection, request_id, "closed", by, f"closed it: {outcome}", self._now())


def _with_mail(connection: sa.Connection, request: Request) -> Request:
    """Kept files stand in the order of `Request.attachments`; an old request has none."""
    later = tuple(read_later(connection, request.id))
    since = {mail.id for mail in later}
    files = [file for file in read_files(connection, request.id) if file.received_id not in since]
    attachments = as_attachments(files) if files else request.attachments
    return request.model_copy(update={"later": later, "attachments": attachments})


def _by_key(connection: sa.Connection, key: str, request: Request) -> str:
    if not key:
        return ""
    keys = tables.intake_keys
    row = connection.execute(sa.select(keys).where(keys.c.key == key)).one_or_none()
    if row is None:
        return ""
    if row.payload_hash != _payload_hash(request):
        raise Conflict(
            f"The idempotency key {key} was already used for another request, {row.request_id}.",
            "Send a new key with a new request, and the same key only with the same content.",
        )
    return str(row.request_id)


def _keep_key(connection: sa.Connection, key: str, request: Request) -> None:
    if key:
        values = {"key": key, "request_id": request.id, "payload_hash": _payload_hash(request)}
        connection.execute(sa.insert(tables.intake_keys).values(values))


def _payload_hash(request: Request) -> str:
    return digest(as_json(request.model_copy(update={"id": "", "received": datetime.min})))


def _same_message_id(connection: sa.Connection, request: Request) -> dict[str, str]:
    """Requests from mails with this Message-ID, by the digest of their text, the first one first."""
    if not request.message_id:
        return {}
    found = connection.execute(_SAME_MESSAGE_ID, {"key": clean(request.message_id)})
    return {row.text_hash: row.id for row in found}


def _note_reused_message_id(request: Request, known: dict[str, str]) -> Request:
    if not known:
        return request
    defect = f"The Message-ID was seen before, on request {next(iter(known.values()))}, with another text."
    return request.model_copy(update={"defects": (*request.defects, defect)})


def next_number(connection: sa.Connection) -> int:
    """The number of the next request that is accepted."""
    return (connection.execute(_LAST_NUMBER).scalar_one_or_none() or 0) + 1


def _write_who(connection: sa.Connection, request: Request, who: Who) -> None:
    row = connection.execute(sa.select(_R.number, _R.search).where(_R.id == request.id)).one()
    drop_request_words(connection, row.number, row.search)
    search = searched_text(request)
    put_request_words(connection, {row.number: search})
    change = sa.update(tables.requests).where(_R.id == request.id)
    connection.execute(change.values(who=as_json(who), search=search))


def _said_of(name: str, request: Request, who: Who) -> str:
    before, after = getattr(request, name), getattr(who, name)
    return f"{name.replace('_', ' ')}: {before or 'nothing'} → {after or 'nothing'}"


def _new_row(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "payload": as_json(request),
        "status": Status.RECEIVED,
        "submitter": request.submitter,
        "message_id": request.message_id,
        "text_hash": digest(request.text()),
        "search": searched_text(request),
        "received": request.received,
    }


def searched_text(request: Request) -> str:
    """What a request is found by: id, subject, people and the start of what is asked."""
    people = (request.customer, request.asker_name, request.asker_address, request.submitter)
    parts = (request.id, request.subject, *people, request.ask_text()[:_SEARCHED_CHARACTERS])
    return clean("\n".join(parts)).casefold()
