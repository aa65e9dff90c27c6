"""What sales may read of a request's story: the answers that went out, and the steps on the way to them.

Nothing here shows a draft that no human approved, nor an approval that can still be taken back (P17).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from triage.differences import Difference, differences
from triage.domain import (
    Answer,
    Decision,
    DecisionKind,
    Draft,
    Question,
    QuestionState,
    RequestRecord,
    RoughSize,
    Status,
    Verdict,
)
from triage.mails import as_said

if TYPE_CHECKING:
    from triage.bootstrap import Services

OUT = (Status.ANSWERED, Status.CLOSED)


@dataclass(frozen=True)
class Given:
    """An answer that went out."""

    version: int
    at: datetime
    by: str  # name, or address without one
    answer: Answer  # as it was said
    open_questions: tuple[Question, ...]


@dataclass(frozen=True)
class Earlier:
    """An answer that is no longer the last one, and what the next one changed."""

    given: Given
    changed: tuple[Difference, ...]


@dataclass(frozen=True)
class Told:
    """One line of the story."""

    at: datetime
    says: str


def answers_given(services: Services, record: RequestRecord) -> tuple[Given, ...]:
    """The answers that went out, oldest first: those that were mailed, and the one in force."""
    request_id = record.request.id
    approvals = [d for d in services.store.decisions(request_id) if d.kind is DecisionKind.APPROVE]
    mailed = {each.message.id for each in services.outgoing.for_request(request_id)}
    in_force = record.approved_version if record.status in OUT else 0
    last_of = {each.version: each for each in approvals}  # one version may be approved, undone and approved
    return tuple(
        _given(services, decision)
        for version, decision in sorted(last_of.items())
        if version == in_force or f"{request_id}.answer.{version}" in mailed
    )


def earlier_answers(given: Sequence[Given]) -> tuple[Earlier, ...]:
    """All but the last, newest first, each with what came after it."""
    pairs = [Earlier(old, _changed(old, new)) for old, new in pairwise(given)]
    return tuple(reversed(pairs))


def story(services: Services, record: RequestRecord, given: Sequence[Given]) -> tuple[Told, ...]:
    """What happened, in the words of whoever asked, oldest first."""
    return tuple(sorted(_told(services, record, given), key=lambda each: each.at))


def _given(services: Services, decision: Decision) -> Given:
    draft = services.store.draft(decision.request_id, decision.version)
    person = services.people.get(decision.by)
    name = (person.name if person else "") or decision.by
    return Given(decision.version, decision.at, name, as_said(draft.answer), _left_open(draft))


def _left_open(draft: Draft) -> tuple[Question, ...]:
    if draft.answer.verdict is Verdict.NO:
        return ()
    every = (*draft.questions, *draft.folded)
    return tuple(q for q in every if q.state is QuestionState.ACCEPTED and not q.answer)


def _changed(old: Given, new: Given) -> tuple[Difference, ...]:
    before, after = (
        Draft(request_id="", answer=each.answer, questions=each.open_questions, size=RoughSize())
        for each in (old, new)
    )
    return tuple(differences(before, after))


def _told(services: Services, record: RequestRecord, given: Sequence[Given]) -> Iterator[Told]:
    yield Told(record.request.received, "Received")
    for decision in services.store.decisions(record.request.id):
        if decision.kind is DecisionKind.ASK:
            number = len(decision.questions)
            yield Told(decision.at, f"We asked you {number} question{'s' if number != 1 else ''}")
    for event in services.store.events(record.request.id):
        if event.kind == "answers":
            yield Told(event.at, "Your answers came in")
        elif event.kind == "mail":
            yield Told(event.at, "A mail came in on it")
        elif event.kind == "reopened":
            yield Told(event.at, "Opened again, because of the mail")
        elif event.kind == "closed":
            yield Told(event.at, "Closed")
    for place, each in enumerate(given):
        yield Told(each.at, f"{'Answered again' if place else 'Answered'} by {each.by}")
