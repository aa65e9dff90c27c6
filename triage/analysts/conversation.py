"""One step's talk with the model: budget, repeats after an outage, validation, one repair, the bill.

Knows no vendor. Whatever happens, what was spent is in the `StepRun`: of the result, or of the error.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from triage.analysts.budget import Budget
from triage.analysts.client import Completion, WaitAsked
from triage.analysts.schemas import Form
from triage.domain import StepRun
from triage.errors import AnalystError, BadModelAnswer, ModelRefused, ModelUnavailable
from triage.ports import Result

A = TypeVar("A", bound=Form)

_FIRST_WAIT_S = 0.5  # doubles with each repeat
_MAX_ANSWER = 200_000  # characters; beyond it nobody meant to answer
_MAX_SHOWN = 8_000  # characters of a bad answer shown back for repair
# Some open models think aloud before they answer.
_THOUGHT = re.compile(
    r"^\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL
)  # said aloud by some open models
_SORRY = re.compile(
    r"(?i)^\W*(?:i['’]?m (?:very )?sorry|sorry|i (?:can(?:no|['’])t|am (?:unable|not able)|won['’]t|decline))"
)


class Model(Protocol):
    """What is needed of a model client."""

    @property
    def model(self) -> str:
        """Its name, for the record."""

    def complete(self, system: str, user: str, name: str, schema: dict[str, Any]) -> Completion:
        """One call; raises AnalystError."""


@dataclass(frozen=True)
class Limits:
    """How long and how dear a step may be."""

    retries: int
    budget: Budget
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Bill:
    """What one step has cost so far."""

    step: str
    model: str
    prompt_hash: str
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    started: float = field(default_factory=time.perf_counter)

    def add(self, completion: Completion) -> None:
        """Add one call; an unknown price makes the sum unknown."""
        self.tokens_in += completion.tokens_in
        self.tokens_out += completion.tokens_out
        unknown = self.cost is None or completion.cost is None
        self.cost = None if unknown else (self.cost or 0.0) + (completion.cost or 0.0)

    def run(self) -> StepRun:
        """The bill so far."""
        return StepRun(
            step=self.step,
            analyst="llm",
            model=self.model,
            prompt_hash=self.prompt_hash,
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            cost=self.cost,
            ms=(time.perf_counter() - self.started) * 1000,
        )


@dataclass(frozen=True)
class Conversation:
    """One step with one prompt.

    `repair` words the second attempt from (what was wrong, the bad answer).
    """

    model: Model
    limits: Limits
    step: str
    prompt_hash: str
    repair: Callable[[str, str], str]

    def ask(self, system: str, user: str, form: type[A]) -> Result[A]:
        """The model's answer as `form`.

        Raises:
            AnalystError: with the bill attached, in `run`.
        """
        bill = Bill(self.step, self.model.model, self.prompt_hash)
        try:
            return Result(self._answer(system, user, form, bill), bill.run())
        except AnalystError as error:
            error.run = bill.run()
            raise

    def _answer(self, system: str, user: str, form: type[A], bill: Bill) -> A:
        first = self._complete(system, user, form, bill)
        try:
            return _parse(first, form)
        except BadModelAnswer as bad:
            again = f"{user}\n\n{self.repair(bad.message, first.text[:_MAX_SHOWN])}"
            return _parse(self._complete(system, again, form, bill), form)

    def _complete(self, system: str, user: str, form: type[A], bill: Bill) -> Completion:
        """One answer, with repeats as long as the trouble is transient."""
        for repeat in range(self.limits.retries + 1):
            self.limits.budget.check()
            try:
                completion = self.model.complete(system, user, self.step, form.json_schema())
            except ModelUnavailable as error:
                if repeat == self.limits.retries:
                    raise
                self.limits.sleep(_wait(error, repeat))
                continue
            bill.add(completion)
            self.limits.budget.add(completion.cost)
            return completion
        raise AssertionError("unreachable: the last repeat returns or raises")


def _wait(error: ModelUnavailable, repeat: int) -> float:
    """Seconds until the next repeat: what the server asks for, else doubling, with jitter."""
    asked = error.seconds if isinstance(error, WaitAsked) else _FIRST_WAIT_S * 2**repeat
    return asked + random.uniform(0, asked / 2)


def _parse(completion: Completion, form: type[A]) -> A:
    text = _THOUGHT.sub("", completion.text)
    start, end = text.find("{"), text.rfind("}")
    if start < 0 and _SORRY.match(text):
        raise ModelRefused("The model declined to answer.", "Draft by hand or use another model.")
    if len(text) > _MAX_ANSWER:
        raise BadModelAnswer("The answer is far too long.")
    if start < 0:
        raise BadModelAnswer("The answer holds no JSON.")
    try:
        return form.model_validate_json(text[start : end + 1])
    except ValidationError as error:
        raise BadModelAnswer(_complaint(error, completion.cut)) from None  # its cause holds customer text


def _complaint(error: ValidationError, cut: bool) -> str:
    """Where the answer does not fit, without repeating what stands there."""
    if cut or error.errors()[0]["type"] == "json_invalid":
        return "The answer is broken JSON, as if cut off."
    faults = error.errors(include_input=False, include_url=False, include_context=False)[:6]
    return "The answer does not fit: " + "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'the JSON'}: {_short(fault['msg'])}" for fault in faults
    )


def _short(message: str) -> str:
    return message.split(", input was")[0][:160]
