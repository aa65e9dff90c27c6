"""Reading and changing the request row inside a transaction that somebody else holds open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from triage.domain import Claim, Draft, Question, QuestionState, Request, RequestRecord, Status, Who
from triage.errors import Conflict, NotFound
from triage.records import tables
from triage.records.citations import put_citations
from triage.records.text import as_json

_R = tables.requests.c
_D = tables.drafts.c
# Events that change nothing of the request itself.
_ASIDE = (
    *("claimed", "released", "taken_over", "verified", "unverified"),
    *("sent", "send_failed", "bounced", "resent"),
)


class Stage(IntEnum):
    """Where the inbox lists a request: it is sorted by this first, then by due time."""

    PARKED = 0
    DATED = 1
    UNDATED = 2  # no due time
    WAITING = 3
    OVER = 4


_STAGES = {
    Status.PARKED: Stage.PARKED,
    Status.WAITING: Stage.WAITING,
    Status.APPROVED: Stage.OVER,
    Status.ANSWERED: Stage.OVER,
    Status.CLOSED: Stage.OVER,
}


def stage_of(status: Status, due: datetime | None) -> Stage:
    """Where a request with this status belongs."""
    return _STAGES.get(status, Stage.DATED if due else Stage.UNDATED)


def fetch(connection: sa.Connection, request_id: str) -> RequestRecord:
    """The request and where it stands.

    Raises:
        NotFound: there is no such request.
    """
    row = connection.execute(sa.select(tables.requests).where(_R.id == request_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no request {request_id}.", "Look it up in the inbox.")
    return record_of(row)


def record_of(row: sa.Row[Any]) -> RequestRecord:
    """A row of `requests` as the domain sees it."""
    request = Request.model_validate_json(row.payload)
    who = Who.model_validate_json(row.who) if row.who else request.who
    return RequestRecord(
        request=request.model_copy(update=who.model_dump()),
        status=row.status,
        round=row.round,
        reviewer=row.reviewer,
        due=row.due,
        breach=row.breach,
        waiting_since=row.waiting_since,
        started=row.started,
        draft_version=row.draft_version,
        approved_version=row.approved_version,
        ask=row.ask,
        label=row.label,
        lane=row.lane,
        open_questions=row.open_questions,
        verdict=row.verdict,
        answered=row.answered,
        trouble=row.trouble,
        claim=_claim(row),
        date_kind=row.date_kind,
        read_day=date.fromisoformat(row.read_day) if row.read_day else None,
        read_need=row.read_need,
        corrected=tuple(name for name, value in who if value != getattr(request, name)),
        decision_id=row.decision_id,
        undo_until=row.undo_until,
        paused_s=row.paused_s,
        new_mail=row.new_mail,
        team=row.team,
    )


def move(
    connection: sa.Connection,
    request_id: str,
    *,
    expected: Sequence[Status],
    version: int | None = None,
    **values: Any,
) -> bool:
    """Change the row if it still has one of the `expected` statuses and draft `version`; False if not."""
    if "status" in values:
        status = Status(values["status"])
        values["stage"] = sa.case(
            (_R.due.is_(None), stage_of(status, None)), else_=_STAGES.get(status, Stage.DATED)
        )
    change = sa.update(tables.requests).where(_R.id == request_id, _R.status.in_(expected)).values(**values)
    if version is not None:
        change = change.where(_R.draft_version == version)
    return connection.execute(change).rowcount == 1


def add_event(
    connection: sa.Connection, request_id: str, kind: str, by: str, detail: str, at: datetime
) -> int:
    """Append one line to the trail; returns its id, larger than every id before it."""
    event = {"request_id": request_id, "kind": kind, "by": by, "detail": detail, "at": at}
    key = connection.execute(sa.insert(tables.events), event).inserted_primary_key
    return int(key[0]) if key else 0


def conflict(connection: sa.Connection, request_id: str, wanted: str, remedy: str) -> Conflict:
    """The error that says who was first, with what and when. Raises NotFound for an unknown request."""
    record = fetch(connection, request_id)
    events = tables.events.c
    query = sa.select(tables.events).where(events.request_id == request_id, events.kind.not_in(_ASIDE))
    last = connection.execute(query.order_by(events.id.desc()).limit(1)).one_or_none()
    story = f" {last.by or 'the service'} {last.detail} on {last.at:%Y-%m-%d at %H:%M} UTC." if last else ""
    state = record.status.replace("_", " ")
    return Conflict(
        f"Request {request_id} could not be {wanted}: it is {state}, "
        f"newest version {record.draft_version}.{story}",
        remedy,
    )


def fetch_draft(connection: sa.Connection, request_id: str, version: int) -> Draft:
    """One version. Raises NotFound."""
    query = sa.select(_D.payload).where(_D.request_id == request_id, _D.version == version)
    payload = connection.execute(query).scalar_one_or_none()
    if payload is None:
        raise NotFound(f"Request {request_id} has no draft version {version}.", "Open the newest version.")
    return Draft.model_validate_json(payload)


def insert_draft(connection: sa.Connection, draft: Draft, *, autosaved: bool = False) -> Draft:
    """Store `draft` under the next free version; versions count up and are never written over."""
    newest = connection.execute(
        sa.select(sa.func.max(_D.version)).where(_D.request_id == draft.request_id)
    ).scalar_one_or_none()
    numbered = draft.model_copy(update={"version": (newest or 0) + 1})
    connection.execute(
        sa.insert(tables.drafts).values(
            request_id=numbered.request_id,
            version=numbered.version,
            round=numbered.round,
            author=numbered.author,
            payload=as_json(numbered),
            cost=numbered.cost,
            created=numbered.created,
            autosaved=autosaved,
        )
    )
    put_citations(connection, numbered)
    return numbered


def inbox_columns(draft: Draft) -> dict[str, Any]:
    """What the inbox shows of a draft, as columns of the request row."""
    deadline = draft.reading.deadline
    return {
        "draft_version": draft.version,
        "ask": draft.reading.ask,
        "label": draft.size.label,
        "lane": draft.size.lane,
        "open_questions": sum(is_open(question) for question in draft.questions),
        "date_kind": draft.answer.date_kind,
        "read_day": deadline.day.isoformat() if deadline and deadline.day else "",
        "read_need": deadline.text if deadline else "",
    }


def is_open(question: Question) -> bool:
    """True while nobody has answered or dropped it."""
    return question.state in (QuestionState.PROPOSED, QuestionState.ACCEPTED)


def same_content(one: Draft, other: Draft) -> bool:
    """True when two drafts differ in version, author, round or time only."""
    apart = {"version", "author", "round", "created"}
    return one.model_dump(exclude=apart) == other.model_dump(exclude=apart)


def _claim(row: sa.Row[Any]) -> Claim | None:
    if not row.holder:
        return None
    return Claim(holder=row.holder, since=row.held_since, until=row.held_until)
