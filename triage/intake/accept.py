"""Take a request in: one reviewer (P3), two deadlines (P4), one transaction with the engine's job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from triage.domain import Accepted, OutgoingMessage, Request, RequestRecord

if TYPE_CHECKING:
    import sqlalchemy as sa

    from triage.clock import BusinessCalendar, Teams
    from triage.records.received import Incoming


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
        team: str = "",
        incoming: Incoming | None = None,
        letters: Sequence[OutgoingMessage] = (),
    ) -> Accepted:
        """Row, event and job in one transaction; a repeat is recognised."""


class People(Protocol):
    """Knows who reviews what."""

    def reviewer_for(self, area: str) -> str:
        """The address of the one reviewer of a product area, "" when nobody is named."""


class Engine(Protocol):
    """Runs the drafting."""

    def enqueue_process(self, connection: sa.Connection, request_id: str) -> None:
        """Queue the drafting of a request on the caller's transaction."""


class Services(Protocol):
    """What `accept_request` needs of `triage.bootstrap.Services`."""

    @property
    def store(self) -> Store:
        """Where requests are kept."""

    @property
    def people(self) -> People:
        """Who reviews."""

    @property
    def teams(self) -> Teams:
        """Whose clock counts for which product area."""

    @property
    def engine(self) -> Engine:
        """What drafts."""


Receipt = Callable[[RequestRecord, "BusinessCalendar"], OutgoingMessage | None]
"""Writes the mail that tells a colleague that the request came in; None where none may go."""


def accept_request(
    services: Services,
    request: Request,
    *,
    idempotency_key: str = "",
    incoming: Incoming | None = None,
    receipt: Receipt | None = None,
) -> Accepted:
    """Store the request together with its drafting job; returns after commit, so it cannot be lost.

    `incoming`: what it was read from, kept as it came. `receipt`: leaves with the same commit.

    Raises:
        Conflict: the idempotency key was used before with another request.
    """
    team = services.teams.of_area(request.product_area)
    deadlines = team.deadlines(request.received)
    reviewer = services.people.reviewer_for(request.product_area)
    record = RequestRecord(request=request, reviewer=reviewer, due=deadlines.due, team=team.name)
    letter = receipt(record, team.calendar) if receipt else None
    return services.store.accept(
        request,
        services.engine.enqueue_process,
        idempotency_key=idempotency_key,
        incoming=incoming,
        letters=(letter,) if letter else (),
        reviewer=reviewer,
        due=deadlines.due,
        breach=deadlines.breach,
        team=team.name,
    )
