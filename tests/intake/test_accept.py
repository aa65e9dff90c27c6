"""Accepting: the reviewer by area, both deadlines from the receipt, the job in the same call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from triage.domain import Accepted, Request
from triage.intake.accept import accept_request

RECEIVED = datetime(2026, 11, 6, 10, 20, tzinfo=UTC)


@dataclass
class Books:
    """A store that remembers what it was asked to accept."""

    accepted: list[dict[str, Any]] = field(default_factory=list)

    def accept(
        self,
        request: Request,
        enqueue: Callable[[Any, str], None],
        *,
        idempotency_key: str = "",
        reviewer: str = "",
        due: datetime | None = None,
        breach: datetime | None = None,
    ) -> Accepted:
        enqueue(None, request.id)
        self.accepted.append({"key": idempotency_key, "reviewer": reviewer, "due": due, "breach": breach})
        return Accepted(id=request.id)


class Team:
    def reviewer_for(self, area: str) -> str:
        return f"{area or 'default'}@fieldnote.example"


class Days:
    def due(self, received: datetime, target_hours: float) -> datetime:
        return received + timedelta(hours=target_hours)


@dataclass
class Jobs:
    queued: list[str] = field(default_factory=list)

    def enqueue_process(self, connection: Any, request_id: str) -> None:
        self.queued.append(request_id)


@dataclass(frozen=True)
class Hours:
    target_hours: float = 24.0
    breach_hours: float = 48.0


@dataclass(frozen=True)
class Desk:
    settings: Hours = Hours()
    store: Books = field(default_factory=Books)
    people: Team = field(default_factory=Team)
    calendar: Days = field(default_factory=Days)
    engine: Jobs = field(default_factory=Jobs)


def test_a_request_gets_one_reviewer_two_deadlines_and_a_job() -> None:
    desk = Desk()
    request = Request(id="r-1", product_area="billing", received=RECEIVED)
    assert accept_request(desk, request, idempotency_key="k") == Accepted(id="r-1")
    assert desk.engine.queued == ["r-1"]
    assert desk.store.accepted == [
        {
            "key": "k",
            "reviewer": "billing@fieldnote.example",
            "due": RECEIVED + timedelta(hours=24),
            "breach": RECEIVED + timedelta(hours=48),
        }
    ]
