"""Step 4: a rough size in three ranges; the analyst may argue, the statistics decide."""

from __future__ import annotations

from triage.catalogue import Catalogue
from triage.domain import Evidence, Reading, Request, RoughSize
from triage.ports import Analyst, Result, SizeHistory
from triage.sizing import rough_size


def size(
    analyst: Analyst,
    catalogue: Catalogue,
    history: SizeHistory,
    request: Request,
    reading: Reading,
    evidence: Evidence,
) -> Result[RoughSize]:
    """Kinds of change, comparables and the base rate, with the analyst's opinion as one more voice."""
    opinion = analyst.estimate(request, reading, evidence)
    sized = rough_size(catalogue, request, reading, evidence, history.size_samples(), opinion.value)
    return Result(sized, opinion.run.model_copy(update={"step": "size"}))
