"""A reviewer's word that the customer's address is right: without it no answer goes to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.deps import ReviewerDep, ServicesDep
from api.posted import FieldsDep
from triage.domain import Event, RequestRecord
from triage.errors import NotAllowed

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class CustomerAddress:
    """What the sender box shows where customers may be answered."""

    address: str
    said: Event | None  # who vouched for it, and when


def customer_address(services: Services, record: RequestRecord) -> CustomerAddress | None:
    """None where no answer goes to customers, or nobody's address is known."""
    address = record.request.asker_address.strip().lower()
    if not services.settings.answer_customers or not address:
        return None
    if address.rpartition("@")[2] in services.settings.own_domains:
        return None
    return CustomerAddress(address, services.store.verification(record.request.id, address))


@router.post("/review/{request_id}/address", response_model=None)
def address(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Say that `address` is right, or with `withdraw=1` take that back.

    Raises:
        NotAllowed: no admin has allowed answers to customers.
    """
    if not services.settings.answer_customers:
        raise NotAllowed("Answers do not go to customers here.", "An admin sets TRIAGE_ANSWER_CUSTOMERS.")
    change = (
        services.store.withdraw_address if fields.get("withdraw") == "1" else services.store.verify_address
    )
    change(request_id, fields.get("address"), person.address)
    return RedirectResponse(f"/review/{request_id}?done=address", HTTPStatus.SEE_OTHER)
