"""Step 6: deterministic. What fails is dropped or flagged, never invented.

- every citation was retrieved (P10, P16);
- every quote occurs literally in the request;
- no other customer's name in what will leave the house;
- caps on counts and lengths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from triage.domain import (
    Answer,
    Draft,
    Evidence,
    Gaps,
    Question,
    Reading,
    Request,
    RoughSize,
    StepRun,
)

MAX_FOLDED = 30
MAX_QUESTION_LENGTH = 400  # characters
MAX_FIELD_LENGTH = 2000  # characters


def check(
    request: Request,
    reading: Reading,
    evidence: Evidence,
    gaps: Gaps,
    size: RoughSize,
    answer: Answer,
    runs: tuple[StepRun, ...],
) -> Draft:
    """Put the draft together from what holds; the flags say what was taken out and what to look at."""
    text = request.text()
    allowed = evidence.ids()
    flags = [f"The mail addresses the machine: “{flag}”" for flag in reading.flags]

    others = _other_customers(request, evidence)
    kept = _distinct([*gaps.questions, *gaps.folded[:MAX_FOLDED]])
    proved = [_masked_question(_literal(question, text, allowed, flags), others) for question in kept]
    top = len(gaps.questions)
    cleared = tuple(c if c.quote in text else c.model_copy(update={"quote": ""}) for c in gaps.cleared)
    answer = _without_other_customers(_capped(answer), others, flags)
    comparables = tuple(citation for citation in size.comparables if citation.id in allowed)
    return Draft(
        request_id=request.id,
        reading=reading,
        evidence=evidence,
        questions=tuple(proved[:top]),
        folded=tuple(proved[top:]),
        cleared=cleared,
        size=size.model_copy(update={"comparables": comparables}),
        answer=answer,
        flags=tuple(dict.fromkeys(flags)),
        runs=runs,
    )


def _literal(question: Question, text: str, allowed: frozenset[str], flags: list[str]) -> Question:
    changes: dict[str, object] = {}
    if question.quote and question.quote not in text:
        changes["quote"] = ""
        flags.append(f"A quote that is not in the request was removed from “{question.question[:80]}”")
    cited = tuple(citation for citation in question.evidence if citation.id in allowed)
    if len(cited) < len(question.evidence):
        changes["evidence"] = cited
        flags.append(f"A citation that was not retrieved was removed from “{question.question[:80]}”")
    if len(question.question) > MAX_QUESTION_LENGTH:
        changes["question"] = question.question[: MAX_QUESTION_LENGTH - 1].rstrip() + "…"
    return question.model_copy(update=changes) if changes else question


def _capped(answer: Answer) -> Answer:
    long = {
        name: value[:MAX_FIELD_LENGTH]
        for name, value in answer
        if isinstance(value, str) and len(value) > MAX_FIELD_LENGTH
    }
    return answer.model_copy(update=long) if long else answer


def _distinct(questions: list[Question]) -> list[Question]:
    """Ids are what a reviewer's edits hang on: a repeated one gets a number."""
    seen: dict[str, int] = {}
    distinct = []
    for question in questions:
        seen[question.id] = seen.get(question.id, 0) + 1
        again = seen[question.id]
        distinct.append(
            question.model_copy(update={"id": f"{question.id}.{again}"}) if again > 1 else question
        )
    return distinct


def _other_customers(request: Request, evidence: Evidence) -> list[str]:
    """Past requests belong to other customers: their names must not leave with this draft."""
    own = f"{request.text()} {request.customer}".lower()
    names = {similar.past.customer for similar in evidence.precedents if similar.past.customer}
    return sorted((name for name in names if name.lower() not in own), key=lambda name: -len(name))


def _masked_question(question: Question, others: Sequence[str]) -> Question:
    if not any(_mentions(f"{question.question} {question.why}", name) for name in others):
        return question
    changes = {"question": _masked(question.question, others), "why": _masked(question.why, others)}
    return question.model_copy(update=changes)


def _without_other_customers(answer: Answer, others: Sequence[str], flags: list[str]) -> Answer:
    found = [name for name in others if _mentions(_outgoing(answer), name)]
    if not found:
        return answer
    flags.append("Another customer's name was replaced in the proposed answer.")
    changes: dict[str, object] = {}
    for field, value in answer:
        if isinstance(value, str) and value:
            changes[field] = _masked(value, found)
        elif isinstance(value, tuple) and value and all(isinstance(item, str) for item in value):
            changes[field] = tuple(_masked(item, found) for item in value)
    changes["options"] = tuple(
        o.model_copy(update={n: _masked(v, found) for n, v in o if isinstance(v, str)})
        for o in answer.options
    )
    return answer.model_copy(update=changes)


def _outgoing(answer: Answer) -> str:
    return answer.model_dump_json()


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _masked(text: str, names: Iterable[str]) -> str:
    for name in names:
        text = re.sub(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", "another customer", text)
    return text
