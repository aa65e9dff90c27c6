"""The embedded default analyst: no model, no key, no network; deterministic and quick."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from triage.analysts.answering import propose_answer
from triage.analysts.gaps import GapFinder
from triage.analysts.kinds import KindDetector
from triage.analysts.reading import read_request
from triage.analysts.vectors import CatalogueVectors
from triage.catalogue import Catalogue
from triage.domain import (
    Answer,
    Evidence,
    Gaps,
    Reading,
    Request,
    RoughSize,
    SizeOpinion,
    StepRun,
)
from triage.ports import Encoder, Result

T = TypeVar("T")


class CatalogueAnalyst:
    """Implements `ports.Analyst` from the hidden-work catalogue and the team's own past."""

    name = "catalogue"

    def __init__(self, catalogue: Catalogue, encoder: Encoder) -> None:
        self._catalogue = catalogue
        vectors = CatalogueVectors(encoder)
        self._detector = KindDetector(catalogue, encoder, vectors)
        self._gaps = GapFinder(catalogue, encoder, vectors)

    def read(self, request: Request) -> Result[Reading]:
        """Kinds of change by cue and likeness, the rest by rule."""
        return _timed("read", lambda: read_request(self._catalogue, self._detector, request))

    def find_gaps(self, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
        """Typical surprises of the kinds found, this team's past surprises, the touched map parts."""
        return _timed("find_gaps", lambda: self._gaps.find(request, reading, evidence))

    def estimate(self, request: Request, reading: Reading, evidence: Evidence) -> Result[SizeOpinion | None]:
        """No opinion beyond the statistics."""
        return _timed("estimate", lambda: None)

    def propose(
        self,
        request: Request,
        reading: Reading,
        evidence: Evidence,
        gaps: Gaps,
        size: RoughSize,
        guidance: str,
    ) -> Result[Answer]:
        """Assembled from the catalogue's narrowing moves and the drafted questions."""
        return _timed(
            "propose",
            lambda: propose_answer(self._catalogue, request, reading, gaps, size, guidance),
        )


def _timed(step: str, think: Callable[[], T]) -> Result[T]:
    started = time.perf_counter()
    value = think()
    return Result(value, StepRun(step=step, analyst="catalogue", ms=(time.perf_counter() - started) * 1000))
