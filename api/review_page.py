"""What the review page shows in each of its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from api.address import customer_address
from api.attachments import name_of_file
from api.fields import Trouble
from api.forms import response_for
from api.outbox import not_delivered
from api.review_form import Form, moves_for, size_hidden
from api.rows import row_of
from api.templating import render
from api.views import (
    comparables_of,
    evidence_anchors,
    evidence_link,
    fallbacks_of,
    flags_of,
    gaps_of,
    proposed_fields,
    request_view,
)
from triage import review
from triage.domain import Draft, OwnSize, Person, RequestRecord, Role, Status, Who
from triage.errors import Claimed, Conflict, NotFound

if TYPE_CHECKING:
    from triage.bootstrap import Services


@dataclass(frozen=True)
class Refusal:
    """Why a posted form was not carried out, shown above it."""

    sentence: str
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Undo:
    """An approval that has not gone out yet."""

    decision: str
    request_id: str
    subject: str
    until: datetime


def undo_of(services: Services, decision_id: str) -> Undo | None:
    """The approval, while it can be undone."""
    try:
        record = services.store.record(services.store.decision(decision_id).request_id)
    except NotFound:
        return None
    if record.status is not Status.APPROVED or record.decision_id != decision_id or not record.undo_until:
        return None
    return Undo(decision_id, record.request.id, title_of(record), record.undo_until)


def title_of(record: RequestRecord) -> str:
    """What a request is called in a sentence."""
    return record.ask or record.request.subject or record.request.id


def show(
    request: Request,
    services: Services,
    request_id: str,
    person: Person,
    *,
    notice: str = "",
    undo: Undo | None = None,
) -> Response:
    """The page as stored."""
    record, draft = services.store.record(request_id), services.store.latest_draft(request_id)
    return _page(request, services, record, draft, person, notice=notice, undo=undo)


def show_again(
    request: Request, services: Services, form: Form, person: Person, refusal: Refusal
) -> Response:
    """The page with what was typed, and why it was not taken (422)."""
    record = services.store.record(form.base.request_id)
    return _page(request, services, record, form.draft, person, refusal=refusal, form=form)


def show_who_again(
    request: Request,
    services: Services,
    record: RequestRecord,
    person: Person,
    who: Who,
    troubles: Sequence[Trouble],
) -> Response:
    """The page with the sender as typed, and what is wrong with it (422)."""
    typed = record.model_copy(update={"request": record.request.model_copy(update=who.model_dump())})
    draft = services.store.latest_draft(record.request.id)
    refusal = Refusal("Not corrected yet.", tuple(troubles))
    return _page(request, services, typed, draft, person, refusal=refusal)


def show_conflict(request: Request, services: Services, form: Form, conflict: Conflict) -> Response:
    """Somebody else was first (409): what they changed, what was typed here, and the way on."""
    store, request_id = services.store, form.base.request_id
    seen = store.draft(request_id, form.draft.version)
    latest = store.latest_draft(request_id) or seen
    return render(
        request,
        "review/conflict.html",
        status=HTTPStatus.CONFLICT,
        record=store.record(request_id),
        conflict=conflict,
        claim=conflict.claim if isinstance(conflict, Claimed) else None,
        action=request.url.path,
        posted=[pair for pair in form.fields.pairs if pair[0] != "take_over"],
        names=services.people.names(),
        latest=latest,
        theirs=review.differences(seen, latest),
        mine=review.differences(form.base, form.draft),
        guidance=form.guidance,
    )


def _page(
    request: Request,
    services: Services,
    record: RequestRecord,
    draft: Draft | None,
    person: Person,
    *,
    notice: str = "",
    undo: Undo | None = None,
    refusal: Refusal | None = None,
    form: Form | None = None,
) -> Response:
    now = datetime.now(UTC)
    row = row_of(record, now, services.teams)
    base = form.base.version if form else draft.version if draft else 0
    return render(
        request,
        "review/page.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        record=record,
        bucket=row.bucket,
        clock=row.explained,
        why_due=row.why,
        view=request_view(record.request, draft, services.store.stored_files(record.request.id)),
        file_of=partial(name_of_file, record.request),
        reviewers=_reviewers(services),
        guidance=services.store.guidance(record.request.id),
        typed_guidance=form.guidance if form else "",
        notice=notice,
        refusal=refusal,
        names=services.people.names(),
        claim=record.held(now),
        undo=undo or undo_of(services, record.decision_id),
        base_version=base,
        not_arrived=not_delivered(services, record.request.id),
        customer_address=customer_address(services, record),
        **(_draft_context(services, record, draft, person) if draft else {"draft": None}),
    )


def _draft_context(
    services: Services, record: RequestRecord, draft: Draft, person: Person
) -> dict[str, object]:
    anchors = evidence_anchors(draft)
    own = _own_size(services, record, person)
    first = services.store.first_ai_draft(draft.request_id)
    return {
        "draft": draft,
        "proposed": proposed_fields(draft, first),
        "size_hidden": size_hidden(services, record, person),
        "own_size_said": own.days if own else None,
        "own_size_kept": own is not None and own.blind,  # said before the proposal was shown: final
        "editable": record.status is Status.IN_REVIEW,
        "missing": gaps_of(review.missing(draft)),
        "suggestion": review.assemble_sentence(draft.answer),
        "responses": [response_for(draft, promise) for promise in draft.reading.promises],
        "moves": moves_for(services, draft, first),
        "chosen_moves": {move.id for move in draft.answer.moves},
        "categories": {key: info.name for key, info in services.catalogue.categories.items()},
        "comparables": comparables_of(draft, anchors),
        "fallbacks": fallbacks_of(draft),
        "flags": flags_of(draft),
        "anchors": anchors,
        "evidence_link": partial(evidence_link, anchors=anchors),
    }


def _own_size(services: Services, record: RequestRecord, person: Person) -> OwnSize | None:
    said = services.store.own_sizes(record.request.id)
    return next((one for one in said if one.by == person.address), None)


def _reviewers(services: Services) -> list[Person]:
    return [p for p in services.people.everyone() if p.active and p.role is not Role.SUBMITTER]
