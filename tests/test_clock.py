"""The business clock (P4): weekends, holidays, DST, pauses, buckets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage.clock import Bucket, BusinessCalendar, Team, Teams, bucket, explain, explain_due, spoken
from triage.clock.explaining import hours
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


@pytest.mark.parametrize(
    ("paused", "back", "due", "stood_still"),
    [
        (berlin(3, 6, 16), berlin(3, 9, 10), berlin(3, 10, 5, 20), 18.0),  # 8 h of Friday, 10 of Monday
        (berlin(3, 7, 9), berlin(3, 8, 20), berlin(3, 9, 11, 20), 0.0),  # all of it on a weekend
        (berlin(3, 7, 9), berlin(3, 9, 2), berlin(3, 9, 13, 20), 2.0),  # begun on a Saturday
        (berlin(3, 9, 15), berlin(3, 9, 16), berlin(3, 9, 12, 20), 1.0),  # overdue already: as late as before
    ],
)
def test_a_pause_moves_both_deadlines_by_business_time(
    paused: datetime, back: datetime, due: datetime, stood_still: float
) -> None:
    team = Team("", CALENDAR)
    given = team.deadlines(berlin(3, 6, 11, 20))
    waiting = record(Status.WAITING, waiting_since=paused, due=given.due, breach=given.breach, paused_s=60.0)
    moved = Teams(team).resumed(waiting, back)
    assert moved.due == due
    assert given.due
    assert given.breach
    assert moved.breach == CALENDAR.after(given.breach, CALENDAR.elapsed(given.due, due))
    assert moved.paused_s == 60 + stood_still * 3600
    assert Teams(team).resumed(record(due=given.due), back).due == given.due  # it was not waiting


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
    assert [hours(timedelta(minutes=minutes)) for minutes in (0, 59, 60, 100)] == [
        "under 1 min",
        "59 min",
        "1 h",
        "1 h 40 min",
    ]


# --- how the due time came about ----------------------------------------------------------------

TEAM = Team("", CALENDAR)
OFFICE = BusinessCalendar("Europe/Berlin", hours="09:00-12:30,13:30-18:00")


def received(at: datetime, team: Team = TEAM, **fields: object) -> RequestRecord:
    given = team.deadlines(at).model_dump(exclude={"started", "paused_s"})
    return record(request=Request(id="r-1", received=at), **(given | fields))


def why(found: RequestRecord, now: datetime, team: Team = TEAM, shown_in: ZoneInfo | None = BERLIN) -> str:
    return explain_due(found, team, now, shown_in=shown_in)


FRIDAY = berlin(3, 6, 11, 20)


def test_the_due_time_is_explained_by_what_it_was_counted_from() -> None:
    assert why(received(FRIDAY), FRIDAY) == "Due Mon 11:20: 24 h on business days from Fri 11:20."
    paused = received(FRIDAY, due=berlin(3, 9, 13, 20), paused_s=7200.0)
    said = "Due Mon 13:20: 24 h on business days from Fri 11:20, paused 2 h."
    assert why(paused, FRIDAY) == said
    assert why(paused, berlin(3, 9, 14)) == said.replace("Due", "Was due")
    assert (
        why(paused, berlin(6, 1)) == "Was due Mon 9 Mar 13:20: 24 h on business days from Fri 6 Mar 11:20, "
        "paused 2 h."
    )
    assert why(record(due=None), FRIDAY) == ""


def test_what_a_reader_would_stumble_over_is_said() -> None:
    saturday = received(berlin(3, 7, 15))
    assert "Nobody works on Sat 15:00, so it counts from Mon 00:00." in why(saturday, FRIDAY)
    christmas = why(received(berlin(12, 24, 11, 20)), berlin(12, 24, 12))
    assert christmas.endswith("from Thu 11:20. 25 Dec is a day off here.")
    waiting = received(FRIDAY, status=Status.WAITING, waiting_since=berlin(3, 6, 16))
    assert why(waiting, FRIDAY) == (
        "Standing still; was to be due Mon 11:20: 24 h on business days from Fri 11:20. "
        "Since Fri 16:00 it waits for answers; that time is added."
    )
    again = received(berlin(1, 5), started=FRIDAY, due=berlin(3, 9, 11, 20))
    assert "from Fri 11:20. The clock was started anew" in why(again, FRIDAY)
    sooner = why(received(FRIDAY), FRIDAY, Team("", CALENDAR, 8.0))
    assert sooner.endswith(
        "24 h on business days from Fri 11:20. Usual are 8 h; what was said at the time stands."
    )


def test_hours_days_and_zone_are_named_where_they_are_not_the_usual() -> None:
    office = Team("office", OFFICE, 8.0)
    assert why(received(FRIDAY, office), FRIDAY, office) == (
        "Due Mon 11:20: 8 h in business hours (Mon–Fri 09:00–12:30, 13:30–18:00) from Fri 11:20."
    )
    tokyo = Team("tokyo", BusinessCalendar("Asia/Tokyo", "sun,mon,tue,wed,thu"))
    said = why(received(FRIDAY, tokyo), FRIDAY, tokyo)
    assert "on business days (Sun–Thu)" in said
    assert said.endswith("Times are those of Asia/Tokyo.")
    assert why(received(FRIDAY), FRIDAY, shown_in=None).endswith("Times are those of Europe/Berlin.")
    some = Team("some", BusinessCalendar("Europe/Berlin", "mon,wed"))
    assert "on business days (Mon, Wed) from" in why(received(FRIDAY, some), FRIDAY, some)
    every = Team("every", BusinessCalendar("Europe/Berlin", "mon,tue,wed,thu,fri,sat,sun"))
    assert "on business days (Mon–Sun) from" in why(received(FRIDAY, every), FRIDAY, every)


def test_public_holidays_are_named_with_the_place_that_keeps_them() -> None:
    team = Team("", BusinessCalendar("Europe/Berlin", country="DE", subdivision="BE"))
    said = why(received(berlin(4, 2, 12), team), berlin(4, 2, 12), team)
    assert said.startswith("Due Tue 12:00: ")
    assert said.endswith(
        "3 Apr is a holiday in DE-BE (Good Friday); 6 Apr is a holiday in DE-BE (Easter Monday)."
    )
    closed = BusinessCalendar("Europe/Berlin", holidays=[date(2026, 3, day) for day in range(9, 15)])
    many = why(received(FRIDAY, Team("", closed)), FRIDAY, Team("", closed))
    assert many.endswith("12 Mar is a day off here; and 1 more.")
