"""Accepting: the reviewer by area, both deadlines from the receipt, the job in the same call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from triage.clock import BusinessCalendar, Team, Teams
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
        team: str = "",
        incoming: Any = None,
        letters: Any = (),
    ) -> Accepted:
        enqueue(None, request.id)
        given = {"key": idempotency_key, "reviewer": reviewer, "due": due, "breach": breach, "team": team}
        self.accepted.append(given)
        return Accepted(id=request.id)


class Voices:
    def reviewer_for(self, area: str) -> str:
        return f"{area or 'default'}@fieldnote.example"


@dataclass
class Jobs:
    queued: list[str] = field(default_factory=list)

    def enqueue_process(self, connection: Any, request_id: str) -> None:
        self.queued.append(request_id)


def two_teams() -> Teams:
    """Everybody works around the clock; billing answers within an hour."""
    always = BusinessCalendar("UTC", "mon,tue,wed,thu,fri,sat,sun")
    return Teams(Team("", always), [Team("money", always, 1, 2, areas=frozenset({"billing"}))])


@dataclass(frozen=True)
class Desk:
    store: Books = field(default_factory=Books)
    people: Voices = field(default_factory=Voices)
    teams: Teams = field(default_factory=two_teams)
    engine: Jobs = field(default_factory=Jobs)


def test_a_request_gets_one_reviewer_two_deadlines_and_a_job() -> None:
    desk = Desk()
    request = Request(id="r-1", product_area="portal", received=RECEIVED)
    assert accept_request(desk, request, idempotency_key="k") == Accepted(id="r-1")
    assert desk.engine.queued == ["r-1"]
    assert desk.store.accepted == [
        {
            "key": "k",
            "reviewer": "portal@fieldnote.example",
            "due": RECEIVED + timedelta(hours=24),
            "breach": RECEIVED + timedelta(hours=48),
            "team": "",
        }
    ]


def test_the_clock_is_that_of_the_team_of_its_product_area() -> None:
    desk = Desk()
    accept_request(desk, Request(id="r-1", product_area=" Billing ", received=RECEIVED))
    [kept] = desk.store.accepted
    assert kept["team"] == "money"
    assert (kept["due"], kept["breach"]) == (RECEIVED + timedelta(hours=1), RECEIVED + timedelta(hours=2))
