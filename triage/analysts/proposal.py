"""From a model's proposal to an `Answer`: moves by id, one line per promise, verdict and reasons in step.

A sentence that stands in the request was dictated by it and is left out. A request that gives orders to
the machine gets neither a plain yes nor a date from it: both are left to the reviewer.
"""

from __future__ import annotations

from collections.abc import Mapping

from triage.analysts.merge import literal
from triage.analysts.schemas import EstimateAnswer, OptionAnswer, PromiseResponseAnswer, ProposeAnswer
from triage.domain import (
    Answer,
    Days,
    NarrowingMove,
    Option,
    Promise,
    PromiseResponse,
    Reading,
    SizeOpinion,
    Verdict,
)

MAX_MOVES = 3


def to_answer(
    answer: ProposeAnswer, reading: Reading, moves: Mapping[str, NarrowingMove], text: str
) -> Answer:
    """The proposal as the reviewer sees it, without unknown moves and answers to promises nobody made.

    `text` is that of the request.
    """
    steered = bool(reading.flags)
    verdict = _verdict(answer, steered)
    return Answer(
        verdict=verdict,
        no_reason=answer.no_reason if verdict is Verdict.NO else None,
        conditions=tuple(filter(None, answer.conditions)),
        ships_first=answer.ships_first,
        waits=answer.waits,
        customer_prepares=answer.customer_prepares,
        dependencies=answer.dependencies,
        biggest_risk=answer.biggest_risk,
        date_kind=answer.date_kind,
        date="" if steered else answer.date,
        decider=answer.decider,
        outcome=answer.outcome,
        health=answer.health,
        moves=tuple(moves[i] for i in dict.fromkeys(answer.moves) if i in moves)[:MAX_MOVES],
        options=_options(answer.options),
        promises=tuple(_response(promise, answer.promises) for promise in reading.promises),
        sentence="" if literal(answer.sentence, text) else answer.sentence,
        checklist=tuple(filter(None, answer.checklist)),
    )


def to_opinion(answer: EstimateAnswer) -> SizeOpinion | None:
    """The four lines added up, in engineer-days; None when the model gave no size at all."""
    lines = (answer.groundwork, answer.setup, answer.build, answer.support)
    days = sum((Days(low=min(r.low, r.high), high=max(r.low, r.high)) for r in lines), Days())
    return SizeOpinion(days=days, argument=answer.argument) if days.high > 0 else None


def _verdict(answer: ProposeAnswer, steered: bool) -> Verdict | None:
    """A yes with conditions is a yes-but (P5)."""
    if answer.verdict is not Verdict.YES:
        return answer.verdict
    if any(answer.conditions):
        return Verdict.YES_BUT
    return None if steered else Verdict.YES


def _options(options: list[OptionAnswer]) -> tuple[Option, ...]:
    """The card has two sides or is left away (P14)."""
    sides = tuple(Option(name=o.name, delivers=o.delivers, cost=o.cost, by=o.by) for o in options)
    return sides if len(sides) == 2 else ()


def _response(promise: Promise, answers: list[PromiseResponseAnswer]) -> PromiseResponse:
    said = _squeezed(promise.quote)
    for answer in answers:
        quote = _squeezed(answer.quote)
        if quote and (quote in said or said in quote):
            return PromiseResponse(quote=promise.quote, stance=answer.stance, text=answer.text)
    return PromiseResponse(quote=promise.quote)


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())
