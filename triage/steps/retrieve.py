"""Step 2: similar past requests, architecture notes and the touched parts of the product map."""

from __future__ import annotations

import time

from triage.domain import Evidence, Reading, Request, StepRun
from triage.ports import Result, Retriever


def retrieve(retriever: Retriever, request: Request, reading: Reading) -> Result[Evidence]:
    """Ask the retriever; the request itself never counts as its own past."""
    started = time.perf_counter()
    evidence = retriever.retrieve(request, reading)
    run = StepRun(step="retrieve", analyst="retrieval", ms=(time.perf_counter() - started) * 1000)
    return Result(evidence.model_copy(update=_others(evidence, request)), run)


def _others(evidence: Evidence, request: Request) -> dict[str, object]:
    return {
        "similar": tuple(each for each in evidence.similar if each.past.id != request.id),
        "related": tuple(each for each in evidence.related if each.past.id != request.id),
    }
