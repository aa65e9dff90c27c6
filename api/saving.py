"""What the page sends while somebody types: edits that save themselves, and how they stand. JSON."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from api.deps import ReviewerDep, ServicesDep
from api.errors import FieldProblem, Problem
from api.posted import FieldsDep
from api.review_flow import keep
from api.review_form import Form, Standing, read_form, standing_of
from triage.domain import Draft, Person

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)


class Autosaved(Standing):
    """The edits are kept as `version`."""

    version: int
    saved: datetime


class PartlySaved(Problem):
    """Kept as `version` without what could not be read; `errors` names those fields."""

    version: int
    saved: datetime
    standing: Standing


@router.post("/review/{request_id}/autosave", response_model=None)
def autosave(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """Keep the edits as a version that nobody pressed a button for; unchanged content adds none.

    409 names who was first or is working on it; 422 the fields that were left out.
    """
    form = read_form(services, request_id, fields, person)
    saved = keep(services, form, person, autosaved=True)
    if form.troubles:
        return _partly(services, form, saved, person)
    standing = standing_of(services, saved, person)
    answer = Autosaved(**dict(standing), version=saved.version, saved=saved.created)
    return JSONResponse(answer.model_dump(mode="json"))


@router.post("/review/{request_id}/preview", response_model=None)
def preview(services: ServicesDep, person: ReviewerDep, fields: FieldsDep, request_id: str) -> Response:
    """How the typed draft stands; nothing is kept."""
    form = read_form(services, request_id, fields, person)
    return JSONResponse(standing_of(services, form.draft, person).model_dump(mode="json"))


def _partly(services: Services, form: Form, saved: Draft, person: Person) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    problem = PartlySaved(
        title=status.phrase,
        status=status,
        detail="Saved, but for what cannot be read.",
        remedy="Correct these fields; they are saved with the next edit.",
        code="bad-input",
        errors=tuple(FieldProblem(field=one.field, message=one.message) for one in form.troubles),
        version=saved.version,
        saved=saved.created,
        standing=standing_of(services, saved, person),
    )
    return JSONResponse(problem.model_dump(mode="json"), status, media_type="application/problem+json")
