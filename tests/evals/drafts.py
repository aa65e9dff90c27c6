"""Drafts of our own invention, for scorers and reports."""

from __future__ import annotations

from triage.domain import (
    Answer,
    Category,
    Citation,
    Days,
    Draft,
    Evidence,
    EvidenceKind,
    KindFound,
    NarrowingMove,
    PastRequest,
    Promise,
    PromiseResponse,
    Question,
    Reading,
    RoughSize,
    SimilarRequest,
    StepRun,
    TShirt,
    Verdict,
)

BODY = "We simply need the list as a file. You told us it takes two weeks."
TOLD = "it takes two weeks"
SENTENCE = "Yes, but for one role at first: the export can go ahead; the only serious risk is volume."
QUESTION = Question(
    id="permissions.who",
    question="Who may export the list?",
    category=Category.PERMISSIONS,
    quote="the list as a file",
    evidence=(Citation(kind=EvidenceKind.PAST, id="past-1", title="Export of invoices"),),
)
PAST = PastRequest(id="past-1", subject="Export of invoices", customer="Alder Example Works")
ANSWER = Answer(
    verdict=Verdict.YES_BUT,
    conditions=("one role at first",),
    ships_first="the export",
    biggest_risk="volume",
    moves=(NarrowingMove(id="one-role", name="One role only", sentence="One role first."),),
    promises=(PromiseResponse(quote=TOLD),),
    sentence=SENTENCE,
)
READING = Reading(
    kinds=(KindFound(id="export", name="Export", quote="the list as a file", score=0.9),),
    promises=(Promise(quote=TOLD),),
)


def draft(
    case_id: str = "gallery-1", *, answer: Answer = ANSWER, days: float = 4.0, **changes: object
) -> Draft:
    """One question with its past request, one promise, and an answer that could be sent."""
    values: dict[str, object] = {
        "request_id": case_id,
        "reading": READING,
        "evidence": Evidence(similar=(SimilarRequest(past=PAST, score=0.8),)),
        "questions": (QUESTION,),
        "size": RoughSize(build=Days(low=1, high=days), label=TShirt.M),
        "answer": answer,
        "runs": (StepRun(step="read", analyst="catalogue", ms=250.0),),
    }
    return Draft(**{**values, **changes})
