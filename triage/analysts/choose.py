"""From a model's questions to `Gaps`: joined with the candidates, every citation and quote proved.

The model may keep, rewrite, drop or add. What it leaves unmentioned is folded, not lost; each of the
fourteen categories ends as asked or as cleared with a reason (P10).
"""

from __future__ import annotations

from collections.abc import Iterable

from triage.analysts.concerns import MAX_CHARACTERS, Concerns, part_concerns
from triage.analysts.merge import literal
from triage.analysts.overlay import cite
from triage.analysts.schemas import GapsAnswer, QuestionAnswer
from triage.domain import (
    MAX_QUESTIONS,
    Category,
    Citation,
    Cleared,
    Evidence,
    EvidenceKind,
    Gaps,
    Question,
    Reading,
    Request,
    Surprise,
)

KEEP_FROM = 4  # impact x likelihood, each 1..3
KEEP_FROM_SMALL = 6  # where the request reads as small
READS_SMALL = 0.5  # smallness from which it does, the model's and the rules' figure taken together
MAX_SMALL = 1  # questions on a request the model calls small
MAX_CITATIONS = 5
_NEVER_ON_TOP = 0.0
_NOTHING_FOUND = "Looked at; neither the request nor what we know of similar ones points to it."


def choose(
    answer: GapsAnswer,
    offered: Gaps,
    request: Request,
    reading: Reading,
    evidence: Evidence,
    wired: bool = False,
) -> Gaps:
    """The gaps a reviewer sees.

    `wired`: a trip-wire forces full review; then no candidate is thrown away as small. Of a request that
    tries to instruct the machine (`reading.flags`) the model may add and reword, but neither silence a
    candidate nor call it small.
    """
    steered = bool(reading.flags)
    small = answer.small and not steered
    asked, further = _asked(answer, offered, request.text(), evidence)
    if steered:
        asked = asked + _unmentioned(offered.questions, asked)
    # Catalogue scores are on another scale; a mail that gives orders may not empty the top either.
    kept = {question.id for question in offered.questions} if steered else set()
    bar = KEEP_FROM if wired or steered or reading.smallness < READS_SMALL else KEEP_FROM_SMALL
    strong = [question for question in asked if question.score >= bar or question.id in kept]
    top = strong[: MAX_SMALL if small else MAX_QUESTIONS]
    if answer.questions and not small and all(question.score == _NEVER_ON_TOP for question in asked):
        top = list(offered.questions)  # nothing that the model asked can be sent
    folded = [question for question in asked if question not in top] + further
    if wired or not small:
        folded += _left_over(answer, offered, [*asked, *top], steered)
    return Gaps(
        questions=tuple(top),
        folded=tuple(folded),
        cleared=_cleared(answer, offered, {q.category for q in [*top, *folded]}, request.text()),
    )


def _asked(
    answer: GapsAnswer, offered: Gaps, text: str, evidence: Evidence
) -> tuple[list[Question], list[Question]]:
    """The model's questions, strongest first, and the concerns it had packed in with them; no id and no
    wording twice."""
    candidates = {question.id: question for question in (*offered.questions, *offered.folded)}
    citations = _citations(evidence)
    asked: dict[str, Question] = {}
    further: dict[str, Question] = {}
    for place, item in enumerate(answer.questions, start=1):
        known = candidates.get(item.candidate) or _same_wording(item.question, candidates.values())
        concerns = _concerns(item.question, known)
        own_id = f"model.{item.category}.{place}"
        question = _question(item, concerns, known, own_id, text, citations)
        if question.question and not _said(question.question, asked.values()):
            asked.setdefault(question.id, question)
        for number, wording in enumerate(concerns.further, start=1):
            beside = {"id": f"{own_id}.{number}", "question": wording, "origin": "model"}
            further.setdefault(wording.casefold(), question.model_copy(update=beside))
    ranked = sorted(asked.values(), key=lambda question: -question.score)
    return ranked, [question for question in further.values() if not _said(question.question, ranked)]


