"""When a team works: business days, hours, holidays. Everything else in the clock is counted on it (P4).

Without hours a business day counts 24 of them, midnight to midnight in the team's time zone, also when the
clocks change; so what arrives on Friday 11:20 with a target of 24 hours is due on Monday 11:20.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.clock.public_holidays import PublicHolidays
from triage.clock.wall import Wall
from triage.errors import SetupError

_DAY = timedelta(days=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"([0-2]?\d):([0-5]\d)\s*[-–]\s*([0-2]?\d):([0-5]\d)")
_MOST_DAYS = 40_000  # over a hundred years
SETTINGS = {  # what messages call the arguments of a calendar
    "zone": "TRIAGE_TIME_ZONE",
    "days": "TRIAGE_BUSINESS_DAYS",
    "hours": "TRIAGE_BUSINESS_HOURS",
    "holidays": "TRIAGE_HOLIDAYS",
    "workdays": "TRIAGE_WORKDAYS",
    "country": "TRIAGE_HOLIDAYS_COUNTRY",
    "subdivision": "TRIAGE_HOLIDAYS_SUBDIVISION",
}


class Window(NamedTuple):
    """Working hours of a day, as time since its midnight on the wall."""

    begin: timedelta
    end: timedelta  # up to 24 hours


WHOLE_DAY = (Window(timedelta(), _DAY),)


class DayOff(NamedTuple):
    """A day on which people would work, were it not a holiday."""

    day: date
    name: str  # of the holiday, "" for one of the team's own
    place: str  # whose holiday: "DE-BE"; "" for the team's own


class BusinessCalendar:
    """A team's business days and hours. All times given and returned are UTC; a naive one counts as UTC."""

    def __init__(
        self,
        zone: str,
        days: str | Iterable[str] = _DAYS[:5],
        holidays: str | Iterable[date] = (),
        *,
        hours: str = "",
        workdays: str | Iterable[date] = (),
        country: str = "",
        subdivision: str = "",
        called: Mapping[str, str] = SETTINGS,
    ) -> None:
        """Read the settings of a team.

        Args:
            zone: IANA name such as "Europe/Berlin".
            days: "mon,tue,wed,thu,fri".
            holidays: own days off: "2026-12-24,2026-12-31".
            hours: "09:00-17:30", several as "09:00-12:30,13:30-18:00"; empty: the whole day.
            workdays: days on which people do work although it is a weekend or holiday.
            country: whose public holidays count, "DE"; empty: nobody's.
            subdivision: of the country, "BE".
            called: what a message calls each of these.

        Raises:
            SetupError: an unknown zone, day or country, hours that are none or overlap, no day at all, or
                a date that is not ISO.
        """
        self.zone = _zone(zone, called["zone"])
        self.days = frozenset(_weekday(day, called["days"]) for day in _parts(days))
        self.holidays = frozenset(_date(day, called["holidays"]) for day in _parts(holidays))
        self.workdays = frozenset(_date(day, called["workdays"]) for day in _parts(workdays))
        self.windows = _windows(hours, called["hours"])
        self.public = PublicHolidays(country, subdivision, called)
        self._wall = Wall(self.zone)
        if not self.days:
            raise SetupError(f"{called['days']} names no day.", "Write for example mon,tue,wed,thu,fri.")

    @property
    def whole_days(self) -> bool:
        """True when a business day counts 24 hours."""
        return self.windows == WHOLE_DAY

    def due(self, received: datetime, target_hours: float) -> datetime:
        """When a request received then is due, `target_hours` business hours later."""
        return self.add(received, target_hours)

    def add(self, start: datetime, hours: float) -> datetime:
        """The moment `hours` (0 or more) of business time after `start`."""
        return self.after(start, timedelta(hours=hours))

    def after(self, start: datetime, length: timedelta) -> datetime:
        """The first moment at which `length` of business time has passed since `start`.

        Raises:
            ValueError: a negative length, or one that ends more than a hundred years later.
        """
        if length < timedelta():
            raise ValueError(f"business hours to add must not be negative: {length / timedelta(hours=1):g}")
        left = length
        for begin, end in self._stretches(self._wall.at(start)):
            if left <= end - begin:
                return self._wall.moment(begin + left)
            left -= end - begin
        raise ValueError(f"{length / timedelta(hours=1):g} business hours end too far in the future")

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Business time between two moments; zero when `end` is not after `start`."""
        total, stop = timedelta(), self._wall.at(end)
        for begin, finish in self._stretches(self._wall.at(start)):
            if begin >= stop:
                break
            total += min(finish, stop) - begin
        return total

    def is_open(self, moment: datetime) -> bool:
        """True while people work."""
        wall = self._wall.at(moment)
        since = wall - datetime.combine(wall, time())
        return self.works(wall.date()) and any(w.begin <= since < w.end for w in self.windows)

    def works(self, day: date) -> bool:
        """True when it is a business day."""
        if day in self.workdays:
            return True
        return day.weekday() in self.days and day not in self.holidays and not self.public.name(day)

    def days_off(self, start: datetime, end: datetime) -> Iterator[DayOff]:
        """The holidays between two moments that would have been business days, in order."""
        first, last = (self._wall.at(moment).date() for moment in (start, end))
        for number in range((last - first).days + 1):
            day = first + number * _DAY
            if day.weekday() not in self.days or day in self.workdays:
                continue
            if name := self.public.name(day):
                yield DayOff(day, name, self.public.place)
            elif day in self.holidays:
                yield DayOff(day, "", "")

    def local(self, moment: datetime) -> str:
        """How people here write it: "Monday 9 March at 11:20"."""
        wall = self.shown(moment)
        return f"{wall:%A} {wall.day} {wall:%B} at {wall:%H:%M}"

    def shown(self, moment: datetime) -> datetime:
        """What the clock on the wall shows here, without a zone."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def _stretches(self, wall: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From `wall` on, what is left of each stretch of work, as (begin, end) on the wall.

        One that ends just then comes too, with nothing left: its end still is a business moment.
        """
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        for number in count(-1):
            if number > _MOST_DAYS:
                return
            day = midnight + number * _DAY
            if not self.works(day.date()):
                continue
            for window in self.windows:
                if day + window.end >= wall:
                    yield max(day + window.begin, wall), day + window.end


def _parts(value: str | Iterable[str] | Iterable[date]) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    return [text for part in parts if (text := str(part).strip())]


def _zone(name: str, called: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SetupError(
            f"{called} names {name!r}, which is no time zone.", "Write for example Europe/Berlin."
        ) from error


def _weekday(name: str, called: str) -> int:
    short = name.lower()[:3]
    if short not in _DAYS:
        raise SetupError(f"{called} names {name!r}, which is no day.", "Write mon,tue,wed,thu,fri.")
    return _DAYS.index(short)


def _date(text: str, called: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SetupError(
            f"{called} names {text!r}, which is no date.", "Write dates like 2026-12-25, with commas."
        ) from error


def _windows(hours: str, called: str) -> tuple[Window, ...]:
    windows = tuple(sorted(_window(part, called) for part in _parts(hours)))
    for one, following in pairwise(windows):
        if following.begin < one.end:
            raise SetupError(
                f"{called} names {hours!r}, where two stretches overlap.",
                "Write for example 09:00-12:30,13:30-18:00.",
            )
    return windows or WHOLE_DAY


def _window(text: str, called: str) -> Window:
    found = _WINDOW.fullmatch(text)
    if found:
        hour, minute, end_hour, end_minute = map(int, found.groups())
        window = Window(timedelta(hours=hour, minutes=minute), timedelta(hours=end_hour, minutes=end_minute))
        if window.begin < window.end <= _DAY:
            return window
    raise SetupError(
        f"{called} names {text!r}, which are no hours of one day.",
        "Write for example 09:00-17:30; a night shift is 00:00-06:00,22:00-24:00.",
    )
