"""Step 5: propose what to tell sales. A human decides later; here nothing is promised."""

from __future__ import annotations

from triage.domain import Answer, Evidence, Gaps, PromiseResponse, Reading, Request, RoughSize
from triage.ports import Analyst, Result
from triage.sentence import assemble_sentence


def propose(
    analyst: Analyst,
    request: Request,
    reading: Reading,
    evidence: Evidence,
    gaps: Gaps,
    size: RoughSize,
    guidance: str,
) -> Result[Answer]:
    """The analyst's proposal with its sentence (P7) and one open line per promise already made (P12).

    The stance on a promise is left for the human: confirming, softening or withdrawing what a
    colleague said is the one thing no draft may decide.
    """
    result = analyst.propose(request, reading, evidence, gaps, size, guidance)
    suggested = {response.quote: response.text for response in result.value.promises}
    open_lines = tuple(
        PromiseResponse(quote=promise.quote, text=suggested.get(promise.quote, ""))
        for promise in reading.promises
    )
    answer = result.value.model_copy(update={"promises": open_lines})
    if not answer.sentence.strip():
        answer = answer.model_copy(update={"sentence": assemble_sentence(answer)})
    return Result(answer, result.run)
