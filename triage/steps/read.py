"""Step 1: what is asked, which kinds of change, who, by when, and what was already promised."""

from __future__ import annotations

from triage.domain import Reading as Reading
from triage.domain import Request
from triage.ports import Analyst, Result


def read(analyst: Analyst, request: Request) -> Result[Reading]:
    """The analyst's reading, with every quote that is not literally in the request taken out."""
    result = analyst.read(request)
    text = request.text()
    reading = result.value
    literal = reading.model_copy(
        update={
            "kinds": tuple(
                k if k.quote in text else k.model_copy(update={"quote": ""}) for k in reading.kinds
            ),
            "promises": tuple(p for p in reading.promises if p.quote and p.quote in text),
            "minimisers": tuple(m for m in reading.minimisers if m in text),
        }
    )
    return Result(literal, result.run)
