"""The business clock (P4): weekends, holidays, DST, pauses, buckets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.clock import Bucket, BusinessCalendar, bucket, explain, spoken
from triage.domain import Request, RequestRecord, Status
from triage.errors import SetupError

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = BusinessCalendar("Europe/Berlin", "mon,tue,wed,thu,fri", "2026-12-25")


def berlin(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        (berlin(3, 6, 11, 20), 24, berlin(3, 9, 11, 20)),  # Friday -> Monday
        (berlin(3, 6, 11, 20), 48, berlin(3, 10, 11, 20)),
        (berlin(3, 3, 9, 0), 24, berlin(3, 4, 9, 0)),
        (berlin(3, 7, 15, 0), 24, berlin(3, 10, 0, 0)),  # Saturday: starts on Monday, so Monday is used up
        (berlin(3, 6, 23, 0), 1, berlin(3, 7, 0, 0)),  # the last hour of Friday
        (berlin(3, 6, 23, 0), 2, berlin(3, 9, 1, 0)),
        (berlin(12, 24, 11, 20), 24, berlin(12, 28, 11, 20)),  # Thursday, then a holiday and a weekend
        (berlin(3, 27, 11, 20), 24, berlin(3, 30, 11, 20)),  # the clocks go forward on 29 March
        (berlin(10, 23, 11, 20), 24, berlin(10, 26, 11, 20)),  # and back on 25 October
    ],
)
def test_due(received: datetime, hours: float, due: datetime) -> None:
    assert CALENDAR.due(received, hours) == due
    assert due.utcoffset() == timedelta(0)


def test_a_business_sunday_with_a_clock_change_counts_as_the_wall_shows() -> None:
    always_open = BusinessCalendar("Europe/Berlin", "mon,tue,wed,thu,fri,sat,sun")
    assert always_open.add(berlin(3, 28, 11, 20), 24) == berlin(3, 29, 11, 20)
    assert always_open.elapsed(berlin(10, 24, 11, 20), berlin(10, 25, 11, 20)) == timedelta(hours=24)


def test_the_zone_of_the_team_decides_what_is_friday() -> None:
    sunday_evening = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)  # already Monday in Auckland
    assert BusinessCalendar("Pacific/Auckland").add(sunday_evening, 1) == sunday_evening + timedelta(hours=1)
    assert CALENDAR.add(sunday_evening, 1) == sunday_evening + timedelta(hours=1)  # 00:30 on Monday
    assert BusinessCalendar("UTC").add(sunday_evening, 1) == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


def test_elapsed_skips_the_weekend() -> None:
    assert CALENDAR.elapsed(berlin(3, 6, 22), berlin(3, 9, 3)) == timedelta(hours=5)
    assert CALENDAR.elapsed(berlin(3, 7, 1), berlin(3, 8, 23)) == timedelta(0)
    assert CALENDAR.elapsed(berlin(3, 9, 3), berlin(3, 6, 22)) == timedelta(0)
    assert CALENDAR.elapsed(berlin(12, 24, 12), berlin(12, 28, 12)) == timedelta(hours=24)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))


@given(start=MOMENTS, hours=st.integers(0, 400))
def test_elapsed_undoes_add(start: datetime, hours: int) -> None:
    assert CALENDAR.elapsed(start, CALENDAR.add(start, hours)) == timedelta(hours=hours)


@given(start=MOMENTS, hours=st.integers(0, 200), more=st.integers(0, 200))
def test_adding_in_two_steps_is_adding_once(start: datetime, hours: int, more: int) -> None:
    assert CALENDAR.add(CALENDAR.add(start, hours), more) == CALENDAR.add(start, hours + more)


def test_a_pause_moves_the_deadline_by_business_time() -> None:
    due = CALENDAR.due(berlin(3, 6, 11, 20), 24)
    paused, back = berlin(3, 6, 16, 0), berlin(3, 9, 10, 0)  # 8 hours of Friday, 10 of Monday
    assert CALENDAR.resumed(due, paused, back) == berlin(3, 10, 5, 20)
    weekend = CALENDAR.resumed(due, berlin(3, 7, 9, 0), berlin(3, 8, 20, 0))
    assert weekend == due


def test_negative_hours_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="-1"):
        CALENDAR.add(berlin(3, 6), -1)


def test_a_naive_time_is_utc() -> None:
    assert CALENDAR.add(datetime(2026, 3, 3, 9, 0), 1) == datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "days", "holidays", "named"),
    [
        ("Europe/Nowhere", "mon", "", "TRIAGE_TIME_ZONE"),
        ("../etc/passwd", "mon", "", "TRIAGE_TIME_ZONE"),
        ("UTC", "mon,someday", "", "TRIAGE_BUSINESS_DAYS names 'someday'"),
        ("UTC", " , ", "", "TRIAGE_BUSINESS_DAYS names no day"),
        ("UTC", "mon", "25.12.2026", "TRIAGE_HOLIDAYS names '25.12.2026'"),
    ],
)
def test_settings_that_make_no_calendar_are_named(zone: str, days: str, holidays: str, named: str) -> None:
    with pytest.raises(SetupError) as caught:
        BusinessCalendar(zone, days, holidays)
    assert named in str(caught.value)


def test_takes_days_and_holidays_as_values_too() -> None:
    calendar = BusinessCalendar("UTC", ["Monday", "Tuesday"], [date(2026, 3, 2)])
    start = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert calendar.add(start, 1) == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


DUE = berlin(3, 9, 11, 20)


def record(status: Status = Status.IN_REVIEW, **fields: object) -> RequestRecord:
    values: dict[str, object] = {"request": Request(id="r-1"), "status": status, "due": DUE}
    return RequestRecord.model_validate(values | fields)


@pytest.mark.parametrize(
    ("found", "now", "expected"),
    [
        (record(), berlin(3, 6, 11, 20), Bucket.QUEUE),
        (record(), berlin(3, 9, 7, 20), Bucket.QUEUE),
        (record(), berlin(3, 9, 7, 21), Bucket.SOON),
        (record(), berlin(3, 9, 11, 20), Bucket.SOON),
        (record(), berlin(3, 9, 11, 21), Bucket.OVERDUE),
        (record(Status.PARKED), berlin(3, 9, 12, 0), Bucket.OVERDUE),
        (record(Status.WAITING), berlin(3, 9, 12, 0), Bucket.WAITING),
        (record(Status.ANSWERED), berlin(3, 9, 12, 0), Bucket.ANSWERED),
        (record(Status.CLOSED), berlin(3, 9, 12, 0), Bucket.ANSWERED),
        (record(due=None), berlin(3, 9, 12, 0), Bucket.QUEUE),
    ],
)
def test_buckets(found: RequestRecord, now: datetime, expected: Bucket) -> None:
    assert bucket(found, now, CALENDAR) is expected


def test_a_deadline_early_on_monday_is_soon_all_weekend() -> None:
    early = record(due=berlin(3, 9, 2, 0))
    assert bucket(early, berlin(3, 7, 12, 0), CALENDAR) is Bucket.SOON


@pytest.mark.parametrize(
    ("found", "now", "sentence"),
    [
        (
            record(),
            berlin(3, 6, 11, 20),
            "The answer is due Monday 9 March at 11:20, in 1 business day.",
        ),
        (
            record(breach=berlin(3, 10, 11, 20)),
            berlin(3, 9, 12, 30),
            "The answer was due Monday 9 March at 11:20, 1 hour 10 minutes ago.",
        ),
        (
            record(breach=berlin(3, 10, 11, 20)),
            berlin(3, 10, 13, 20),
            "The answer was due Monday 9 March at 11:20, 1 business day 2 hours ago, and is now far "
            "too late.",
        ),
        (
            record(Status.WAITING, waiting_since=berlin(3, 6, 16, 0)),
            berlin(3, 10),
            "The clock stands still since Friday 6 March at 16:00, until the answers come.",
        ),
        (
            record(Status.ANSWERED, answered=berlin(3, 9, 10, 0)),
            berlin(3, 10),
            "Answered Monday 9 March at 10:00, in time.",
        ),
        (
            record(Status.CLOSED, answered=berlin(3, 9, 11, 50)),
            berlin(3, 10),
            "Answered Monday 9 March at 11:50, 30 minutes late.",
        ),
        (record(Status.CLOSED), berlin(3, 10), "Closed without an answer."),
        (record(due=None), berlin(3, 10), "No time is set for the answer."),
    ],
)
def test_the_clock_is_explained_in_one_sentence(found: RequestRecord, now: datetime, sentence: str) -> None:
    assert explain(found, CALENDAR, now) == sentence


def test_lengths_are_spoken() -> None:
    assert spoken(timedelta(seconds=20)) == "less than a minute"
    assert spoken(timedelta(days=2, hours=1, minutes=5)) == "2 business days 1 hour"
