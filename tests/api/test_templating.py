"""How pages write dates, days and money, and what templates may rely on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError
from starlette.testclient import TestClient

from api.templating import (
    STATIC,
    StaticUrls,
    count,
    create_environment,
    day,
    days,
    iso,
    moment,
    money,
    words,
    written,
)
from triage.domain import Days, Verdict


def test_times_are_shown_in_the_teams_zone_across_the_clock_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert moment(datetime(2026, 11, 23, 10, 20, tzinfo=UTC), zone) == "Mon 23 Nov, 11:20"
    assert moment(datetime(2026, 7, 6, 10, 20, tzinfo=UTC), zone) == "Mon 6 Jul, 12:20"
    assert moment(None, zone) == day(None) == iso(None) == ""
    assert day(date(2027, 1, 4)) == "Mon 4 Jan 2027"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Days(low=2, high=5), "2–5 days"),
        (Days(low=0.5, high=1.5), "0.5–1.5 days"),
        (Days(low=1, high=1), "1 day"),
        (Days(), "none"),
        (3.0, "3 days"),
    ],
)
def test_days(value: Days | float, expected: str) -> None:
    assert days(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-06-03", "3 Jun 2026"),
        ("2026-06", "Jun 2026"),
        ("2026-13", "2026-13"),
        ("2026", "2026"),
        ("", ""),
    ],
)
def test_dates_of_the_history_are_written_out_where_they_are_dates(value: str, expected: str) -> None:
    assert written(value) == expected


def test_money_counts_and_words() -> None:
    assert money(48_000.4) == "EUR 48,000"
    assert money(None) == ""
    assert [count(number, "question") for number in (0, 1, 3)] == [
        "no questions",
        "1 question",
        "3 questions",
    ]
    assert words(Verdict.YES_BUT) == "yes, but"


def test_customer_text_is_escaped_and_a_forgotten_variable_is_an_error() -> None:
    template = create_environment("Europe/Berlin").from_string("<p>{{ text }}</p>")
    assert template.render(text="<script>") == "<p>&lt;script&gt;</p>"
    with pytest.raises(UndefinedError):
        template.render()


def test_a_static_url_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}", encoding="utf-8")
    before = StaticUrls(tmp_path)("a.css")
    (tmp_path / "a.css").write_text("b {}", encoding="utf-8")
    assert before != StaticUrls(tmp_path)("a.css")


def test_a_static_file_may_be_kept_under_its_hash_only(client: TestClient) -> None:
    name = sorted(STATIC.iterdir())[0].name
    assert "immutable" in client.get(StaticUrls(STATIC)(name)).headers["Cache-Control"]
    assert client.get(f"/static/{name}").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/../app.py").status_code == 404
