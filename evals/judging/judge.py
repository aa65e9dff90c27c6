"""A model as judge: does a drafted question ask just what later surfaced? One call a case, strict rubric.

It goes through the same port as the analyst (`triage.analysts`): budget, repeats after an outage, one
repair of an answer that does not fit, and a tape (`triage.analysts.cassettes`) where one is set. Who
drafted the questions is not in the prompt (`prompts/judge.md`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, model_validator

from evals.cases import Case
from evals.judging.judged import Gold, JudgedDraft, JudgedQuestion, Worth
from triage.analysts.budget import Budget
from triage.analysts.cassettes import open_model
from triage.analysts.conversation import Conversation, Limits
from triage.analysts.material import Material
from triage.analysts.schemas import Form, Line
from triage.errors import SetupError
from triage.prompts import load, split
from triage.settings import Settings

NAME = "judge"
MOST_CONCERNS = 9


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _within(low: int, high: int, value: object) -> object:
    return min(max(value, low), high) if isinstance(value, int | float) else value


Concerns = Annotated[int, BeforeValidator(partial(_within, 1, MOST_CONCERNS))]


class ItemAnswer(Form):
    """The verdict on one hidden item; numbers count from 1."""

    item: int
    reason: Line = ""
    verdict: Annotated[Gold, BeforeValidator(_lower)]
    question: int | None = None


class QuestionAnswer(Form):
    """The verdict on one question."""

    question: int
    worth: Annotated[Worth, BeforeValidator(_lower)]
    concerns: Concerns = 1


class JudgeAnswer(Form):
    """Answer of the step `judge`; `form_for` says how long its lists must be."""

    items: list[ItemAnswer]
    questions: list[QuestionAnswer]

    hidden: ClassVar[int] = 0
    asked: ClassVar[int] = 0

    @model_validator(mode="after")
    def _every_one_once(self) -> Self:
        _numbered("items", [one.item for one in self.items], self.hidden)
        _numbered("questions", [one.question for one in self.questions], self.asked)
        for one in self.items:
            if one.verdict is Gold.HIT and one.question not in range(1, self.asked + 1):
                raise ValueError("a hit must name the number of the question that hits")
        return self

    def judged(
        self, case_id: str, questions: tuple[JudgedQuestion, ...], *, judge: str, prompt: str
    ) -> JudgedDraft:
        """As a line of a judged file."""
        items = sorted(self.items, key=lambda one: one.item)
        told = sorted(self.questions, key=lambda one: one.question)
        hits = [one.question if one.verdict is Gold.HIT else None for one in items]
        return JudgedDraft(
            id=case_id,
            questions=questions,
            gold=tuple(one.verdict for one in items),
            by=tuple(None if place is None else place - 1 for place in hits),
            drafted=tuple(one.worth for one in told),
            concerns=tuple(one.concerns for one in told),
            reasons=tuple(one.reason for one in items),
            judge=judge,
            prompt=prompt,
        )


def form_for(hidden: int, asked: int) -> type[JudgeAnswer]:
    """The form for so many hidden items and questions."""
    return type("JudgeAnswer", (JudgeAnswer,), {"hidden": hidden, "asked": asked, "__doc__": None})


class ModelJudge:
    """Judges drafts with the model of the settings. Raises SetupError when none is named."""

    def __init__(self, settings: Settings) -> None:
        if not settings.model:
            raise SetupError("There is no model to judge with.", "Name one in TRIAGE_MODEL.")
        budget = Budget(settings.model_daily_budget_usd, lambda: 0.0)
        self._prompt, self._repair = split(load(NAME)), load("repair")
        self._limits = Limits(settings.model_retries, budget)
        self._model = open_model(settings)
        self.cost: float | None = 0.0  # US dollars so far; None: no price known

    @property
    def name(self) -> str:
        """The model."""
        return self._model.model

    @property
    def prompt_hash(self) -> str:
        """Of prompts/judge.md."""
        return self._prompt.hash

    def judge(self, case: Case, questions: tuple[JudgedQuestion, ...]) -> JudgedDraft:
        """Every hidden item and every question of one draft; without questions nobody is asked.

        Raises:
            AnalystError: the model did not do its job, also not after one repair.
            NotOnTape: it is played from a tape that does not hold this call.
        """
        if not questions:
            return nothing_asked(case, self.name, self.prompt_hash)
        material = Material()

        def repair(error: str, answer: str) -> str:
            return self._repair.render(error=error, answer=material.block("answer", answer))

        talk = Conversation(self._model, self._limits, NAME, self.prompt_hash, repair)
        form = form_for(len(case.hidden), len(questions))
        user = self._prompt.material.render(
            boundary=material.boundary,
            questions=material.block("questions", _lines([q.model_dump(mode="json") for q in questions])),
            hidden=material.block("hidden", _lines([_told(item) for item in case.hidden])),
            request=material.request(case.request),
        )
        found = talk.ask(self._prompt.stable.render(form=form.outline()), user, form)
        self.cost = None if self.cost is None or found.run.cost is None else self.cost + found.run.cost
        return found.value.judged(case.id, questions, judge=self.name, prompt=self.prompt_hash)


def nothing_asked(case: Case, judge: str, prompt: str = "") -> JudgedDraft:
    """The reading of a draft without questions."""
    count = len(case.hidden)
    missed = (Gold.MISS,) * count
    return JudgedDraft(id=case.id, questions=(), gold=missed, by=(None,) * count, judge=judge, prompt=prompt)


def _told(item: Any) -> dict[str, Any]:
    return {"category": item.category, "surfaced": item.question, "how": item.evidence}


def _lines(rows: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        json.dumps({"number": number, **row}, ensure_ascii=False) for number, row in enumerate(rows, start=1)
    )


def _numbered(name: str, numbers: Sequence[int], count: int) -> None:
    if sorted(numbers) != list(range(1, count + 1)):
        raise ValueError(f"{name} must hold one entry for each number from 1 to {count}")
