"""Between the posted form and the review page: what the page shows in each of its states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from api.fields import Fields, Trouble
from api.forms import Edited, read_review, response_for
from api.rows import row_of
from api.templating import render
from api.views import (
    comparables_of,
    evidence_anchors,
    evidence_link,
    fallbacks_of,
    flags_of,
    gaps_of,
    offered_moves,
    request_view,
)
from triage import review
from triage.domain import Draft, NarrowingMove, Person, RequestRecord, Role, Status
from triage.errors import Conflict

if TYPE_CHECKING:
    from triage.bootstrap import Services


@dataclass(frozen=True)
class Form:
    """A posted review form: the stored version it was made from and what the human made of it."""

    base: Draft
    edited: Edited
    guidance: str = ""

    @property
    def draft(self) -> Draft:
        """The draft as the human wants it."""
        return self.edited.draft

    def wanting(self, field: str, message: str) -> Form:
        """The same form with one more trouble."""
        troubles = (*self.edited.troubles, Trouble(field, message))
        return Form(self.base, Edited(self.draft, troubles), self.guidance)


@dataclass(frozen=True)
class Refusal:
    """Why a posted form was not carried out, shown above it."""

    sentence: str
    troubles: tuple[Trouble, ...] = ()


def read_form(services: Services, request_id: str, fields: Fields) -> Form:
    """Apply the posted fields to the version they were rendered from. Raises NotFound."""
    base = services.store.draft(request_id, fields.number("version"))
    edited = read_review(fields, base, moves_for(services, base))
    if fields.get("use_sentence"):
        answer = edited.draft.answer
        answer = answer.model_copy(update={"sentence": review.assemble_sentence(answer)})
        edited = Edited(edited.draft.model_copy(update={"answer": answer}), edited.troubles)
    return Form(base, edited, fields.get("guidance"))


def moves_for(services: Services, draft: Draft) -> tuple[NarrowingMove, ...]:
    """The narrowing moves this draft's form offers."""
    first = services.store.first_ai_draft(draft.request_id)
    return offered_moves(services.catalogue, draft, first.answer.moves if first else ())


def show(request: Request, services: Services, request_id: str, notice: str = "") -> Response:
    """The page as stored."""
    record, draft = services.store.record(request_id), services.store.latest_draft(request_id)
    return _page(request, services, record, draft, notice=notice)


def show_again(request: Request, services: Services, form: Form, refusal: Refusal) -> Response:
    """The page with what was typed, and why it was not taken (422)."""
    record = services.store.record(form.base.request_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(
        request, services, record, form.draft, refusal=refusal, guidance=form.guidance, status=status
    )


def show_conflict(request: Request, services: Services, form: Form, conflict: Conflict) -> Response:
    """Somebody else was first (409): what they changed, what was typed here, and the way on."""
    latest = services.store.latest_draft(form.base.request_id) or form.base
    return render(
        request,
        "review/conflict.html",
        status=HTTPStatus.CONFLICT,
        record=services.store.record(form.base.request_id),
        conflict=conflict,
        latest=latest,
        theirs=review.differences(form.base, latest),
        mine=review.differences(form.base, form.draft),
        guidance=form.guidance,
    )


def _page(
    request: Request,
    services: Services,
    record: RequestRecord,
    draft: Draft | None,
    *,
    notice: str = "",
    refusal: Refusal | None = None,
    guidance: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    row = row_of(record, datetime.now(UTC), services.calendar)
    return render(
        request,
        "review/page.html",
        status=status,
        record=record,
        bucket=row.bucket,
        clock=row.explained,
        view=request_view(record.request, draft),
        reviewers=_reviewers(services),
        guidance=services.store.guidance(record.request.id),
        typed_guidance=guidance,
        notice=notice,
        refusal=refusal,
        **(_draft_context(services, record, draft) if draft else {"draft": None}),
    )


def _draft_context(services: Services, record: RequestRecord, draft: Draft) -> dict[str, object]:
    anchors = evidence_anchors(draft)
    return {
        "draft": draft,
        "editable": record.status is Status.IN_REVIEW,
        "missing": gaps_of(review.missing(draft)),
        "suggestion": review.assemble_sentence(draft.answer),
        "responses": [response_for(draft, promise) for promise in draft.reading.promises],
        "moves": moves_for(services, draft),
        "chosen_moves": {move.id for move in draft.answer.moves},
        "categories": {key: info.name for key, info in services.catalogue.categories.items()},
        "comparables": comparables_of(draft, anchors),
        "fallbacks": fallbacks_of(draft),
        "flags": flags_of(draft),
        "anchors": anchors,
        "evidence_link": partial(evidence_link, anchors=anchors),
    }


def _reviewers(services: Services) -> list[Person]:
    return [p for p in services.people.everyone() if p.active and p.role is not Role.SUBMITTER]
