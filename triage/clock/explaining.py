"""The clock in words: how it stands, and how the due time came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from triage.clock.calendar import BusinessCalendar, DayOff
from triage.clock.teams import Team
from triage.domain import RequestRecord, Status

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NEAR = timedelta(days=6)  # so near the name of a weekday is enough
_MOST_NAMED = 4  # holidays in one explanation
_ROUNDING = timedelta(minutes=1)


def explain(record: RequestRecord, calendar: BusinessCalendar, now: datetime | None = None) -> str:
    """One sentence on how the clock stands; `calendar` is the team's."""
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


def explain_due(
    record: RequestRecord, team: Team, now: datetime | None = None, *, shown_in: ZoneInfo | None = None
) -> str:
    """How the due time came about: "Due Mon 13:20: 24 h on business days from Fri 11:20, paused 2 h."

    Args:
        record: the request.
        team: whose business days count.
        now: weekdays near it are named without the date.
        shown_in: the zone the reader sees all times in; another zone of the team is named. None: always.

    Returns:
        A few sentences, "" when no time was set.
    """
    if record.due is None:
        return ""
    moment = now or datetime.now(UTC)
    start = record.started or record.request.received
    said = _Short(team.calendar, moment, (start, record.due))
    paused = timedelta(seconds=record.paused_s)
    counted = team.calendar.elapsed(start, record.due) - paused
    parts = [f"{hours(counted)} {_when_it_counts(team.calendar)} from {said(start)}"]
    if paused:
        parts.append(f"paused {hours(paused)}")
    notes = [*_notes(record, team, start, said), *_zone(team.calendar, shown_in)]
    return " ".join([f"{_verb(record, moment)} {said(record.due)}: {', '.join(parts)}.", *notes])


def spoken(length: timedelta) -> str:
    """Business time as people say it: "45 minutes", "3 hours 10 minutes", "2 days 5 hours"."""
    minutes = int(length.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = ((days, "business day"), (hours, "hour"), (minutes, "minute"))
    said = [f"{number} {unit}{'s' if number != 1 else ''}" for number, unit in parts if number]
    return " ".join(said[:2]) or "less than a minute"


def hours(length: timedelta) -> str:
    """Business time in hours and minutes: "24 h", "1 h 40 min", "under 1 min"."""
    total = round(length.total_seconds() / 60)
    whole, minutes = divmod(total, 60)
    return " ".join([f"{whole} h"] * bool(whole) + [f"{minutes} min"] * bool(minutes)) or "under 1 min"


class _Short:
    """Moments on the team's wall, "Fri 11:20"; with the date when one of them is far from now."""

    def __init__(self, calendar: BusinessCalendar, now: datetime, moments: Iterable[datetime]) -> None:
        self._calendar = calendar
        self._dated = any(abs(moment - now) > _NEAR for moment in moments)

    def __call__(self, moment: datetime) -> str:
        wall = self._calendar.shown(moment)
        day = f" {wall.day} {wall:%b}" if self._dated else ""
        return f"{wall:%a}{day} {wall:%H:%M}"


def _verb(record: RequestRecord, now: datetime) -> str:
    if record.status is Status.WAITING:
        return "Standing still; was to be due"
    over = record.status in (Status.ANSWERED, Status.CLOSED) or (record.due is not None and now > record.due)
    return "Was due" if over else "Due"


def _when_it_counts(calendar: BusinessCalendar) -> str:
    """ "on business days", or in which hours of which days."""
    usual = calendar.days == frozenset(range(5))
    if calendar.whole_days:
        return "on business days" if usual else f"on business days ({_days(calendar)})"
    stretches = ", ".join(f"{_time(window.begin)}–{_time(window.end)}" for window in calendar.windows)
    return f"in business hours ({_days(calendar)} {stretches})"


def _notes(record: RequestRecord, team: Team, start: datetime, said: _Short) -> Iterator[str]:
    """What a reader would stumble over."""
    calendar = team.calendar
    begun = calendar.after(start, timedelta())
    if begun - start >= _ROUNDING:
        yield f"Nobody works on {said(start)}, so it counts from {said(begun)}."
    if record.started:
        yield "The clock was started anew when the request was opened again."
    if record.due:
        yield from _days_off(calendar.days_off(start, record.due))
        counted = calendar.elapsed(start, record.due) - timedelta(seconds=record.paused_s)
        if abs(counted - timedelta(hours=team.target_hours)) > _ROUNDING:
            yield f"Usual are {hours(timedelta(hours=team.target_hours))}; what was said at the time stands."
    if record.status is Status.WAITING and record.waiting_since:
        yield f"Since {said(record.waiting_since)} it waits for answers; that time is added."


def _days_off(found: Iterable[DayOff]) -> Iterator[str]:
    days = list(found)
    named = [_day_off(day) for day in days[:_MOST_NAMED]]
    more = len(days) - len(named)
    if named:
        yield f"{'; '.join(named)}{f'; and {more} more' if more else ''}."


def _day_off(off: DayOff) -> str:
    day = f"{off.day.day} {off.day:%b}"
    return f"{day} is a holiday in {off.place} ({off.name})" if off.place else f"{day} is a day off here"


def _zone(calendar: BusinessCalendar, shown_in: ZoneInfo | None) -> Iterator[str]:
    if shown_in is None or shown_in.key != calendar.zone.key:
        yield f"Times are those of {calendar.zone.key}."


def _days(calendar: BusinessCalendar) -> str:
    """ "Mon–Fri", "Sun–Thu", "Mon, Wed": a run of days, across the weekend too, by its ends."""
    days = sorted(calendar.days)
    first = [day for day in days if (day - 1) % 7 not in calendar.days]
    if len(days) > 2 and len(first) <= 1:
        begin = first[0] if first else 0
        return f"{_DAYS[begin]}–{_DAYS[(begin + len(days) - 1) % 7]}"
    return ", ".join(_DAYS[day] for day in days)


def _time(since_midnight: timedelta) -> str:
    minutes = since_midnight // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _explain_answered(record: RequestRecord, calendar: BusinessCalendar) -> str:
    if record.answered is None:
        return "Closed without an answer."
    said = f"Answered {calendar.local(record.answered)}"
    if record.due is None:
        return f"{said}."
    if record.answered <= record.due:
        return f"{said}, in time."
    return f"{said}, {spoken(calendar.elapsed(record.due, record.answered))} late."
