"""What the review page shows, computed from the draft: named, frozen, and ready for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from api.attachments import ShownFile, name_of_file, shown_files
from api.forms import top_of
from api.highlight import Mark, Segment, marks_of, split
from triage.catalogue import Catalogue
from triage.domain import (
    Citation,
    Draft,
    EvidenceKind,
    LaterMail,
    NarrowingMove,
    Question,
    QuestionState,
    Request,
)
from triage.records.received import StoredFile

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
STEP_WORDS = {
    "read": "reading the request",
    "find_gaps": "the questions",
    "size": "the size",
    "propose": "the proposed answer",
}


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
class MarkedLater:
    """A mail that came in since, cut into marked segments."""

    mail: LaterMail
    text: tuple[Segment, ...]


@dataclass(frozen=True)
class Need:
    """When it is needed and why (P2). `read`: where it was read, nobody entered it: "the mail", a file."""

    day: date | None = None
    text: str = ""  # as written, when there is no day
    reason: str = ""
    read: str = ""


@dataclass(frozen=True)
class Comparable:
    """A past request behind the size: its title, where it stands on the page, what it really took."""

    title: str
    link: str
    took: float | None  # engineer-days


@dataclass(frozen=True)
class RequestView:
    """A request with its promises, minimisers and question quotes marked, and its questions sorted."""

    subject: tuple[Segment, ...]
    need: Need
    body: tuple[Segment, ...]
    note: tuple[Segment, ...]
    already_said: tuple[Segment, ...]
    thread: tuple[MarkedMessage, ...]
    thread_marked: bool
    later: tuple[MarkedLater, ...]
    files: tuple[ShownFile, ...]
    marked: frozenset[str]  # what the text points at: "question.<id>", "promises.<slot>", "deadline"
    top: tuple[Question, ...]
    rest: tuple[Question, ...]
    rest_touched: bool


def request_view(request: Request, draft: Draft | None, kept: Sequence[StoredFile] = ()) -> RequestView:
    """Mark what the draft points at, each quote where it first occurs. `kept`: the files of the request."""
    marks = list(marks_of(draft)) if draft else []
    found = {mark.target for mark in marks}
    body, note, said = (
        _take(text, marks) for text in (request.body, request.forwarder_note, request.already_said)
    )
    thread = tuple(
        MarkedMessage(m.sender, m.address, m.sent, _take(m.text, marks)) for m in reversed(request.thread)
    )
    later = tuple(MarkedLater(mail, _take(mail.text, marks)) for mail in request.later)
    subject = _take(request.subject, marks)  # late: words of the mail itself are the better place
    files = shown_files(request, kept, lambda text: _take(text, marks))
    top, rest = sort_questions(draft) if draft else ((), ())
    return RequestView(
        subject=subject,
        need=need_of(request, draft),
        body=body,
        note=note,
        already_said=said,
        thread=thread,
        later=later,
        files=files,
        marked=frozenset(found) - {mark.target for mark in marks},
        thread_marked=any(part.marks for message in thread for part in message.text),
        top=top,
        rest=rest,
        rest_touched=any(q.state is not QuestionState.PROPOSED for q in rest),
    )


def need_of(request: Request, draft: Draft | None) -> Need:
    """What was entered with the request, else the deadline that was read from the mail."""
    if request.need_by:
        return Need(day=request.need_by, reason=request.need_by_reason)
    deadline = draft.reading.deadline if draft else None
    if deadline is None:
        return Need(reason=request.need_by_reason)
    reason = request.need_by_reason or deadline.reason
    source = name_of_file(request, deadline.quote) or "the mail"
    return Need(text=deadline.text, reason=reason.strip().rstrip("."), read=source)


def _take(text: str, marks: list[Mark]) -> tuple[Segment, ...]:
    """Segments of `text`; the marks found leave the list, so that each id occurs once on the page."""
    segments = split(text, marks)
    for found in [mark for part in segments for mark in part.marks]:
        marks.remove(found)
    return segments


def sort_questions(draft: Draft) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Questions on top (the first three and those a human put below them) and the rest, in their order."""
    top = top_of(draft.questions)
    return draft.questions[:top], (*draft.questions[top:], *draft.folded)


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
    read = [catalogue.kinds[kind.id] for kind in draft.reading.kinds if kind.id in catalogue.kinds]
    usual = {move_id for kind in read for move_id in kind.moves}
    fitting = [
        NarrowingMove(id=move.id, name=move.name, sentence=move.sentence, saves=move.saves)
        for move in catalogue.moves
        if move.id in usual
    ]
    moves: dict[str, NarrowingMove] = {}
    for move in (*proposed, *draft.answer.moves, *fitting):
        moves.setdefault(move.id, move)
    return tuple(moves.values())


def proposed_fields(draft: Draft, first: Draft | None) -> frozenset[str]:
    """The fields of the answer that still say what the pipeline proposed."""
    if first is None:
        return frozenset()
    ours, theirs = draft.answer.model_dump(), first.answer.model_dump()
    return frozenset(name for name, value in ours.items() if value and value == theirs[name])


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
    place = quote(citation.id, safe="/")
    if citation.kind is EvidenceKind.PAST:
        return f"/evidence/past/{place}"
    return f"/evidence/notes/{place}#passage"


def comparables_of(draft: Draft, anchors: dict[str, str]) -> tuple[Comparable, ...]:
    """The past requests that the size was measured against, with what each really took."""
    took = {found.past.id: found.past.size_days for found in draft.evidence.similar}
    return tuple(
        Comparable(cited.title or cited.id, evidence_link(cited, anchors), took.get(cited.id))
        for cited in draft.size.comparables
    )


def fallbacks_of(draft: Draft) -> tuple[str, ...]:
    """Which parts the model did not do, and why, in words: "the questions: the model timed out"."""
    return tuple(
        f"{STEP_WORDS.get(run.step, run.step.replace('_', ' '))}: {run.degraded}"
        for run in draft.runs
        if run.degraded
    )


def flags_of(draft: Draft) -> tuple[str, ...]:
    """What the checks want looked at; words that were read as suspicious only when no flag quotes them."""
    unsaid = (flag for flag in draft.reading.flags if not any(flag in said for said in draft.flags))
    return (*draft.flags, *unsaid)
