"""The reviewer's desk: one request with its draft, and the few things that can be done with it.

Every POST ends in a redirect (303), in the same page with what is wrong (422), or, when somebody else
was first, in a page that says what changed (409). What was typed is kept in all three.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api import inbox
from api.deps import ReviewerDep, ServicesDep
from api.fields import Trouble
from api.posted import FieldsDep
from api.review_page import Form, Refusal, read_form, show, show_again, show_conflict
from api.templating import render
from triage import review
from triage.domain import Draft, Person, QuestionState, Role, Status
from triage.errors import BadInput, Conflict, NotFound, RuleBroken

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)
router.include_router(inbox.router)

GUIDANCE_CAP = 4_000  # characters
NOTICES = {
    "saved": "Saved.",
    "asked": "Asked. The clock stands still until the submitter replies.",
    "sent-back": "Sent back. It is being drafted again with your guidance; your text stays as a version.",
    "assigned": "Handed over.",
    "retried": "Trying again.",
}
TRUE_WHILE = {"asked": Status.WAITING, "sent-back": Status.DRAFTING}  # the page reloads when it moves on


@router.get("/review/{request_id}", response_model=None)
def page(
    request: Request, services: ServicesDep, person: ReviewerDep, request_id: str, done: str = ""
) -> Response:
    """The request, the draft and the evidence side by side."""
    status = services.store.record(request_id).status
    notice = NOTICES.get(done, "") if TRUE_WHILE.get(done, status) is status else ""
    return show(request, services, request_id, notice=notice)


@router.get("/review/{request_id}/diff", response_model=None)
def diff(request: Request, services: ServicesDep, person: ReviewerDep, request_id: str) -> Response:
    """The pipeline's draft against the human version, field by field."""
    record, store = services.store.record(request_id), services.store
    before, after = store.first_ai_draft(request_id), store.latest_draft(request_id)
    if record.approved_version:
        after = store.draft(request_id, record.approved_version)
    if before is None or after is None:
        raise NotFound("There is no draft to compare yet.", "Come back when the draft has been written.")
    return render(
        request,
        "review/diff.html",
        record=record,
        before=before,
        after=after,
        differences=review.differences(before, after),
        versions=store.drafts(request_id),
    )


@router.post("/review/{request_id}/save", response_model=None)
def save(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the edits as a new version."""
    form = read_form(services, request_id, fields)

    def act() -> None:
        _keep(services, form, person)

    return _carry_out(request, services, form, act, _desk(request_id, "saved"), "Not saved yet.")


@router.post("/review/{request_id}/approve", response_model=None)
def approve(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Approve the form as it stands (P17): the rules are checked, then exactly this text goes out."""
    form = read_form(services, request_id, fields)

    def act() -> None:
        job = services.engine.enqueue_decide
        review.approve(services.store, services.calendar, form.draft, person.address, job)

    answer = f"/requests/{request_id}?done=approved"
    return _carry_out(request, services, form, act, answer, "Not approved yet.")


@router.post("/review/{request_id}/send-back", response_model=None)
def send_back(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the edits, then have it drafted again with the reviewer's guidance."""
    form = read_form(services, request_id, fields)
    guidance = fields.get("guidance")[:GUIDANCE_CAP]
    if not guidance:
        form = form.wanting("guidance", "Say what the next draft should do differently.")

    def act() -> None:
        version, job = _keep(services, form, person).version, services.engine.enqueue_decide
        review.send_back(services.store, request_id, version, guidance, person.address, job)

    return _carry_out(request, services, form, act, _desk(request_id, "sent-back"), "Not sent back yet.")


@router.post("/review/{request_id}/ask", response_model=None)
def ask(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the edits, then mail the questions marked “Ask” and stop the clock (P4)."""
    form = read_form(services, request_id, fields)
    asked = [q.id for q in (*form.draft.questions, *form.draft.folded) if q.state is QuestionState.ACCEPTED]
    if not asked:
        form = form.wanting(
            "questions", "Mark at least one question “Ask”: those are the ones that are sent."
        )

    def act() -> None:
        version, job = _keep(services, form, person).version, services.engine.enqueue_decide
        review.ask(services.store, request_id, version, asked, person.address, job)

    return _carry_out(request, services, form, act, _desk(request_id, "asked"), "Not asked yet.")


@router.post("/review/{request_id}/assign", response_model=None)
def assign(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Hand the request to another reviewer: exactly one named person holds it (P3)."""
    address = fields.get("reviewer")
    reviewer = services.people.get(address)
    if reviewer is None or reviewer.role is Role.SUBMITTER or not reviewer.active:
        raise BadInput(f"“{address[:80]}” is not a reviewer here.", "Choose one of the listed reviewers.")
    services.store.assign(request_id, reviewer.address, person.address)
    return RedirectResponse(_desk(request_id, "assigned"), HTTPStatus.SEE_OTHER)


@router.post("/review/{request_id}/retry", response_model=None)
def retry(services: ServicesDep, person: ReviewerDep, request_id: str) -> Response:
    """Draft a parked request again."""
    services.store.retry(request_id, services.engine.enqueue_process, by=person.address)
    return RedirectResponse(_desk(request_id, "retried"), HTTPStatus.SEE_OTHER)


def _carry_out(
    request: Request, services: Services, form: Form, act: Callable[[], None], then: str, refused: str
) -> Response:
    if form.edited.troubles:
        return show_again(request, services, form, Refusal(refused, form.edited.troubles))
    try:
        act()
    except RuleBroken as broken:
        troubles = tuple(Trouble(field, message) for field, message in broken.missing.items())
        return show_again(request, services, form, Refusal(refused, troubles))
    except Conflict as conflict:
        return show_conflict(request, services, form, conflict)
    return RedirectResponse(then, HTTPStatus.SEE_OTHER)


def _keep(services: Services, form: Form, person: Person) -> Draft:
    return services.store.save_edit(form.draft, base_version=form.base.version, by=person.address)


def _desk(request_id: str, done: str) -> str:
    return f"/review/{request_id}?done={done}"
