"""Step 2: similar past requests, architecture notes and the touched parts of the product map."""

from __future__ import annotations

import time

from triage.domain import Evidence, Reading, Request, StepRun
from triage.ports import Result, Retriever


def retrieve(retriever: Retriever, request: Request, reading: Reading) -> Result[Evidence]:
    """Ask the retriever; the request itself never counts as its own past."""
    started = time.perf_counter()
    evidence = retriever.retrieve(request, reading)
    others = tuple(similar for similar in evidence.similar if similar.past.id != request.id)
    run = StepRun(step="retrieve", analyst="retrieval", ms=(time.perf_counter() - started) * 1000)
    return Result(evidence.model_copy(update={"similar": others}), run)
