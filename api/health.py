"""Is it alive, is it ready, and what does it count."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.deps import PersonDep, ServicesDep
from api.metrics import Family, Labels, Meter, exposition, gauge
from triage.clock import Bucket, bucket
from triage.domain import Frozen, OutChannel, Status
from triage.records.outgoing import OutStatus
from triage.worker_status import worker_status

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
    if request.app.state.drafts_here and checks[0].ready:
        checks += _worker(services)
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


def _worker(services: Services) -> tuple[Check, ...]:
    status = worker_status(services.store)
    if status is None:
        says = "The worker has not started, or has not been heard of; requests are taken already."
        return (Check(name="worker", ready=False, says=says),)
    worker = Check(name="worker", ready=True, says=f"Process {status.process} drafts.")
    if status.loaded:
        return worker, Check(name="encoder", ready=True, says=f"{status.model} is loaded.")
    says = "The embedding model is still loading; requests are taken already."
    return worker, Check(name="encoder", ready=False, says=says)


def _request_families(services: Services) -> tuple[Family, ...]:
    counts = services.store.counts()
    by_status: dict[Labels, float] = {
        (("status", status.value),): float(counts.get(status, 0)) for status in Status
    }
    now = datetime.now(UTC)
    records = services.store.records(statuses=OPEN, limit=OPEN_CAP)
    overdue = sum(
        bucket(record, now, services.teams.of(record).calendar) is Bucket.OVERDUE for record in records
    )
    return (
        gauge("triage_requests", "Requests by status.", by_status),
        _outbox_family(services),
        gauge("triage_requests_overdue", "Requests past their due time.", {(): float(overdue)}),
        gauge(
            "triage_worker", "1 when a worker drafts.", {(): float(worker_status(services.store) is not None)}
        ),
    )


def _outbox_family(services: Services) -> Family:
    """A message in state failed is a dead letter: given up, or sent back."""
    counts = services.outgoing.counts()
    values: dict[Labels, float] = {
        (("channel", channel.value), ("state", state)): float(counts.get((channel, state), 0))
        for channel in OutChannel
        for state in get_args(OutStatus)
    }
    return gauge("triage_outbox", "Messages in the outbox; failed ones are dead letters.", values)
