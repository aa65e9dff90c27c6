"""The file of teams: what it says, what is left out, and everything that may be wrong with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from triage.clock import Teams
from triage.clock.team_file import check_teams, read_teams
from triage.domain import Request, RequestRecord
from triage.errors import BadFile, SetupError
from triage.settings import Settings

FILE = """\
billing:
  areas: [Billing, Invoice  Run]
  zone: America/New_York
  days: mon,tue,wed,thu
  hours: [09:00-12:00, 13:00-17:30]
  country: US
  subdivision: NY
  holidays: [2026-12-24]
  workdays: [2026-12-05]
  target_hours: 8
  breach_hours: 16
  escalate_to: head@example.com
oslo:
  areas: [portal]
  country: NO
toronto:
  areas: [mobile]
  country: CA
  subdivision: ON
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "teams.yaml"


def settings_for(path: Path | None, text: str = "", **fields: object) -> Settings:
    if path and text:
        path.write_text(text, encoding="utf-8")
    return Settings(teams=path, _env_file=None, **fields)  # type: ignore[arg-type]


def teams_of(path: Path, text: str, **fields: object) -> Teams:
    return read_teams(settings_for(path, text, **fields))


def test_a_team_has_what_its_file_says(path: Path) -> None:
    team = teams_of(path, FILE).of_area(" billing")
    calendar = team.calendar
    assert (team.name, team.target_hours, team.breach_hours) == ("billing", 8, 16)
    assert (calendar.zone.key, calendar.days, len(calendar.windows)) == (
        "America/New_York",
        frozenset(range(4)),
        2,
    )
    assert (calendar.public.place, team.escalate_to) == ("US-NY", "head@example.com")
    assert not calendar.works(date(2026, 12, 24))
    assert calendar.works(date(2026, 12, 5))


def test_what_a_team_leaves_out_is_as_in_the_settings(path: Path) -> None:
    teams = teams_of(
        path, FILE, holidays_country="DE", holidays_subdivision="BE", business_hours="10:00-16:00",
        holidays="2026-12-24", escalation_address="boss@example.com", target_hours=6.0,
    )  # fmt: skip
    default, oslo = teams.default, teams.of_area("portal")
    assert (default.calendar.public.place, default.escalate_to) == ("DE-BE", "boss@example.com")
    assert (oslo.calendar.windows, oslo.calendar.holidays) == (
        default.calendar.windows,
        default.calendar.holidays,
    )
    assert (oslo.target_hours, oslo.escalate_to) == (6.0, "boss@example.com")
    assert oslo.calendar.public.place == "NO"  # a country of its own brings no subdivision along
    assert teams.of_area("mobile").calendar.public.place == "CA-ON"  # YAML takes ON for yes, NO for no


def test_a_request_stays_with_its_team_until_there_is_no_such_team(path: Path) -> None:
    teams = teams_of(path, FILE)
    assert [team.name for team in teams] == ["", "billing", "oslo", "toronto"]
    assert teams.of_area("anything else") is teams.default
    kept = RequestRecord(request=Request(id="r-1", product_area="portal"), team="billing")
    assert teams.of(kept).name == "billing"
    assert teams.of(kept.model_copy(update={"team": "gone"})) is teams.default


def test_soon_is_said_for_each_team_by_its_own_calendar(path: Path) -> None:
    friday = datetime(2026, 3, 6, 21, 0, tzinfo=UTC)  # 22:00 in Berlin, 16:00 in New York
    soon = teams_of(path, "us: {areas: [a], zone: America/New_York, hours: 09:00-17:00}").soon(friday)
    assert soon == {"": datetime(2026, 3, 9, 1, tzinfo=UTC), "us": datetime(2026, 3, 9, 16, tzinfo=UTC)}


def test_without_a_file_there_is_one_team() -> None:
    assert [team.name for team in read_teams(settings_for(None))] == [""]
    assert check_teams(settings_for(None)) == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a:\n  areas: [x]\n  zone: Mars/Base\n", 3, "team a: zone names 'Mars/Base', which is no time zone"),
        ("a:\n  areas: [x]\n  days: monday,someday\n", 3, "team a: days names 'someday'"),
        ("a:\n  areas: [x]\n  days: ','\n", 3, "team a: days names no day"),
        ("a:\n  areas: [x]\n  hours: 9-5\n", 3, "team a: hours names '9-5'"),
        ("a:\n  areas: [x]\n  country: Atlantis\n", 3, "team a: country names 'ATLANTIS'"),
        ("a:\n  areas: [x]\n  country: DE\n  subdivision: XX\n", 4, "team a: subdivision names 'XX'"),
        ("a:\n  areas: [x]\n  holidays: [24.12.2026]\n", 3, "team a: holidays names '24.12.2026'"),
        ("a:\n  areas: [x]\n  target_hours: 0\n", 3, "team a: target_hours: input should be greater than 0"),
        (
            "a:\n  areas: [x]\n  breach_hours: 8\n",
            1,
            "An answer cannot be due after 24 and far too late after 8",
        ),
        ("a:\n  areas: [x]\n  escalate_to: the boss\n", 3, "escalate_to is no mail address"),
        ("a:\n  areas: [x]\n  timezone: UTC\n", 3, "timezone is no setting of a team"),
        ("a:\n  zone: UTC\n", 1, "areas is missing"),
        ("a: [x]\n", 1, "team a: expected lines such as `areas: [billing]`"),
        ("a:\n  areas: [x]\nb:\n  areas: [y, X]\n", 4, "team b: the area 'X' is a's already"),
        ("- areas: [x]\n", 1, "no team is named"),
        ("# nothing\n", 0, "the file is empty"),
        ("a:\n  areas: [x\n", 3, "not valid YAML"),
        ("a:\n  areas: [x]\na:\n  areas: [y]\n", 3, "a stands twice"),
    ],
)
def test_everything_that_is_wrong_is_said_with_its_line(path: Path, text: str, line: int, said: str) -> None:
    settings = settings_for(path, text)
    [problem] = check_teams(settings)
    assert problem.line == line
    assert said in problem.what
    assert problem.remedy
    with pytest.raises(BadFile) as caught:
        read_teams(settings)
    assert caught.value.line == line
    assert str(path) in str(caught.value)


def test_several_problems_stand_in_one_message(path: Path) -> None:
    text = "a:\n  areas: [x]\n  zone: Mars\nb:\n  days: mon\n"
    with pytest.raises(BadFile) as caught:
        read_teams(settings_for(path, text))
    assert "has 2 problems" in str(caught.value)
    assert f"{path}:3: team a: zone" in str(caught.value)
    assert f"{path}:4: team b: areas is missing" in str(caught.value)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_teams(settings_for(path))


def test_hours_of_the_settings_must_make_sense_too() -> None:
    with pytest.raises(SetupError, match="due after 24 and far too late after 12"):
        read_teams(settings_for(None, breach_hours=12.0))
