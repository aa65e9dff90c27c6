"""Who counts how: each team with its calendar, its hours to answer in, and whom to tell when they are over.

A request belongs to the team of its product area from the moment it is accepted; deadlines given once stand,
whatever the settings say later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from triage.clock.calendar import BusinessCalendar
from triage.domain import Deadlines, RequestRecord
from triage.errors import SetupError

SOON = timedelta(hours=4)  # of business time
_MOST_HOURS = 10_000.0


@dataclass(frozen=True)
class Team:
    """One team. The default one has no name and no areas."""

    name: str
    calendar: BusinessCalendar
    target_hours: float = 24.0  # business hours until an answer is due
    breach_hours: float = 48.0  # until that is far too late
    areas: frozenset[str] = frozenset()  # product areas it reviews, as `area_key` writes them
    escalate_to: str = ""  # address of who is told of a breach

    def __post_init__(self) -> None:
        """Raises SetupError when the hours make no sense."""
        if not 0 < self.target_hours <= self.breach_hours <= _MOST_HOURS:
            raise SetupError(
                f"An answer cannot be due after {self.target_hours:g} and far too late after "
                f"{self.breach_hours:g} business hours.",
                f"Both are more than 0 and at most {_MOST_HOURS:g}; the second is no less than the first.",
            )

    def deadlines(self, start: datetime) -> Deadlines:
        """The deadlines of a request whose clock begins to run at `start`."""
        due, breach = (self.calendar.due(start, hours) for hours in (self.target_hours, self.breach_hours))
        return Deadlines(started=start, due=due, breach=breach)


class Teams:
    """All teams of the company."""

    def __init__(self, default: Team, others: Iterable[Team] = ()) -> None:
        self.default = default
        self._named = {team.name: team for team in others}
        self._by_area = {area: team for team in self._named.values() for area in team.areas}

    def __iter__(self) -> Iterator[Team]:
        """The default one first."""
        yield self.default
        yield from self._named.values()

    def of_area(self, area: str) -> Team:
        """The team that reviews a product area."""
        return self._by_area.get(area_key(area), self.default)

    def of(self, record: RequestRecord) -> Team:
        """The team a request belongs to."""
        return self.named(record.team)

    def named(self, name: str) -> Team:
        """The team of this name; the default one when it is no longer in the settings."""
        return self._named.get(name, self.default)

    def resumed(self, record: RequestRecord, now: datetime | None = None) -> Deadlines:
        """The deadlines of a waiting request, moved by the business time it has waited (P4)."""
        start = record.started or record.request.received
        kept = Deadlines(started=start, due=record.due, breach=record.breach, paused_s=record.paused_s)
        if record.waiting_since is None:
            return kept
        calendar = self.of(record).calendar
        stood_still = calendar.elapsed(record.waiting_since, now or datetime.now(UTC))
        return Deadlines(
            started=start,
            due=record.due and calendar.after(record.due, stood_still),
            breach=record.breach and calendar.after(record.breach, stood_still),
            paused_s=record.paused_s + stood_still.total_seconds(),
        )

    def soon(self, now: datetime) -> dict[str, datetime]:
        """Per team, by name: what is due before then is due within 4 business hours."""
        return {team.name: team.calendar.after(now, SOON) for team in self}


def area_key(area: str) -> str:
    """A product area, however it is written."""
    return " ".join(area.casefold().split())
