"""What the sender of a request gets back: its id, and where to look."""

from __future__ import annotations

from fastapi import Response

from triage.domain import Accepted, Frozen
from triage.intake.arrive import Arrival


class Receipt(Frozen):
    """What came in is stored; a new request will be drafted. `duplicate`: it was here already, nothing was
    added. `outcome`: "request", or "reply" when it went to the request it belongs to; "automatic", "bounce"
    and "own" ask for nothing, and `id` may be empty then."""

    id: str
    duplicate: bool = False
    outcome: str = "request"
    status_url: str


def receipt_for(accepted: Accepted, response: Response) -> Receipt:
    """The receipt; also sets the Location header."""
    return _receipt(Receipt(id=accepted.id, duplicate=accepted.duplicate, status_url=""), response)


def receipt_of(arrival: Arrival, response: Response) -> Receipt:
    """The receipt for a mail; also sets the Location header when it is on a request."""
    bare = Receipt(id=arrival.request_id, duplicate=arrival.duplicate, outcome=arrival.outcome, status_url="")
    return _receipt(bare, response)


def _receipt(bare: Receipt, response: Response) -> Receipt:
    if not bare.id:
        return bare
    status_url = f"/api/v1/requests/{bare.id}"
    response.headers["Location"] = status_url
    return bare.model_copy(update={"status_url": status_url})
