"""The clock (P4): counts on business days only, stands still while waiting, never runs on a Sunday.

A business day counts 24 hours on the wall, midnight to midnight in the team's time zone, also when the
clocks change; so what arrives on Friday 11:20 with a target of 24 hours is due on Monday 11:20.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.domain import RequestRecord, Status
from triage.errors import SetupError

SOON = timedelta(hours=4)  # of business time
_DAY = timedelta(days=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Bucket(StrEnum):
    """How urgent a request is for its reviewer."""

    OVERDUE = "overdue"
    SOON = "soon"  # less than 4 business hours left
    QUEUE = "queue"
    WAITING = "waiting"
    ANSWERED = "answered"


class BusinessCalendar:
    """The team's business days. All times given and returned are UTC; a naive one counts as UTC."""

    def __init__(
        self, zone: str, days: str | Iterable[str] = _DAYS[:5], holidays: str | Iterable[date] = ()
    ) -> None:
        """Read the three settings, e.g. "Europe/Berlin", "mon,tue,wed,thu,fri", "2026-12-25,2026-12-26".

        Raises:
            SetupError: an unknown zone or day, no day at all, or a holiday that is no ISO date.
        """
        self.zone = _zone(zone)
        self.days = frozenset(_weekday(day) for day in _parts(days))
        self.holidays = frozenset(_holiday(day) for day in _parts(holidays))
        if not self.days:
            raise SetupError("TRIAGE_BUSINESS_DAYS names no day.", "Write for example mon,tue,wed,thu,fri.")

    def due(self, received: datetime, target_hours: float) -> datetime:
        """When a request received then is due, `target_hours` business hours later."""
        return self.add(received, target_hours)

    def add(self, start: datetime, hours: float) -> datetime:
        """The moment `hours` (0 or more) of business time after `start`."""
        if hours < 0:
            raise ValueError(f"business hours to add must not be negative: {hours}")
        left = timedelta(hours=hours)
        for begin, end in self._stretches(self._wall(start)):
            if left <= end - begin:
                return self._utc(begin + left)
            left -= end - begin
        raise AssertionError("business days never end")

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Business time between two moments; zero when `end` is not after `start`."""
        total, stop = timedelta(), self._wall(end)
        for begin, finish in self._stretches(self._wall(start)):
            if begin >= stop:
                return total
            total += min(finish, stop) - begin
        raise AssertionError("business days never end")

    def resumed(self, deadline: datetime, paused: datetime, now: datetime | None = None) -> datetime:
        """`deadline` moved by the business time since `paused`, when the clock runs again."""
        stood_still = self.elapsed(paused, now or datetime.now(UTC))
        return self.add(deadline, stood_still / timedelta(hours=1))

    def local(self, moment: datetime) -> str:
        """How people here write it: "Monday 9 March at 11:20"."""
        wall = self._wall(moment)
        return f"{wall:%A} {wall.day} {wall:%B} at {wall:%H:%M}"

    def _stretches(self, wall: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From `wall` on, the rest of each business day as (begin, end) on the wall."""
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        for number in count():
            day = midnight + number * _DAY
            if day.weekday() in self.days and day.date() not in self.holidays:
                yield max(day, wall), day + _DAY

    def _wall(self, moment: datetime) -> datetime:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(self.zone).replace(tzinfo=None)

    def _utc(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


def bucket(record: RequestRecord, now: datetime, calendar: BusinessCalendar) -> Bucket:
    """Where the request belongs in the inbox at `now`."""
    if record.status is Status.WAITING:
        return Bucket.WAITING
    if record.status in (Status.APPROVED, Status.ANSWERED, Status.CLOSED):
        return Bucket.ANSWERED
    if record.due is None:
        return Bucket.QUEUE
    if now > record.due:
        return Bucket.OVERDUE
    return Bucket.SOON if calendar.elapsed(now, record.due) < SOON else Bucket.QUEUE


def explain(record: RequestRecord, calendar: BusinessCalendar, now: datetime | None = None) -> str:
    """One sentence on how the clock stands."""
    moment = now or datetime.now(UTC)
    if record.status is Status.WAITING and record.waiting_since:
        return f"The clock stands still since {calendar.local(record.waiting_since)}, until the answers come."
    if record.status is Status.APPROVED:
        return "Approved; it goes out in a moment and can still be undone."
    if record.status in (Status.ANSWERED, Status.CLOSED):
        return _explain_answered(record, calendar)
    if record.due is None:
        return "No time is set for the answer."
    due = calendar.local(record.due)
    if moment > record.due:
        late = spoken(calendar.elapsed(record.due, moment))
        breached = bool(record.breach and moment > record.breach)
        return f"The answer was due {due}, {late} ago{', and is now far too late' if breached else ''}."
    return f"The answer is due {due}, in {spoken(calendar.elapsed(moment, record.due))}."


def spoken(length: timedelta) -> str:
    """Business time as people say it: "45 minutes", "3 hours 10 minutes", "2 days 5 hours"."""
    minutes = int(length.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = ((days, "business day"), (hours, "hour"), (minutes, "minute"))
    said = [f"{number} {unit}{'s' if number != 1 else ''}" for number, unit in parts if number]
    return " ".join(said[:2]) or "less than a minute"


def _explain_answered(record: RequestRecord, calendar: BusinessCalendar) -> str:
    if record.answered is None:
        return "Closed without an answer."
    said = f"Answered {calendar.local(record.answered)}"
    if record.due is None:
        return f"{said}."
    if record.answered <= record.due:
        return f"{said}, in time."
    return f"{said}, {spoken(calendar.elapsed(record.due, record.answered))} late."


def _parts(value: str | Iterable[str] | Iterable[date]) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    return [text for part in parts if (text := str(part).strip())]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SetupError(
            f"TRIAGE_TIME_ZONE names {name!r}, which is no time zone.", "Write for example Europe/Berlin."
        ) from error


def _weekday(name: str) -> int:
    short = name.lower()[:3]
    if short not in _DAYS:
        raise SetupError(
            f"TRIAGE_BUSINESS_DAYS names {name!r}, which is no day.", "Write mon,tue,wed,thu,fri."
        )
    return _DAYS.index(short)


def _holiday(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SetupError(
            f"TRIAGE_HOLIDAYS names {text!r}, which is no date.", "Write dates like 2026-12-25, with commas."
        ) from error
