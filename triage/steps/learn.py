"""Step 9: the decided request joins the history, so that the next similar one finds it the same day."""

from __future__ import annotations

from triage.domain import Decision, Draft, PastRequest, Request, Verdict
from triage.ports import Desk

_ENDED = {
    Verdict.YES: "answered yes",
    Verdict.YES_BUT: "answered yes, with conditions",
    Verdict.NO: "answered no",
}


def learn(desk: Desk, decision: Decision) -> None:
    """Remember the request with its kinds and answer; size and surprises come with the closing form (P20)."""
    request = desk.request(decision.request_id)
    draft = desk.draft(decision.request_id, decision.version)
    desk.remember(past_request(request, draft, decision))


def past_request(request: Request, draft: Draft, decision: Decision) -> PastRequest:
    """The history entry of a decided request."""
    verdict = draft.answer.verdict
    return PastRequest(
        id=request.id,
        opened=request.received.date().isoformat(),
        closed="",
        customer=request.customer,
        product_area=request.product_area,
        subject=request.subject,
        body=request.wish(),
        kinds=tuple(kind.id for kind in draft.reading.sure_kinds),
        model_days=draft.size.model_days,
        verdict=verdict,
        outcome=_ENDED[verdict] if verdict else "",
    )
