"""The pages for sales (a form, their own requests, the answer) and the pages behind a citation."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import PersonDep, ReviewerDep, ServicesDep, visible_record
from api.fields import Trouble
from api.posted import FieldsDep
from api.request_form import TypedRequest, Wrong, new_request, read_typed
from api.templating import render
from triage import review
from triage.clock import explain
from triage.domain import Draft, Person, Question, QuestionState, RequestRecord, Role, Status
from triage.errors import BadInput, NotFound
from triage.intake.accept import accept_request
from triage.intake.form import request_from_fields

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)

OWN_SHOWN = 100
ANSWER_CAP = 4_000  # characters of one answer to a question
NOTICES = {
    "new": "We have it. A draft is being written now; a person decides, and the answer comes by mail.",
    "approved": "Approved. The answer is on its way to sales, the checklist to support.",
    "answered": "Thank you. The clock runs again and the reviewer has your answers.",
}
STANDING = {
    Status.RECEIVED: "We have it. A draft of the answer is being written.",
    Status.DRAFTING: "A draft of the answer is being written; then a person decides.",
    Status.IN_REVIEW: "A person is deciding on the answer.",
    Status.WAITING: "The reviewer has asked for something; it is on its way to you.",
    Status.PARKED: "Drafting the answer ran into trouble; a person takes over from here.",
}


# --- handing in ---------------------------------------------------------------------------------


@router.get("/requests/new", response_model=None)
def form(request: Request, person: PersonDep) -> Response:
    """The empty form."""
    return _form(request, TypedRequest())


@router.post("/requests/new", response_model=None)
def hand_in(request: Request, services: ServicesDep, person: PersonDep, fields: FieldsDep) -> Response:
    """Accept a request, or show the form again with what was typed and what is wrong with it."""
    typed = read_typed(fields)
    new = new_request(typed, person.address)
    if isinstance(new, Wrong):
        return _form(request, typed, new)
    try:
        accepted = accept_request(services, request_from_fields(new))
    except BadInput as error:
        return _form(request, typed, Wrong((Trouble("body", str(error)),)))
    return RedirectResponse(f"/requests/{accepted.id}?done=new", HTTPStatus.SEE_OTHER)


def _form(request: Request, typed: TypedRequest, wrong: Wrong | None = None) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "requests/new.html", status=status, typed=typed, wrong=wrong or Wrong(()))


# --- looking and answering ----------------------------------------------------------------------


@router.get("/requests", response_model=None)
def own(request: Request, services: ServicesDep, person: PersonDep) -> Response:
    """The requests whose answer goes to this person."""
    records = services.store.records(submitter=person.address, limit=OWN_SHOWN)
    return render(request, "requests/mine.html", records=records)


@router.get("/requests/{request_id}", response_model=None)
def answer(
    request: Request, services: ServicesDep, person: PersonDep, request_id: str, done: str = ""
) -> Response:
    """Where a request stands, and the answer once there is one."""
    record = visible_record(services, person, request_id)
    next_up = _next_for(services, person) if done == "approved" else None
    return _answer_page(request, services, record, notice=NOTICES.get(done, ""), next_up=next_up)


@router.post("/requests/{request_id}/answers", response_model=None)
def reply(
    request: Request, services: ServicesDep, person: PersonDep, fields: FieldsDep, request_id: str
) -> Response:
    """The submitter's answers to the open questions; only those that were asked count."""
    record = visible_record(services, person, request_id)
    asked = {question.id for question in services.store.asked(request_id)}
    given = [(key, text[:ANSWER_CAP]) for key, text in fields.starting("answer.") if key in asked and text]
    if asked and not given:
        return _answer_page(request, services, record, problem="Answer at least one question, even briefly.")
    review.answer_questions(services.store, services.calendar, request_id, given, person.address)
    return RedirectResponse(f"/requests/{request_id}?done=answered", HTTPStatus.SEE_OTHER)


def _answer_page(
    request: Request,
    services: Services,
    record: RequestRecord,
    *,
    notice: str = "",
    problem: str = "",
    next_up: RequestRecord | None = None,
) -> Response:
    store, request_id = services.store, record.request.id
    final = _approved(services, record)
    reviewer = services.people.get(record.reviewer) if record.reviewer else None
    return render(
        request,
        "requests/answer.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        record=record,
        answer=final.answer if final else None,
        open_questions=_open_questions(final) if final else (),
        asked=store.asked(request_id),
        reviewer_name=(reviewer.name or reviewer.address) if reviewer else record.reviewer,
        steps=steps_of(record.status),
        standing=STANDING.get(record.status, ""),
        clock=explain(record, services.calendar, datetime.now(UTC)),
        mails=services.outgoing.for_request(request_id),
        notice=notice,
        problem=problem,
        next_up=next_up,
    )


def _next_for(services: Services, person: Person) -> RequestRecord | None:
    """The most urgent request that waits for this reviewer."""
    if person.role is Role.SUBMITTER:
        return None
    return next(
        iter(services.store.records(statuses=(Status.IN_REVIEW,), reviewer=person.address, limit=1)), None
    )


def _approved(services: Services, record: RequestRecord) -> Draft | None:
    """The version a human approved; a submitter never sees any other (P17)."""
    if record.status not in (Status.ANSWERED, Status.CLOSED) or not record.approved_version:
        return None
    return services.store.draft(record.request.id, record.approved_version)


def _open_questions(draft: Draft) -> tuple[Question, ...]:
    questions = (*draft.questions, *draft.folded)
    return tuple(q for q in questions if q.state is QuestionState.ACCEPTED and not q.answer)


def steps_of(status: Status) -> tuple[tuple[str, bool, bool], ...]:
    """The way of a request for sales: words, whether it got that far, whether it is there now."""
    order = {
        Status.RECEIVED: 1,
        Status.DRAFTING: 1,
        Status.PARKED: 1,
        Status.IN_REVIEW: 2,
        Status.WAITING: 2,
        Status.ANSWERED: 3,
        Status.CLOSED: 3,
    }
    words = ("Received", "Draft", "Your answers" if status is Status.WAITING else "In review", "Answered")
    at = order[status]
    return tuple((says, slot <= at, slot == at) for slot, says in enumerate(words))


# --- behind a citation --------------------------------------------------------------------------


@router.get("/evidence/past/{past_id:path}", response_model=None)
def past(request: Request, services: ServicesDep, person: ReviewerDep, past_id: str) -> Response:
    """One past request: what was asked, how it ended, what surfaced (P16)."""
    found = services.knowledge.past_requests([past_id]).get(past_id)
    if found is None:
        raise NotFound(
            f"There is no past request {past_id[:80]}.", "It may have been removed from the history."
        )
    categories = {key: info.name for key, info in services.catalogue.categories.items()}
    return render(request, "evidence/past.html", past=found, categories=categories)


@router.get("/evidence/notes/{passage_id:path}", response_model=None)
def note(request: Request, services: ServicesDep, person: ReviewerDep, passage_id: str) -> Response:
    """One passage of an architecture note."""
    found = services.knowledge.passages([passage_id]).get(passage_id)
    if found is None:
        raise NotFound(
            f"There is no note passage {passage_id[:80]}.", "The note may have been edited or removed."
        )
    return render(request, "evidence/note.html", passage=found)
