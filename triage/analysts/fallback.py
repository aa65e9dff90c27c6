"""Two analysts as one: what the first cannot do, the second does, and the draft says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from triage.domain import Answer, Evidence, Gaps, Reading, Request, RoughSize, SizeOpinion, StepRun
from triage.errors import AnalystError, ModelUnavailable
from triage.ports import Analyst, Result

T = TypeVar("T")

REST_S = 30.0


class FallbackAnalyst:
    """Implements `ports.Analyst`: `primary`, and `fallback` for each step in which it fails.

    After an outage the primary is left alone for `rest_s` seconds, so that a draft waits for a dead
    model once and not in each of its four steps. `clock` counts seconds.
    """

    def __init__(
        self,
        primary: Analyst,
        fallback: Analyst,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary = primary
        self._fallback = fallback
        self._rest_s = rest_s
        self._clock = clock
        self._resting_until = float("-inf")
        self._outage = ""

    @property
    def name(self) -> str:
        """The primary's name: the one that was asked for."""
        return self._primary.name

    def read(self, request: Request) -> Result[Reading]:
        """See `ports.Analyst`."""
        return self._either(lambda analyst: analyst.read(request))

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        """See `ports.Analyst`."""
        return self._either(lambda analyst: analyst.find_gaps(request, reading, evidence))

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        """See `ports.Analyst`."""
        return self._either(lambda analyst: analyst.estimate(request, reading, evidence))

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        """See `ports.Analyst`."""
        return self._either(lambda a: a.propose(request, reading, evidence, gaps, size, guidance))

    def _either(self, step: Callable[[Analyst], Result[T]]) -> Result[T]:
        if self._clock() < self._resting_until:
            return self._instead(step, self._outage, None)
        try:
            return step(self._primary)
        except ModelUnavailable as error:
            self._resting_until = self._clock() + self._rest_s
            self._outage = error.message
            return self._instead(step, error.message, error.run)
        except AnalystError as error:
            return self._instead(step, error.message, error.run)

    def _instead(self, step: Callable[[Analyst], Result[T]], why: str, failed: StepRun | None) -> Result[T]:
        result = step(self._fallback)
        return Result(result.value, _degraded(result.run, why, failed))


def _degraded(run: StepRun, why: str, failed: StepRun | None) -> StepRun:
    """The fallback's run with the reason, and with what the failed attempt had already cost."""
    if failed is None:
        return run.model_copy(update={"degraded": why})
    return run.model_copy(
        update={
            "degraded": why,
            "model": failed.model,
            "prompt_hash": failed.prompt_hash,
            "tokens_in": run.tokens_in + failed.tokens_in,
            "tokens_out": run.tokens_out + failed.tokens_out,
            "cost": failed.cost,
            "ms": run.ms + failed.ms,
        }
    )
