"""Form fields <-> Draft: the posted review form becomes an edited draft, and nothing else.

Pure, tolerant and capped: a field that is missing keeps what the draft had, one that cannot be read
keeps it too and is named as a trouble, one that is too long is cut and named.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from api.fields import FieldReader, Fields, Trouble
from triage.domain import (
    TOP_QUESTIONS,
    Answer,
    Category,
    DateKind,
    Days,
    Draft,
    NarrowingMove,
    NoReason,
    Option,
    Promise,
    PromiseResponse,
    PromiseStance,
    Question,
    QuestionState,
    RoughSize,
    TShirt,
    Verdict,
    Who,
)
from triage.intake.form import mail_address
from triage.rules import response_to
from triage.sizing import lane

NEW_QUESTIONS = 3  # blank questions one form may add
OPTION_SLOTS = 2  # sides of the two-option card (P14)
SIZE_PARTS = ("groundwork", "setup", "build", "support")
ANSWER_LINES = ("decider", "date", "outcome", "health")
ANSWER_TEXTS = (
    "ships_first",
    "waits",
    "customer_prepares",
    "dependencies",
    "biggest_risk",
    "sentence",
    "note",
)


@dataclass(frozen=True)
class Edited:
    """A draft as the human wants it, and what could not be taken over."""

    draft: Draft
    troubles: tuple[Trouble, ...] = ()


def read_review(fields: Fields, base: Draft, moves: Sequence[NarrowingMove] = ()) -> Edited:
    """Apply a posted review form to the draft it was rendered from.

    Args:
        fields: what the browser sent.
        base: the stored version the form showed.
        moves: the narrowing moves the form offered (P13).
    """
    form = FieldReader(fields)
    draft = base.model_copy(
        update={
            **_questions(form, base),
            "size": _size(form, base.size),
            "answer": _answer(form, base, moves),
        }
    )
    return Edited(draft=draft, troubles=tuple(form.troubles))


def read_own_size(fields: Fields) -> tuple[Days, tuple[Trouble, ...]]:
    """The reviewer's own range in engineer-days, from the fields `low` and `high`."""
    form = FieldReader(fields)
    low, high = form.days("low", 0.0), form.days("high", 0.0)
    troubles = list(form.troubles)
    for name, asked in (("low", "at least"), ("high", "at most")):
        if not fields.get(name):
            troubles.append(Trouble(name, f"Say how many days it takes {asked}."))
    if not troubles and not max(low, high):
        troubles.append(Trouble("high", "Say more than no days at all."))
    return Days(low=min(low, high), high=max(low, high)), tuple(troubles)


def read_who(fields: Fields, base: Who) -> tuple[Who, tuple[Trouble, ...]]:
    """Whom the request is from, as corrected; an address that is none is kept as typed and named."""
    form = FieldReader(fields)
    typed = {name: form.line(name, getattr(base, name)) for name in Who.model_fields}
    troubles = list(form.troubles)
    for name in ("asker_address", "forwarded_by"):
        if typed[name] == getattr(base, name):
            continue  # as it was read, whatever it is
        try:
            typed[name] = mail_address(typed[name])
        except ValueError as error:
            troubles.append(Trouble(name, f"“{typed[name][:80]}” is not an address: {error}."))
    return Who(**typed), tuple(troubles)


# --- questions ----------------------------------------------------------------------------------


def top_of(questions: Sequence[Question]) -> int:
    """How many questions stand on top: the first three, and those a human put right below them."""
    added = itertools.takewhile(lambda question: question.origin == "human", questions[TOP_QUESTIONS:])
    return len(questions[:TOP_QUESTIONS]) + len(list(added))


def _questions(form: FieldReader, base: Draft) -> dict[str, tuple[Question, ...]]:
    """The edited questions in the wanted order; new ones come below the top."""
    kept = [q for question in base.questions if (q := _question(form, question))]
    folded = [q for question in base.folded if (q := _question(form, question))]
    new, top = _new_questions(form, base), top_of(kept)
    every, on_top = [*kept[:top], *new, *kept[top:], *folded], len(kept) + len(new)
    ordered = _moved(form.fields.get("move"), _ordered(form.fields.every("order"), every))
    if form.fields.get("move") or ordered != every:
        on_top = max(on_top, TOP_QUESTIONS)
    return {"questions": tuple(ordered[:on_top]), "folded": tuple(ordered[on_top:])}


def _ordered(wanted: Sequence[str], questions: Sequence[Question]) -> list[Question]:
    """The questions named in `wanted` in its order; the others stay where they are."""
    known = {question.id: question for question in questions}
    named = [key for key in dict.fromkeys(wanted) if key in known]
    turn = iter(named)
    return [known[next(turn)] if question.id in set(named) else question for question in questions]


def _moved(move: str, questions: list[Question]) -> list[Question]:
    """`move` is "<id>:up", ":down" or ":top"; anything else moves nothing."""
    key, _, way = move.rpartition(":")
    place = next((place for place, question in enumerate(questions) if question.id == key), None)
    if place is None or way not in ("up", "down", "top"):
        return questions
    rest = questions[:place] + questions[place + 1 :]
    target = {"up": max(place - 1, 0), "down": place + 1, "top": 0}[way]
    return [*rest[:target], questions[place], *rest[target:]]


