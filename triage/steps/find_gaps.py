"""Step 3: walk the whole catalogue before anything is drafted; three questions on top, the rest folded."""

from __future__ import annotations

from triage.domain import MAX_QUESTIONS, Evidence, Gaps, Reading, Request
from triage.ports import Analyst, Result


def find_gaps(analyst: Analyst, request: Request, reading: Reading, evidence: Evidence) -> Result[Gaps]:
    """The analyst's gaps, capped: at most five questions, whatever is beyond goes to the fold."""
    result = analyst.find_gaps(request, reading, evidence)
    gaps = result.value
    capped = gaps.model_copy(
        update={
            "questions": gaps.questions[:MAX_QUESTIONS],
            "folded": gaps.questions[MAX_QUESTIONS:] + gaps.folded,
        }
    )
    return Result(capped, result.run)
