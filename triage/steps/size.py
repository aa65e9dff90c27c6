"""Step 4: a rough size in three ranges; the analyst may argue, the statistics decide."""

from __future__ import annotations

from triage.catalogue import Catalogue
from triage.domain import Evidence, Reading, Request, RoughSize
from triage.ports import Analyst, Result, SizeHistory
from triage.sizing import cold_start_table, rough_size


def size(
    analyst: Analyst,
    catalogue: Catalogue,
    history: SizeHistory,
    request: Request,
    reading: Reading,
    evidence: Evidence,
) -> Result[RoughSize]:
    """The company's own sizes and the catalogue's table; an analyst's opinion is one more voice."""
    opinion = analyst.estimate(request, reading, evidence)
    table = cold_start_table(catalogue, reading)
    estimate = history.estimate(request, reading, table.total, opinion.value)
    sized = rough_size(catalogue, request, reading, evidence, table, estimate, opinion.value)
    return Result(sized, opinion.run.model_copy(update={"step": "size"}))
