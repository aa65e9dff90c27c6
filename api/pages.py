"""The pages for sales: a form, their own requests, the answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.answers import OUT, answers_given, earlier_answers, story
from api.attachments import shown_files, unmarked
from api.deps import PersonDep, ServicesDep, visible_record
from api.fields import Trouble
from api.outbox import not_delivered
from api.posted import FieldsDep
from api.request_form import TypedRequest, Wrong, new_request, read_typed
from api.templating import render
from triage import review
from triage.clock import explain, explain_due
from triage.domain import RequestRecord, Status
from triage.errors import BadInput
from triage.intake.accept import accept_request
from triage.intake.form import request_from_fields

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)

OWN_SHOWN = 100
ANSWER_CAP = 4_000  # characters of one answer to a question
NOTICES = {
    "new": "We have it. A draft is being written now; a person decides, and the answer comes by mail.",
    "answered": "Thank you. The clock runs again and the reviewer has your answers.",
}
STANDING = {
    Status.RECEIVED: "We have it. A draft of the answer is being written.",
    Status.DRAFTING: "A draft of the answer is being written; then a person decides.",
    Status.IN_REVIEW: "A person is deciding on the answer.",
    Status.WAITING: "The reviewer has asked for something; it is on its way to you.",
    Status.APPROVED: "Approved; the answer goes out in a moment, unless it is taken back.",
    Status.PARKED: "Drafting the answer ran into trouble; a person takes over from here.",
}
STATE_WORDS = {
    Status.RECEIVED: "received",
    Status.DRAFTING: "being drafted",
    Status.IN_REVIEW: "in review",
    Status.WAITING: "needs your answer",
    Status.PARKED: "taking longer",
}
SECTIONS = (
    ("Waits for you", "The clock stands still until you answer.", (Status.WAITING,)),
    ("With us", "", (Status.RECEIVED, Status.DRAFTING, Status.IN_REVIEW, Status.PARKED)),
    ("Answered", "", OUT),
)


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
    """The requests whose answer goes to this person: those that wait for them first."""
    found = services.store.records(submitter=person.address, limit=OWN_SHOWN)
    records = [record.as_submitter_sees() for record in found]
    return render(
        request,
        "requests/mine.html",
        sections=[
            (title, note, chosen)
            for title, note, statuses in SECTIONS
            if (chosen := [record for record in records if record.status in statuses])
        ],
        names=services.people.names(),
        words=STATE_WORDS,
        why={record.request.id: why_due(services, record) for record in records},
        cut=len(records) == OWN_SHOWN,
    )


@router.get("/requests/{request_id}", response_model=None)
def answer(
    request: Request, services: ServicesDep, person: PersonDep, request_id: str, done: str = ""
) -> Response:
    """Where a request stands, and the answer once there is one."""
    record = visible_record(services, person, request_id)
    return _answer_page(request, services, record, notice=NOTICES.get(done, ""))


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
    review.answer_questions(services.store, services.teams, request_id, given, person.address)
    return RedirectResponse(f"/requests/{request_id}?done=answered", HTTPStatus.SEE_OTHER)


def _answer_page(
    request: Request,
    services: Services,
    record: RequestRecord,
    *,
    notice: str = "",
    problem: str = "",
) -> Response:
    request_id = record.request.id
    given = answers_given(services, record)
    return render(
        request,
        "requests/answer.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        record=record,
        given=given[-1] if given else None,
        again=record.status not in OUT,
        earlier=earlier_answers(given),
        story=story(services, record, given),
        asked=services.store.asked(request_id),
        reviewer_name=services.people.names().get(record.reviewer, record.reviewer),
        steps=steps_of(record.status),
        standing=STANDING.get(record.status, ""),
        clock=explain(record, services.teams.of(record).calendar),
        why_due=why_due(services, record),
        mails=services.outgoing.for_request(request_id),
        not_arrived=not_delivered(services, request_id),
        files=shown_files(record.request, services.store.stored_files(request_id), unmarked),
        notice=notice,
        problem=problem,
    )


def why_due(services: Services, record: RequestRecord) -> str:
    """How the due time came about, in the zone that all pages show."""
    teams = services.teams
    return explain_due(record, teams.of(record), shown_in=teams.default.calendar.zone)


def steps_of(status: Status) -> tuple[tuple[str, bool, bool], ...]:
    """The way of a request for sales: words, whether it got that far, whether it is there now."""
    order = {
        Status.RECEIVED: 1,
        Status.DRAFTING: 1,
        Status.PARKED: 1,
        Status.IN_REVIEW: 2,
        Status.WAITING: 2,
        Status.APPROVED: 2,
        Status.ANSWERED: 3,
        Status.CLOSED: 3,
    }
    words = ("Received", "Draft", "Your answers" if status is Status.WAITING else "In review", "Answered")
    at = order[status]
    return tuple((says, slot <= at, slot == at) for slot, says in enumerate(words))
