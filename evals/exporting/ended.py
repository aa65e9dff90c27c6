"""A request that is over, and the evaluation case it makes.

What surfaced is the label: the surprises that were written down when the request was looked back at, and
the questions that the reviewer had to add to the draft. A question that the draft had and the reviewer
kept is no label: the same draft would find its own words again. An area whose questions the reviewer all
dropped, and in which nothing surfaced, counts as irrelevant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from triage.domain import (
    Category,
    Draft,
    PastRequest,
    Question,
    QuestionState,
    RequestRecord,
    TShirt,
    Verdict,
)


@dataclass(frozen=True)
class Ended:
    """A request that is over, with what is known of its end. `drafted` is the pipeline's last draft,
    `final` the version in force."""

    record: RequestRecord
    past: PastRequest
    drafted: Draft | None
    final: Draft | None
    closing: str = ""  # the line it was closed with

    @property
    def added(self) -> list[Question]:
        """Questions the reviewer put in by hand."""
        known = {question.id for question in _all(self.drafted)}
        return [
            question
            for question in (self.final.questions if self.final else ())
            if question.id not in known and question.state is not QuestionState.DROPPED
        ]

    @property
    def why_not(self) -> str:
        """Why it makes no case, empty when it does. Without a word on its end it would pass for one that hid
        nothing; what was never built could not hide anything."""
        past = self.past
        looked_back = bool(past.surprises) or past.size_days is not None
        if not looked_back and self.record.verdict is Verdict.NO:
            return "answered no: nothing was built"
        if not looked_back and not self.record.approved_version:
            return "closed without an answer"
        if not (looked_back or past.closed):
            return "nobody wrote down how it ended (size, closing date or what surfaced)"
        return ""


def case_row(ended: Ended, product: str = "") -> dict[str, Any]:
    """One line of a file of cases, names and all."""
    request = ended.record.request
    surprises = [one.model_dump(mode="json") for one in ended.past.surprises]
    asked = {
        "channel": request.channel,
        "from_role": request.from_role,
        "subject": request.subject,
        "body": request.body.strip() or request.forwarder_note.strip() or request.subject,
        "customer": request.customer,
        "forwarder_note": request.forwarder_note if request.body.strip() else "",
        "already_said": request.already_said,
        "thread": [{"sender": m.sender, "sent": m.sent, "text": m.text} for m in request.thread],
    }
    return {
        "id": request.id,
        "source": "service",
        "opened": request.received.date().isoformat(),
        "closed": ended.past.closed,
        "product": product or request.product,
        "request": asked,
        "hidden_work": surprises + [_label(question) for question in ended.added],
        "irrelevant": _irrelevant(ended),
        "outcome": _outcome(ended),
        "review": _review(ended),
    }


def _label(question: Question) -> dict[str, str]:
    evidence = f"Added by the reviewer. {question.answer or question.why}".strip()
    return {"category": question.category, "question": question.question, "evidence": evidence}


def _irrelevant(ended: Ended) -> list[Category]:
    """Areas of which the reviewer dropped every question, and in which nothing surfaced."""
    fates: dict[Category, set[str]] = defaultdict(set)
    for question, fate in _fates(ended):
        fates[question.category].add(fate)
    surfaced = {surprise.category for surprise in ended.past.surprises}
    return [area for area in Category if fates.get(area) == {"dropped"} and area not in surfaced]


def _outcome(ended: Ended) -> dict[str, Any]:
    days = ended.past.size_days
    return {
        "shipped": True if days is not None else None,
        "size": TShirt.of(days) if days is not None else None,
        "basis": ended.closing or ended.past.outcome,
    }


def _review(ended: Ended) -> dict[str, Any]:
    """What the draft said and what the reviewer made of it."""
    return {
        "verdict": ended.record.verdict,
        "drafted_size": ended.drafted.size.label if ended.drafted else None,
        "approved_size": ended.final.size.label if ended.final else None,
        "questions": [
            {"category": question.category, "question": question.question, "fate": fate}
            for question, fate in _fates(ended)
        ],
    }


def _fates(ended: Ended) -> Iterator[tuple[Question, str]]:
    """Every question with what became of it: kept, reworded, open, dropped or added."""
    final = {question.id: question for question in _all(ended.final)}
    for question in ended.drafted.questions if ended.drafted else ():
        now = final.get(question.id)
        if now is None or now.state is QuestionState.DROPPED:
            yield question, "dropped"
        elif now.question != question.question:
            yield now, "reworded"
        else:
            yield now, "open" if now.state is QuestionState.PROPOSED else "kept"
    yield from ((question, "added") for question in ended.added)


def _all(draft: Draft | None) -> tuple[Question, ...]:
    return (*draft.questions, *draft.folded) if draft else ()