def _question(form: FieldReader, base: Question) -> Question | None:
    """The edited question; None when the human emptied one of their own."""
    prefix = f"question.{base.id}."
    text = form.text(prefix + "question", base.question)
    if not text and base.origin == "human":
        return None
    edited = base.model_copy(
        update={
            "question": text or base.question,
            "why": form.text(prefix + "why", base.why),
            "quote": form.text(prefix + "quote", base.quote),
            "ask": form.line(prefix + "ask", base.ask),
            "effect": form.line(prefix + "effect", base.effect),
            "answer": form.text(prefix + "answer", base.answer),
            "state": form.choice(prefix + "state", QuestionState, base.state) or base.state,
        }
    )
    return edited.model_copy(update={"state": _state(base, edited, emptied=not text)})


def _state(base: Question, edited: Question, *, emptied: bool) -> QuestionState:
    """The chosen state; without a choice, what was typed decides: an answer, an edit or nothing left."""
    if emptied:
        return QuestionState.DROPPED
    if edited.state != base.state:
        return edited.state
    if edited.answer and not base.answer:
        return QuestionState.ANSWERED
    if edited != base and edited.state is QuestionState.PROPOSED:
        return QuestionState.ACCEPTED
    return edited.state


def _new_questions(form: FieldReader, base: Draft) -> tuple[Question, ...]:
    """Questions the draft does not have yet: those of a form shown again unsaved, then the blank slots."""
    unsaved = [f"question.human.{base.version + 1}.{slot}." for slot in range(NEW_QUESTIONS * 4)]
    blanks = [f"new.{slot}." for slot in range(NEW_QUESTIONS)]
    found = [prefix for prefix in (*unsaved, *blanks) if form.fields.get(prefix + "question")]
    return tuple(
        _new_question(form, prefix, f"human.{base.version + 1}.{slot}")
        for slot, prefix in enumerate(found[: len(unsaved)])
    )


def _new_question(form: FieldReader, prefix: str, question_id: str) -> Question:
    category = form.choice(prefix + "category", Category, None)
    return Question(
        id=question_id,
        question=form.text(prefix + "question", ""),
        category=category or Category.WORKFLOW,
        why=form.text(prefix + "why", ""),
        quote=form.text(prefix + "quote", ""),
        ask=form.line(prefix + "ask", ""),
        effect=form.line(prefix + "effect", ""),
        answer=form.text(prefix + "answer", ""),
        origin="human",
        state=form.choice(prefix + "state", QuestionState, None) or QuestionState.ACCEPTED,
    )


# --- size ---------------------------------------------------------------------------------------


def _size(form: FieldReader, base: RoughSize) -> RoughSize:
    """The edited ranges; label and lane follow from them (P8, P9)."""
    days = {part: _days(form, f"size.{part}", getattr(base, part)) for part in SIZE_PARTS}
    edited = base.model_copy(update=days)
    if edited == base:
        return base
    follows = {"label": TShirt.of(edited.total.middle), "lane": lane(edited.total, edited.trip_wires)}
    return edited.model_copy(update=follows)


def _days(form: FieldReader, name: str, base: Days) -> Days:
    low, high = form.days(f"{name}.low", base.low), form.days(f"{name}.high", base.high)
    return base if (low, high) == (base.low, base.high) else Days(low=min(low, high), high=max(low, high))


# --- answer -------------------------------------------------------------------------------------


def _answer(form: FieldReader, base: Draft, moves: Sequence[NarrowingMove]) -> Answer:
    answer = base.answer
    update: dict[str, object] = {name: form.line(name, getattr(answer, name)) for name in ANSWER_LINES}
    update |= {name: form.text(name, getattr(answer, name)) for name in ANSWER_TEXTS}
    update |= {
        "verdict": form.choice("verdict", Verdict, answer.verdict),
        "no_reason": form.choice("no_reason", NoReason, answer.no_reason),
        "date_kind": form.choice("date_kind", DateKind, answer.date_kind),
        "conditions": form.lines("conditions", answer.conditions),
        "checklist": form.lines("checklist", answer.checklist),
        "moves": _moves(form, answer, moves),
        "options": _options(form, answer),
        "promises": tuple(_promise(form, slot, p, base) for slot, p in enumerate(base.reading.promises)),
    }
    return answer.model_copy(update=update)


def _moves(form: FieldReader, answer: Answer, offered: Sequence[NarrowingMove]) -> tuple[NarrowingMove, ...]:
    """The ticked moves. An unticked box is not sent, so a hidden field says that boxes were shown."""
    if not form.fields.has("moves.shown"):
        return answer.moves
    ticked = frozenset(form.fields.every("moves"))
    known = {move.id: move for move in (*offered, *answer.moves)}
    return tuple(move for move_id, move in known.items() if move_id in ticked)


def _options(form: FieldReader, answer: Answer) -> tuple[Option, ...]:
    blank = Option(name="", delivers="", cost="")
    slots = (*answer.options, *[blank] * (OPTION_SLOTS - len(answer.options)))
    options = (_option(form, f"option.{slot}.", base) for slot, base in enumerate(slots))
    return tuple(option for option in options if option != blank)


def _option(form: FieldReader, prefix: str, base: Option) -> Option:
    return Option(
        name=form.line(prefix + "name", base.name),
        delivers=form.text(prefix + "delivers", base.delivers),
        cost=form.line(prefix + "cost", base.cost),
        by=form.line(prefix + "by", base.by),
    )


def _promise(form: FieldReader, slot: int, promise: Promise, draft: Draft) -> PromiseResponse:
    base = response_for(draft, promise)
    return base.model_copy(
        update={
            "stance": form.choice(f"promises.{slot}.stance", PromiseStance, base.stance),
            "text": form.text(f"promises.{slot}.text", base.text),
        }
    )


def response_for(draft: Draft, promise: Promise) -> PromiseResponse:
    """What the answer says about a promise of the reading (P12), blank when it says nothing yet."""
    return response_to(draft, promise.quote) or PromiseResponse(quote=promise.quote)
