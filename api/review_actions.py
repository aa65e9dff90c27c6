"""What a reviewer can do with a request besides deciding it: hold it, hand it over, correct whom it is from,
say how large they think it is, take an approval back."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import ReviewerDep, ServicesDep
from api.forms import read_own_size, read_who
from api.posted import FieldsDep
from api.review_flow import carry_out, desk, keep
from api.review_form import read_form, size_hidden
from api.review_page import show_who_again
from triage import review
from triage.domain import Role
from triage.errors import BadInput

router = APIRouter(include_in_schema=False)


@router.post("/review/{request_id}/claim", response_model=None)
def claim(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Hold the request; with `take_over=1` also when somebody else does."""
    services.store.claim(request_id, person.address, take_over=fields.get("take_over") == "1")
    return _back(request_id, "claimed")


@router.post("/review/{request_id}/release", response_model=None)
def release(services: ServicesDep, person: ReviewerDep, request_id: str) -> Response:
    """Give it back, if it is held by this person."""
    services.store.release(request_id, person.address)
    return _back(request_id, "released")


@router.post("/review/{request_id}/assign", response_model=None)
def assign(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Hand the request to another reviewer: exactly one named person has it (P3)."""
    address = fields.get("reviewer")
    reviewer = services.people.get(address)
    if reviewer is None or reviewer.role is Role.SUBMITTER or not reviewer.active:
        raise BadInput(f"“{address[:80]}” is not a reviewer here.", "Choose one of the listed reviewers.")
    services.store.assign(request_id, reviewer.address, person.address)
    return _back(request_id, "assigned")


@router.post("/review/{request_id}/retry", response_model=None)
def retry(services: ServicesDep, person: ReviewerDep, request_id: str) -> Response:
    """Draft a parked request again."""
    services.store.retry(request_id, services.engine.enqueue_process, by=person.address)
    return _back(request_id, "retried")


@router.post("/review/{request_id}/redraft", response_model=None)
def redraft(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Draft again with the mails that came in since."""
    enqueue = services.engine.enqueue_decide
    guidance = "Mails came in after the last draft was begun; take them into account."
    review.send_back(services.store, request_id, fields.number("version"), guidance, person.address, enqueue)
    return _back(request_id, "redrafting")


@router.post("/review/{request_id}/undo", response_model=None)
def undo(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Take an approval back before it goes out; on to the page it was given on."""
    record = services.store.undo(fields.get("decision"), person.address)
    return _back(record.request.id, "undone")


@router.post("/review/{request_id}/who", response_model=None)
def who(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Correct whom the request is from; what came in stays as it is."""
    record = services.store.record(request_id)
    corrected, troubles = read_who(fields, record.request.who)
    if troubles:
        return show_who_again(request, services, record, person, corrected, troubles)
    services.store.correct_who(request_id, corrected, person.address)
    return _back(request_id, "corrected")


@router.post("/review/{request_id}/own-size", response_model=None)
def own_size(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the reviewer's own range beside the proposed one (P28), and the edits it came with."""
    form = read_form(services, request_id, fields, person)
    days, troubles = read_own_size(fields)
    form = form.wanting(*troubles)

    def act() -> str:
        blind = size_hidden(services, services.store.record(request_id), person)
        keep(services, form, person)
        services.store.say_size(request_id, person.address, days, blind=blind)
        return f"{desk(request_id, 'own-size')}#size"

    return carry_out(request, services, form, person, act, "Your figure is not kept yet.")


def _back(request_id: str, done: str) -> Response:
    return RedirectResponse(desk(request_id, done), HTTPStatus.SEE_OTHER)