def _concerns(wording: str, known: Question | None) -> Concerns:
    """One concern in a wording short enough to send; a candidate keeps its own words otherwise, and a new
    question goes to the fold."""
    if known and (not wording or _said(wording, [known])):
        return Concerns(known.question)
    concerns = part_concerns(wording)
    return concerns if concerns.sendable or known is None else Concerns(known.question)


def _same_wording(wording: str, candidates: Iterable[Question]) -> Question | None:
    """A candidate that was kept without its id."""
    return next((known for known in candidates if wording and _said(wording, [known])), None)


def _said(wording: str, questions: Iterable[Question]) -> bool:
    return any(wording.strip().casefold() == question.question.casefold() for question in questions)


def _question(
    item: QuestionAnswer,
    concerns: Concerns,
    known: Question | None,
    new_id: str,
    text: str,
    citations: dict[str, Citation],
) -> Question:
    cited = [*(known.evidence if known else ()), *(citations[i] for i in item.evidence if i in citations)]
    return Question(
        id=known.id if known else new_id,
        question=_capped(concerns.question),
        category=item.category,
        why=item.why or (known.why if known else ""),
        quote=literal(item.quote, text) or (known.quote if known else ""),
        ask=item.ask or (known.ask if known else ""),
        effect=item.effect or (known.effect if known else ""),
        evidence=tuple({citation.id: citation for citation in cited}.values())[:MAX_CITATIONS],
        score=float(item.impact * item.likelihood) if concerns.sendable else _NEVER_ON_TOP,
        origin=known.origin if known else "model",
    )


def _capped(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1].rstrip() + "…"


def _citations(evidence: Evidence) -> dict[str, Citation]:
    """Everything a question may cite, by id."""
    past = [
        Citation(
            kind=EvidenceKind.PAST, id=s.past.id, title=s.past.subject, passage=_surfaced(s.past.surprises)
        )
        for s in evidence.precedents
    ]
    notes = [
        Citation(kind=EvidenceKind.NOTE, id=n.passage.id, title=n.passage.title, passage=n.passage.text[:300])
        for n in evidence.notes
    ]
    parts = [cite(p) for p in evidence.map_parts]
    return {citation.id: citation for citation in [*past, *notes, *parts]}


def _surfaced(surprises: Iterable[Surprise]) -> str:
    return " · ".join(surprise.question for surprise in surprises)[:300]


def _left_over(answer: GapsAnswer, offered: Gaps, asked: list[Question], steered: bool) -> list[Question]:
    """Candidates the model neither asked, dropped nor cleared the category of."""
    dropped = set() if steered else {item.candidate for item in answer.dropped}
    cleared = set() if steered else {item.category for item in answer.cleared}
    rest = _unmentioned([*offered.questions, *offered.folded], asked)
    return [question for question in rest if question.id not in dropped and question.category not in cleared]


def _unmentioned(candidates: Iterable[Question], asked: list[Question]) -> list[Question]:
    ids = {question.id for question in asked}
    return [candidate for candidate in candidates if candidate.id not in ids]


def _cleared(answer: GapsAnswer, offered: Gaps, asked: set[Category], text: str) -> tuple[Cleared, ...]:
    """One reason for every category without a question: the model's, the rules', or that of a drop."""
    candidates = {question.id: question for question in (*offered.questions, *offered.folded)}
    reasons = {category: Cleared(category=category, reason=_NOTHING_FOUND) for category in Category}
    for drop in reversed(answer.dropped):
        if drop.candidate in candidates and drop.reason:
            category = candidates[drop.candidate].category
            reasons[category] = Cleared(category=category, reason=drop.reason)
    reasons |= {known.category: known for known in offered.cleared}
    for item in reversed(answer.cleared):
        if item.reason:
            quote = literal(item.quote, text)
            reasons[item.category] = Cleared(category=item.category, reason=item.reason, quote=quote)
    return tuple(reasons[category] for category in Category if category not in asked)
