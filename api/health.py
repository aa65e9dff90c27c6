"""Is it alive, is it ready, and what does it count."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.deps import PersonDep, ServicesDep
from api.metrics import Family, Labels, Meter, exposition, gauge
from triage.clock import Bucket, bucket
from triage.domain import Frozen, Status

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(tags=["operations"])
log = logging.getLogger(__name__)

OPEN = (Status.RECEIVED, Status.DRAFTING, Status.IN_REVIEW, Status.PARKED)  # on our own clock
OPEN_CAP = 10_000  # requests looked at for the overdue figure


class Health(Frozen):
    """The process answers."""

    status: str = "alive"


class Check(Frozen):
    """One thing the service needs; `says` is for people."""

    name: str
    ready: bool
    says: str


class Readiness(Frozen):
    """Whether requests can be taken and drafted now."""

    ready: bool
    checks: tuple[Check, ...]


@router.get("/healthz", summary="Is the process alive?")
def alive() -> Health:
    """Always 200 while the process answers; touches nothing else."""
    return Health()


@router.get("/readyz", summary="Is the service ready?", responses={503: {"model": Readiness}})
def ready(request: Request, services: ServicesDep, response: Response) -> Readiness:
    """200 when database, embedding model and engine are ready, else 503 with what is not.

    Where another process drafts (`triage worker`), the database alone decides.
    """
    checks: tuple[Check, ...] = (_database(services),)
    if request.app.state.drafts_here:
        checks += (_encoder(services), _engine(services))
    is_ready = all(check.ready for check in checks)
    response.status_code = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(ready=is_ready, checks=checks)


@router.get("/metrics", response_class=PlainTextResponse, summary="Figures for Prometheus")
def metrics(request: Request, services: ServicesDep, _person: PersonDep) -> PlainTextResponse:
    """Requests by status, overdue ones, HTTP responses; needs a token, as any other figure does."""
    meter: Meter = request.app.state.meter
    text = exposition((*_request_families(services), *meter.families()))
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def _database(services: Services) -> Check:
    try:
        services.store.counts()
    except Exception:  # whatever the driver raises, the probe must answer
        log.exception("the database does not answer")
        return Check(
            name="database", ready=False, says="The database does not answer; the log has the reason."
        )
    return Check(name="database", ready=True, says="The database answers.")


def _encoder(services: Services) -> Check:
    if services.encoder.ready:
        return Check(name="encoder", ready=True, says=f"{services.encoder.name} is loaded.")
    return Check(
        name="encoder", ready=False, says="The embedding model is still loading; requests are taken already."
    )


def _engine(services: Services) -> Check:
    if services.engine.running:
        return Check(name="engine", ready=True, says="Drafting runs in this process.")
    return Check(name="engine", ready=False, says="Drafting has not started in this process.")


def _request_families(services: Services) -> tuple[Family, ...]:
    counts = services.store.counts()
    by_status: dict[Labels, float] = {
        (("status", status.value),): float(counts.get(status, 0)) for status in Status
    }
    now = datetime.now(UTC)
    records = services.store.records(statuses=OPEN, limit=OPEN_CAP)
    overdue = sum(bucket(record, now, services.calendar) is Bucket.OVERDUE for record in records)
    return (
        gauge("triage_requests", "Requests by status.", by_status),
        gauge("triage_requests_overdue", "Requests past their due time.", {(): float(overdue)}),
        gauge("triage_drafting_here", "1 when this process drafts.", {(): float(services.engine.running)}),
    )
