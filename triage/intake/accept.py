"""Take a request in: one reviewer (P3), two deadlines (P4), one transaction with the engine's job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from triage.domain import Accepted, Request

if TYPE_CHECKING:
    import sqlalchemy as sa


class Store(Protocol):
    """The one thing intake asks of the records."""

    def accept(
        self,
        request: Request,
        enqueue: Callable[[sa.Connection, str], None],
        *,
        idempotency_key: str = "",
        reviewer: str = "",
        due: datetime | None = None,
        breach: datetime | None = None,
    ) -> Accepted:
        """Row, event and job in one transaction; a repeat is recognised."""


class People(Protocol):
    """Knows who reviews what."""

    def reviewer_for(self, area: str) -> str:
        """The address of the one reviewer of a product area, "" when nobody is named."""


class Calendar(Protocol):
    """Counts business hours."""

    def due(self, received: datetime, target_hours: float) -> datetime:
        """When `target_hours` business hours after `received` are over, UTC."""


class Engine(Protocol):
    """Runs the drafting."""

    def enqueue_process(self, connection: sa.Connection, request_id: str) -> None:
        """Queue the drafting of a request on the caller's transaction."""


class Deadlines(Protocol):
    """The part of the settings that says how long an answer may take."""

    @property
    def target_hours(self) -> float:
        """Business hours until an answer is due."""

    @property
    def breach_hours(self) -> float:
        """Business hours until the deadline counts as breached."""


class Services(Protocol):
    """What `accept_request` needs of `triage.bootstrap.Services`."""

    @property
    def settings(self) -> Deadlines:
        """Target and breach hours."""

    @property
    def store(self) -> Store:
        """Where requests are kept."""

    @property
    def people(self) -> People:
        """Who reviews."""

    @property
    def calendar(self) -> Calendar:
        """When things are due."""

    @property
    def engine(self) -> Engine:
        """What drafts."""


def accept_request(services: Services, request: Request, *, idempotency_key: str = "") -> Accepted:
    """Store the request together with its drafting job and return the receipt.

    The receipt is given after commit: what it names cannot be lost.

    Raises:
        Conflict: the idempotency key was used before with another request.
    """
    settings, calendar = services.settings, services.calendar
    return services.store.accept(
        request,
        services.engine.enqueue_process,
        idempotency_key=idempotency_key,
        reviewer=services.people.reviewer_for(request.product_area),
        due=calendar.due(request.received, settings.target_hours),
        breach=calendar.due(request.received, settings.breach_hours),
    )
