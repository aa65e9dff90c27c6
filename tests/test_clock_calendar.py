"""Hours, public holidays, own working days; and what must hold for any calendar at any time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.clock import BusinessCalendar, Team, Teams
from triage.domain import Request, RequestRecord, Status
from triage.errors import SetupError

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessCalendar("Europe/Berlin", hours="09:00-17:00")


def berlin(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


# --- hours, holidays, working days --------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (berlin(2026, 3, 6, 11, 20), 8, berlin(2026, 3, 9, 11, 20)),
        (berlin(2026, 3, 6, 11, 20), 24, berlin(2026, 3, 11, 11, 20)),
        (berlin(2026, 3, 6, 16, 0), 1, berlin(2026, 3, 6, 17, 0)),  # to the minute they close
        (berlin(2026, 3, 6, 18, 0), 1, berlin(2026, 3, 9, 10, 0)),  # after hours
        (berlin(2026, 3, 6, 7, 0), 1, berlin(2026, 3, 6, 10, 0)),  # before them
        (berlin(2026, 3, 7, 12, 0), 0, berlin(2026, 3, 9, 9, 0)),  # no time at all ends when people are in
        (berlin(2026, 3, 6, 17, 0), 0, berlin(2026, 3, 6, 17, 0)),
    ],
)
def test_hours(start: datetime, hours: float, due: datetime) -> None:
    assert OFFICE.add(start, hours) == due
    assert OFFICE.elapsed(start, due) == timedelta(hours=hours)


def test_several_stretches_with_a_break() -> None:
    calendar = BusinessCalendar("Europe/Berlin", hours="13:30-18:00, 09:00-12:30")
    assert calendar.add(berlin(2026, 3, 6, 12, 0), 1) == berlin(2026, 3, 6, 14, 0)
    assert [calendar.is_open(berlin(2026, 3, 6, hour)) for hour in (8, 9, 13, 14, 18)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert not calendar.is_open(berlin(2026, 3, 7, 10))


def test_public_holidays_of_a_country_and_its_subdivision() -> None:
    bavaria, berlin_ = (
        BusinessCalendar("Europe/Berlin", country="de", subdivision=part) for part in ("BY", "BE")
    )
    epiphany = date(2026, 1, 6)
    assert not bavaria.works(epiphany)
    assert berlin_.works(epiphany)
    assert not berlin_.works(date(2027, 3, 8))  # another year, asked for later
    assert BusinessCalendar("America/New_York", country="US").add(
        datetime(2026, 11, 25, 17, tzinfo=UTC), 24
    ) == datetime(2026, 11, 27, 17, tzinfo=UTC)  # Thanksgiving


def test_only_the_years_that_are_needed_are_read() -> None:
    calendar = BusinessCalendar("Europe/Berlin", country="DE")
    calendar.add(berlin(2026, 3, 6), 24)
    assert set(calendar.public._years) == {2026}
    calendar.add(berlin(2026, 12, 31, 12), 24)
    assert set(calendar.public._years) == {2026, 2027}


def test_own_days_off_and_own_working_days_come_before_both_weekend_and_holiday() -> None:
    calendar = BusinessCalendar(
        "Europe/Berlin", holidays="2026-12-24", workdays="2026-12-05,2026-12-25", country="DE"
    )
    assert not calendar.works(date(2026, 12, 24))
    assert calendar.works(date(2026, 12, 5))  # a Saturday
    assert calendar.works(date(2026, 12, 25))  # a holiday
    days = [(off.day.day, off.place) for off in calendar.days_off(berlin(2026, 12, 1), berlin(2027, 1, 2))]
    assert days == [(24, ""), (1, "DE")]  # 26 December is a Saturday anyway


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"hours": "9-17"}, "TRIAGE_BUSINESS_HOURS names '9-17', which are no hours of one day"),
        ({"hours": "22:00-06:00"}, "a night shift is 00:00-06:00,22:00-24:00"),
        ({"hours": "09:00-24:30"}, "no hours of one day"),
        ({"hours": "09:00-09:00"}, "no hours of one day"),
        ({"hours": "09:00-13:00,12:00-17:00"}, "two stretches overlap"),
        ({"workdays": "5.12.2026"}, "TRIAGE_WORKDAYS names '5.12.2026', which is no date"),
        ({"country": "XX"}, "TRIAGE_HOLIDAYS_COUNTRY names 'XX'"),
        ({"country": "DE", "subdivision": "Berlin"}, "TRIAGE_HOLIDAYS_SUBDIVISION names 'Berlin'"),
        ({"subdivision": "BE"}, "but no country is named"),
    ],
)
def test_what_makes_no_calendar_is_named(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        BusinessCalendar("UTC", **settings)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_a_calendar_is_never_asked_for_ever() -> None:
    one_day = BusinessCalendar("UTC", "mon", hours="09:00-09:01")
    with pytest.raises(ValueError, match="too far in the future"):
        one_day.add(datetime(2026, 1, 1, tzinfo=UTC), 1_000)


# --- days on which the clocks change ------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "start", "due"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 10, 20), datetime(2026, 3, 29, 9, 20)),  # 23 real hours
        ("Europe/Berlin", datetime(2026, 10, 24, 9, 20), datetime(2026, 10, 25, 10, 20)),  # 25
        ("Africa/Cairo", datetime(2026, 4, 23, 10, 0), datetime(2026, 4, 24, 9, 0)),  # midnight is missing
        ("America/Nuuk", datetime(2026, 3, 28, 14, 0), datetime(2026, 3, 29, 13, 0)),  # the hour before it is
        ("America/Nuuk", datetime(2026, 10, 24, 13, 0), datetime(2026, 10, 25, 14, 0)),  # and comes twice
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 1, 0), datetime(2026, 4, 5, 1, 30)),  # half an hour
    ],
)
def test_a_day_counts_24_hours_also_when_the_clocks_change(zone: str, start: datetime, due: datetime) -> None:
    calendar = BusinessCalendar(zone, "mon,tue,wed,thu,fri,sat,sun")
    assert calendar.add(start, 24) == due.replace(tzinfo=UTC)
    assert calendar.elapsed(start, due) == timedelta(hours=24)


def test_the_hour_that_comes_twice_counts_once_and_time_never_runs_backwards() -> None:
    calendar = BusinessCalendar("Europe/Berlin", "mon,tue,wed,thu,fri,sat,sun")
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 in summer
    quarters = [first + timedelta(minutes=15 * number) for number in range(9)]  # to 03:00 in winter
    counted = [calendar.elapsed(first, moment) for moment in quarters]
    assert counted == [timedelta(minutes=7.5 * number) for number in range(9)]
    assert [calendar.after(first, length) for length in counted] == quarters


# --- for any calendar, at any time --------------------------------------------------------------

ZONES = (
    "Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "America/Nuuk",
    "Australia/Lord_Howe", "Pacific/Auckland", "America/Santiago",
)  # fmt: skip
HOURS = ("", "09:00-17:00", "08:30-12:15,13:00-17:45", "00:00-06:00,22:00-24:00", "11:00-12:00")
DAYS = ("mon,tue,wed,thu,fri", "mon,tue,wed,thu,fri,sat,sun", "sun,mon,tue,wed,thu", "wed")
RUN = [date(2026, 12, 21) + timedelta(days=number) for number in range(16)]  # closed over the year's end


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """Any of 360 calendars; the usual one first, so that a failure shrinks to it."""
    return BusinessCalendar(
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from(DAYS)),
        draw(st.sampled_from(((), RUN))),
        hours=draw(st.sampled_from(HOURS)),
        workdays=draw(st.sampled_from(((), (date(2026, 12, 26),)))),
        country=draw(st.sampled_from(("", "DE"))),
    )


# Many near the year's end and the days on which clocks change; whole seconds, for half of one can count.
NEAR = [datetime(2026, *day) for day in ((3, 28), (4, 4), (4, 24), (9, 26), (10, 24), (12, 23))]
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.builds(
        lambda day, minutes: day + timedelta(minutes=minutes),
        st.sampled_from(NEAR),
        st.integers(0, 4 * 24 * 60),
    ),
).map(lambda moment: moment.replace(tzinfo=UTC))
LENGTHS = st.integers(0, 60 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(calendar=calendars(), start=MOMENTS, length=LENGTHS)
def test_elapsed_undoes_after(calendar: BusinessCalendar, start: datetime, length: timedelta) -> None:
    assert calendar.elapsed(start, calendar.after(start, length)) == length


@given(calendar=calendars(), start=MOMENTS, one=LENGTHS, two=LENGTHS)
def test_two_steps_are_one(
    calendar: BusinessCalendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    assert calendar.after(calendar.after(start, one), two) == calendar.after(start, one + two)


@given(calendar=calendars(), start=MOMENTS, later=LENGTHS, length=LENGTHS)
def test_it_is_never_due_before_and_never_sooner_for_what_came_later(
    calendar: BusinessCalendar, start: datetime, later: timedelta, length: timedelta
) -> None:
    due = calendar.after(start, length)
    assert due >= start
    assert calendar.after(start + later, length) >= due


@given(calendar=calendars(), start=MOMENTS, length=LENGTHS)
def test_it_is_never_due_when_nobody_works(
    calendar: BusinessCalendar, start: datetime, length: timedelta
) -> None:
    """Not even when it is only just due: either people are there, or they have this moment left."""
    due = calendar.after(start, length)
    just_before = due - timedelta(seconds=1)
    assert calendar.is_open(due) or calendar.is_open(just_before)
    for moment in (due, just_before):  # and by the plain wall, where no clock changes
        wall = moment.astimezone(calendar.zone)
        day_before = (moment - timedelta(days=1)).astimezone(calendar.zone)
        if wall.utcoffset() == day_before.utcoffset() and calendar.is_open(moment):
            since = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
            assert any(window.begin <= since < window.end for window in calendar.windows)
            assert calendar.works(wall.date())


@given(calendar=calendars(), moments=st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_time_adds_up(calendar: BusinessCalendar, moments: list[datetime]) -> None:
    one, two, three = moments
    assert calendar.elapsed(one, two) + calendar.elapsed(two, three) == calendar.elapsed(one, three)
    assert calendar.elapsed(three, one) == (timedelta() if one < three else calendar.elapsed(one, three))


@given(calendar=calendars(), start=MOMENTS, pauses=st.lists(st.tuples(LENGTHS, LENGTHS), max_size=4))
def test_pausing_and_resuming_gains_and_loses_nothing(
    calendar: BusinessCalendar, start: datetime, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    """Worked time up to the due moment is the target, whatever lies between, in real hours."""
    team = Team("", calendar)
    teams = Teams(team)
    given_ = team.deadlines(start)
    record = RequestRecord(request=Request(id="r-1", received=start), due=given_.due, breach=given_.breach)
    now, worked = start, timedelta()
    for work, wait in pauses:
        asked = now + work
        worked += calendar.elapsed(now, asked)
        now = asked + wait
        waiting = record.model_copy(update={"status": Status.WAITING, "waiting_since": asked})
        moved = teams.resumed(waiting, now)
        record = record.model_copy(update=moved.model_dump(exclude={"started"}))
    assert record.due
    assert record.breach
    left = team.target_hours * timedelta(hours=1) - worked
    if left >= timedelta():
        assert calendar.elapsed(now, record.due) == left
    else:
        assert calendar.elapsed(record.due, now) == -left
    assert calendar.elapsed(start, record.due) == timedelta(hours=24, seconds=record.paused_s)
    assert calendar.elapsed(record.due, record.breach) == timedelta(hours=24)
