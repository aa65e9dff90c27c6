"""The reviewer's desk: one request with its draft, and what can be decided about it.

Every POST ends in a redirect (303), in the same page with what is wrong (422), or, when somebody else
was first or is working on it, in a page that says so (409). What was typed is kept in all three.
What a reviewer can do besides is in `review_actions`, what the page sends while they type in `saving`.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import inbox, review_actions, saving
from api.deps import ReviewerDep, ServicesDep
from api.fields import Trouble
from api.posted import FieldsDep
from api.review_flow import carry_out, desk, keep, next_address, notice_of, said_of, then_address
from api.review_form import read_form
from api.review_page import show, undo_of
from api.templating import render
from triage import review
from triage.domain import QuestionState
from triage.errors import NotFound

router = APIRouter(include_in_schema=False)
for module in (inbox, review_actions, saving):
    router.include_router(module.router)

GUIDANCE_CAP = 4_000  # characters


@router.get("/review/{request_id}", response_model=None)
def page(
    request: Request,
    services: ServicesDep,
    person: ReviewerDep,
    request_id: str,
    done: str = "",
    approved: str = "",
    decided: str = "",
) -> Response:
    """The request, the draft and the evidence side by side.

    `done`: what was just done here. `approved`, `decided`: id of the decision about the request before.
    """
    notice = notice_of(done, services.store.record(request_id).status)
    undo = undo_of(services, approved)
    if not undo:
        notice = notice or said_of(services, approved or decided)
    return show(request, services, request_id, person, notice=notice, undo=undo)


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
        versions=store.versions(request_id),
    )


@router.post("/review/{request_id}/save", response_model=None)
def save(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the edits as a new version; a moved question comes back into sight."""
    form = read_form(services, request_id, fields, person)
    moved = fields.get("move").rpartition(":")[0]

    def act() -> str:
        keep(services, form, person)
        return desk(request_id, "saved") + (f"#question.{quote(moved)}" if moved else "")

    return carry_out(request, services, form, person, act, "Not saved yet.")


@router.post("/review/{request_id}/approve", response_model=None)
def approve(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Approve the form as it stands (P17): the rules are checked, then exactly this text goes out, after
    the seconds in which it can be undone. On to the next request."""
    form = read_form(services, request_id, fields, person)
    grace = timedelta(seconds=services.settings.undo_seconds)

    def act() -> str:
        decision = review.approve(
            services.store,
            services.teams,
            form.draft,
            person.address,
            services.engine.enqueue_decide,
            grace=grace,
            take_over=form.take_over,
        )
        return next_address(services, person, f"approved={decision.id}")

    return carry_out(request, services, form, person, act, "Not approved yet.")


@router.post("/review/{request_id}/send-back", response_model=None)
def send_back(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the edits, then have it drafted again with the reviewer's guidance."""
    form = read_form(services, request_id, fields, person)
    guidance = form.guidance[:GUIDANCE_CAP]
    if not guidance:
        form = form.wanting(Trouble("guidance", "Say what the next draft should do differently."))

    def act() -> str:
        version, job = keep(services, form, person).version, services.engine.enqueue_decide
        decision = review.send_back(services.store, request_id, version, guidance, person.address, job)
        return then_address(services, form, person, decision, "sent-back")

    return carry_out(request, services, form, person, act, "Not sent back yet.")


@router.post("/review/{request_id}/ask", response_model=None)
def ask(
    request: Request, services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str
) -> Response:
    """Keep the edits, then mail the questions marked “Ask” and stop the clock (P4)."""
    form = read_form(services, request_id, fields, person)
    asked = [q.id for q in (*form.draft.questions, *form.draft.folded) if q.state is QuestionState.ACCEPTED]
    if not asked:
        sentence = "Mark at least one question “Ask”: those are the ones that are sent."
        form = form.wanting(Trouble("questions", sentence))

    def act() -> str:
        version, job = keep(services, form, person).version, services.engine.enqueue_decide
        decision = review.ask(services.store, request_id, version, asked, person.address, job)
        return then_address(services, form, person, decision, "asked")

    return carry_out(request, services, form, person, act, "Not asked yet.")
