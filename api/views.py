"""What the pages show, computed from the records: named, frozen, and ready for a template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from api.highlight import Mark, Segment, marks_of, split
from triage.catalogue import Catalogue
from triage.clock import Bucket, BusinessCalendar, bucket, explain
from triage.domain import (
    TOP_QUESTIONS,
    Citation,
    Draft,
    EvidenceKind,
    NarrowingMove,
    Question,
    QuestionState,
    Request,
    RequestRecord,
    Status,
)

FIELD_LABELS = {
    "verdict": "Verdict",
    "conditions": "Condition",
    "no_reason": "Why not",
    "ships_first": "Ships first",
    "waits": "Waits",
    "customer_prepares": "Customer prepares",
    "dependencies": "Dependencies",
    "biggest_risk": "Biggest risk",
    "decider": "Final call",
    "date": "Date",
    "date_kind": "Kind of date",
    "sentence": "The sentence",
}
SECTIONS = (
    (Bucket.OVERDUE, "Overdue", "Past the time we said we would answer."),
    (Bucket.SOON, "Due within 4 business hours", ""),
    (Bucket.QUEUE, "Queue", ""),
    (Bucket.WAITING, "Waiting for an answer", "The clock stands still until the submitter replies."),
    (Bucket.ANSWERED, "Answered", ""),
)


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    record: RequestRecord
    bucket: Bucket
    clock: str  # a few words
    explained: str  # one sentence


@dataclass(frozen=True)
class Section:
    """One bucket of the inbox."""

    bucket: Bucket
    title: str
    note: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Gap:
    """Something missing for approval: the id of its control, a short name, the full sentence."""

    field: str
    label: str
    message: str


@dataclass(frozen=True)
class MarkedMessage:
    """One earlier message of the thread, cut into marked segments."""

    sender: str
    address: str
    sent: str
    text: tuple[Segment, ...]


@dataclass(frozen=True)
class RequestView:
    """A request with its promises, minimisers and question quotes marked, and its questions sorted."""

    body: tuple[Segment, ...]
    note: tuple[Segment, ...]
    already_said: tuple[Segment, ...]
    thread: tuple[MarkedMessage, ...]
    thread_marked: bool
    marked: frozenset[
        str
    ]  # what is pointed at from somewhere in the text: "question.<id>", "promises.<slot>"
    top: tuple[Question, ...]
    rest: tuple[Question, ...]
    rest_touched: bool


def section_rows(
    records: Iterable[RequestRecord], now: datetime, calendar: BusinessCalendar
) -> tuple[Section, ...]:
    """Sort records into the buckets of P4; empty buckets are left out."""
    rows = [row_of(record, now, calendar) for record in records]
    sections = (
        Section(kind, title, note, tuple(row for row in rows if row.bucket is kind))
        for kind, title, note in SECTIONS
    )
    return tuple(section for section in sections if section.rows)


def row_of(record: RequestRecord, now: datetime, calendar: BusinessCalendar) -> Row:
    """One record with its clock."""
    kind = bucket(record, now, calendar)
    return Row(record, kind, clock_words(record, kind, now, calendar), explain(record, calendar, now))


def clock_words(record: RequestRecord, kind: Bucket, now: datetime, calendar: BusinessCalendar) -> str:
    """How the clock stands, short enough for a row. The day it is due is left to the template's <time>."""
    if kind is Bucket.WAITING:
        return "paused"
    if kind is Bucket.ANSWERED or record.due is None:
        return "answered" if kind is Bucket.ANSWERED else ""
    if kind is Bucket.OVERDUE:
        return f"{_span(calendar.elapsed(record.due, now))} over"
    return f"{_span(calendar.elapsed(now, record.due))} left"


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def request_view(request: Request, draft: Draft | None) -> RequestView:
    """Mark what the draft points at, each quote where it first occurs."""
    marks = list(marks_of(draft)) if draft else []
    found = {mark.target for mark in marks}
    body, note, said = (
        _take(text, marks) for text in (request.body, request.forwarder_note, request.already_said)
    )
    thread = tuple(
        MarkedMessage(m.sender, m.address, m.sent, _take(m.text, marks)) for m in reversed(request.thread)
    )
    top, rest = sort_questions(draft) if draft else ((), ())
    return RequestView(
        body=body,
        note=note,
        already_said=said,
        thread=thread,
        marked=frozenset(found) - {mark.target for mark in marks},
        thread_marked=any(part.marks for message in thread for part in message.text),
        top=top,
        rest=rest,
        rest_touched=any(q.state is not QuestionState.PROPOSED for q in rest),
    )


def _take(text: str, marks: list[Mark]) -> tuple[Segment, ...]:
    """Segments of `text`; the marks found leave the list, so that each id occurs once on the page."""
    segments = split(text, marks)
    for found in [mark for part in segments for mark in part.marks]:
        marks.remove(found)
    return segments


def sort_questions(draft: Draft) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Questions on top (the first three and those a human added) and the rest."""
    first = draft.questions[:TOP_QUESTIONS]
    later = (*draft.questions[TOP_QUESTIONS:], *draft.folded)
    added = tuple(q for q in later if q.origin == "human")
    return (*first, *added), tuple(q for q in later if q.origin != "human")


def gaps_of(missing: dict[str, str]) -> tuple[Gap, ...]:
    """What `triage.review.missing` found, with the names the links carry."""
    return tuple(Gap(field, _label(field), message) for field, message in missing.items())


def _label(field: str) -> str:
    if field.startswith("promises."):
        slot = field.split(".")[1]
        return f"Promise {int(slot) + 1}" if slot.isdigit() else "Promises"
    return FIELD_LABELS.get(field, field.replace("_", " ").capitalize())


def offered_moves(
    catalogue: Catalogue, draft: Draft, proposed: Sequence[NarrowingMove] = ()
) -> tuple[NarrowingMove, ...]:
    """The moves a reviewer may tick (P13): proposed, chosen, then the catalogue's for these kinds."""
    kinds = {kind.id for kind in draft.reading.kinds}
    fitting = [
        NarrowingMove(id=move.id, name=move.name, sentence=move.sentence, saves=move.saves)
        for move in catalogue.moves
        if kinds.intersection(move.kinds)
    ]
    moves: dict[str, NarrowingMove] = {}
    for move in (*proposed, *draft.answer.moves, *fitting):
        moves.setdefault(move.id, move)
    return tuple(moves.values())


def evidence_anchors(draft: Draft) -> dict[str, str]:
    """Evidence id -> the id its article carries on the page."""
    ids = [s.past.id for s in draft.evidence.similar]
    ids += [n.passage.id for n in draft.evidence.notes]
    ids += [part.id for part in draft.evidence.map_parts]
    return {evidence_id: str(slot) for slot, evidence_id in enumerate(ids)}


def evidence_link(citation: Citation, anchors: dict[str, str]) -> str:
    """Where a citation leads: down the same page, else to the page of its source."""
    if citation.id in anchors:
        return f"#evidence.{anchors[citation.id]}"
    if citation.kind is EvidenceKind.MAP:
        return "#evidence"
    folder = "past" if citation.kind is EvidenceKind.PAST else "notes"
    return f"/evidence/{folder}/{quote(citation.id, safe='/')}"


def is_open(record: RequestRecord) -> bool:
    """True while somebody still owes an answer."""
    return record.status not in (Status.ANSWERED, Status.CLOSED)
