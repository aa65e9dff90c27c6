"""The worked examples of docs/clock.md hold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage.clock import BusinessCalendar, Team, Teams, hours
from triage.clock.team_file import read_teams
from triage.domain import Request, RequestRecord, Status
from triage.settings import Settings

PAGE = (Path(__file__).parent.parent / "docs" / "clock.md").read_text(encoding="utf-8")


def rows(mark: str) -> list[list[str]]:
    """The cells of the table below a comment."""
    table = PAGE.partition(f"<!-- {mark}: ")[2].partition("-->\n")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert cells
    return cells


def moment(text: str, zone: ZoneInfo) -> datetime:
    found = datetime.strptime(text, "%a %Y-%m-%d %H:%M").replace(tzinfo=zone)
    assert f"{found:%a}" == text[:3]  # strptime takes any weekday
    return found


def calendar_of(zone: str, days: str, hours: str, holidays: str) -> BusinessCalendar:
    if not holidays or holidays[0].isdigit():
        return BusinessCalendar(zone, days, holidays, hours=hours)
    country, _, subdivision = holidays.partition("-")
    return BusinessCalendar(zone, days, hours=hours, country=country, subdivision=subdivision)


@pytest.mark.parametrize("row", rows("examples"), ids=" ".join)
def test_an_example_is_due_when_the_page_says(row: list[str]) -> None:
    *settings, received, target, due = row
    calendar = calendar_of(*settings)
    assert calendar.due(moment(received, calendar.zone), float(target)) == moment(due, calendar.zone)


@pytest.mark.parametrize("row", rows("pauses"), ids=" ".join)
def test_a_pause_moves_the_time_as_the_page_says(row: list[str]) -> None:
    calendar = BusinessCalendar("Europe/Berlin")
    received, asked, answered = (moment(text, calendar.zone) for text in row[:3])
    team = Team("", calendar)
    record = RequestRecord(
        request=Request(id="r-1", received=received),
        status=Status.WAITING,
        due=team.deadlines(received).due,
        waiting_since=asked,
    )
    moved = Teams(team).resumed(record, answered)
    assert hours(calendar.elapsed(asked, answered)) == row[3]
    assert moved.due == moment(row[4], calendar.zone)


def test_the_file_of_teams_can_be_used_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "teams.yaml"
    path.write_text(PAGE.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    teams = read_teams(Settings(teams=path, _env_file=None))
    assert [team.name for team in teams] == ["", "billing", "mobile"]
    assert teams.of_area("invoices").calendar.public.place == "US-NY"
    assert teams.of_area("mobile").calendar.public.place == "NO"
