"""What a human changed: one draft against another, field by field and question by question."""

from __future__ import annotations

from collections.abc import Iterable

from triage.domain import Answer, Days, Draft, Frozen, Question

_ANSWER_FIELDS = {
    "verdict": "verdict",
    "no_reason": "reason for the no",
    "sentence": "sentence",
    "note": "note",
    "conditions": "conditions",
    "ships_first": "ships first",
    "waits": "waits",
    "customer_prepares": "customer prepares",
    "dependencies": "dependencies",
    "biggest_risk": "biggest risk",
    "date": "date",
    "date_kind": "kind of date",
    "decider": "who makes the final call",
    "outcome": "outcome",
    "health": "must not degrade",
    "checklist": "setup checklist",
}
_QUESTION_FIELDS = {
    "question": "wording",
    "state": "state",
    "answer": "answer",
    "ask": "whom to ask",
    "why": "why it matters",
    "effect": "effect on the size",
}
_SIZE_PARTS = ("groundwork", "setup", "build", "support")


class Difference(Frozen):
    """One thing that is not the same; empty text on a side means there was nothing."""

    field: str  # in plain words
    before: str
    after: str


def differences(before: Draft, after: Draft) -> list[Difference]:
    """Everything a reader would notice, the answer first; empty when nothing changed."""
    pairs = [
        *_answer_pairs(before.answer, after.answer),
        *_size_pairs(before, after),
        *_question_pairs(before, after),
    ]
    return [Difference(field=name, before=old, after=new) for name, old, new in pairs if old != new]


_Pair = tuple[str, str, str]


def _answer_pairs(old: Answer, new: Answer) -> Iterable[_Pair]:
    for field, name in _ANSWER_FIELDS.items():
        yield name, _said(getattr(old, field)), _said(getattr(new, field))
    yield "narrowing moves", _said(m.name for m in old.moves), _said(m.name for m in new.moves)
    yield "options", _options(old), _options(new)
    theirs, ours = _stances(old), _stances(new)
    for quote in dict.fromkeys([*theirs, *ours]):
        yield f"promise “{_short(quote)}”", theirs.get(quote, ""), ours.get(quote, "")


def _size_pairs(before: Draft, after: Draft) -> Iterable[_Pair]:
    for part in _SIZE_PARTS:
        yield f"size: {part}", _days(getattr(before.size, part)), _days(getattr(after.size, part))
    yield "size", before.size.label.value, after.size.label.value
    yield "lane", before.size.lane.value, after.size.lane.value


def _question_pairs(before: Draft, after: Draft) -> Iterable[_Pair]:
    old = {question.id: question for question in (*before.questions, *before.folded)}
    new = {question.id: question for question in (*after.questions, *after.folded)}
    for key in dict.fromkeys([*new, *old]):
        yield from _one_question(old.get(key), new.get(key))


def _one_question(old: Question | None, new: Question | None) -> Iterable[_Pair]:
    if old is None and new is not None:
        yield "question added", "", new.question
    elif new is None and old is not None:
        yield "question removed", old.question, ""
    elif old is not None and new is not None:
        title = _short(old.question)
        for field, name in _QUESTION_FIELDS.items():
            yield f"question “{title}”: {name}", _said(getattr(old, field)), _said(getattr(new, field))


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("_", "-") if value == "yes_but" else str(value)
    return "\n".join(str(item) for item in value) if isinstance(value, Iterable) else str(value)


def _options(answer: Answer) -> str:
    return "\n".join(f"{o.name}: {o.delivers}; cost: {o.cost}; by: {o.by}" for o in answer.options)


def _stances(answer: Answer) -> dict[str, str]:
    return {
        response.quote: f"{response.stance.value}: {response.text}".rstrip(": ") if response.stance else ""
        for response in answer.promises
    }


def _days(days: Days) -> str:
    return f"{days.low:g}–{days.high:g} days" if days.high else "none"


def _short(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
