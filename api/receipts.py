"""What the sender of a request gets back: its id, and where to look."""

from __future__ import annotations

from fastapi import Response

from triage.domain import Accepted, Frozen


class Receipt(Frozen):
    """The request is stored and will be drafted. `duplicate`: it was here already, nothing was added."""

    id: str
    duplicate: bool = False
    status_url: str


def receipt_for(accepted: Accepted, response: Response) -> Receipt:
    """The receipt; also sets the Location header."""
    status_url = f"/api/v1/requests/{accepted.id}"
    response.headers["Location"] = status_url
    return Receipt(id=accepted.id, duplicate=accepted.duplicate, status_url=status_url)
