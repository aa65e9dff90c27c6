"""The JSON API for requests: hand in, list, look at one, decide."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic import Field

from api.deps import PersonDep, ReviewerDep, ServicesDep, visible_record
from api.errors import PROBLEMS
from api.receipts import Receipt, receipt_for
from api.summaries import RequestSummary, RequestView, summary_for, view_for
from triage import review
from triage.domain import Answer, Channel, Decision, DecisionKind, Frozen, Person, Role, Status
from triage.errors import NotAllowed
from triage.intake.accept import accept_request
from triage.intake.form import NewRequest, request_from_fields

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(prefix="/api/v1/requests", tags=["requests"], responses=PROBLEMS)

RequestId = Annotated[
    str,
    Path(max_length=40, pattern=r"^[A-Za-z0-9._-]+$", description="As in the receipt, e.g. r-01k9x2m4pq."),
]
IdempotencyKey = Annotated[
    str, Header(max_length=200, description="Your own key; a repeat with it adds nothing.")
]


class Approve(Frozen):
    """Approve the version you have read, with your own answer in place of the drafted one if given."""

    kind: Literal["approve"]
    version: int = Field(description="The draft version you have read.")
    answer: Answer | None = Field(None, description="The whole answer as it is to go out.")


class SendBack(Frozen):
    """Have it drafted again with your guidance."""

    kind: Literal["send_back"]
    version: int = Field(description="The draft version you have read.")
    guidance: str = Field(min_length=1, max_length=4000, description="What the next draft should heed.")


class Ask(Frozen):
    """Ask the submitter; the clock stands still until the answers are there (P4)."""

    kind: Literal["ask"]
    version: int = Field(description="The draft version you have read.")
    question_ids: tuple[str, ...] = Field(
        min_length=1, max_length=40, description="Ids of the draft's questions."
    )


DecisionBody = Annotated[Approve | SendBack | Ask, Body(discriminator="kind")]


class Decided(Frozen):
    """The decision is stored and will be carried out."""

    id: str
    request_id: str
    kind: DecisionKind
    version: int = Field(description="The version that the decision is about; a changed answer is a new one.")
    status_url: str


@router.post("", status_code=HTTPStatus.ACCEPTED, summary="Hand in a request")
def accept(
    new: NewRequest,
    services: ServicesDep,
    person: PersonDep,
    response: Response,
    idempotency_key: IdempotencyKey = "",
) -> Receipt:
    """Answers with the request's id once it is stored; a draft is ready seconds later."""
    request = request_from_fields(_completed(new, person))
    # two people's keys never meet: otherwise one would learn the id of the other's request
    key = f"{idempotency_key} of {person.address}" if idempotency_key else ""
    return receipt_for(accept_request(services, request, idempotency_key=key), response)


@router.get("", summary="List requests")
def index(
    services: ServicesDep,
    person: PersonDep,
    status: Annotated[tuple[Status, ...], Query(description="Only these; may be repeated.")] = (),
    search: Annotated[str, Query(max_length=200, description="Words of subject, customer or text.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[RequestSummary]:
    """Newest first; a submitter gets their own only."""
    own = person.address if person.role is Role.SUBMITTER else ""
    found = services.store.records(statuses=status, submitter=own, search=search, limit=limit, offset=offset)
    return [summary_for(record, person, services.teams) for record in found]


@router.get("/{request_id}", summary="One request")
def show(request_id: RequestId, services: ServicesDep, person: PersonDep) -> RequestView:
    """The request and where it stands; the draft for reviewers, the approved answer for everyone."""
    record = visible_record(services, person, request_id)
    return view_for(services.store, record, person, services.teams)


@router.post("/{request_id}/decision", status_code=HTTPStatus.ACCEPTED, summary="Decide about a draft")
def decide(request_id: RequestId, body: DecisionBody, services: ServicesDep, person: ReviewerDep) -> Decided:
    """Approve, send back or ask. 409 when somebody was faster, 422 with what is missing (P5, P6, P12)."""
    services.store.record(request_id)  # an unknown request is a 404, not a conflict
    decision = carry_out(services, request_id, body, person.address)
    return Decided(
        id=decision.id,
        request_id=request_id,
        kind=decision.kind,
        version=decision.version,
        status_url=f"/api/v1/requests/{request_id}",
    )


def carry_out(services: Services, request_id: str, body: Approve | SendBack | Ask, by: str) -> Decision:
    """The one call of `triage.review` behind each kind of decision."""
    store, enqueue = services.store, services.engine.enqueue_decide
    if isinstance(body, SendBack):
        return review.send_back(store, request_id, body.version, body.guidance, by, enqueue)
    if isinstance(body, Ask):
        return review.ask(store, request_id, body.version, body.question_ids, by, enqueue)
    draft = store.draft(request_id, body.version)
    final = draft.model_copy(update={"answer": body.answer}) if body.answer else draft
    grace = timedelta(seconds=services.settings.undo_seconds)
    return review.approve(store, services.teams, final, by, enqueue, grace=grace)


def _completed(new: NewRequest, person: Person) -> NewRequest:
    """With what was left out; only reviewers and admins hand in for somebody else."""
    submitter = new.submitter or person.address
    if person.role is Role.SUBMITTER and submitter.lower() != person.address.lower():
        raise NotAllowed(
            f"You cannot hand in a request for {submitter}.", "Leave out `submitter` or name yourself."
        )
    channel = new.channel if "channel" in new.model_fields_set else Channel.API
    return new.model_copy(update={"submitter": submitter, "channel": channel})
