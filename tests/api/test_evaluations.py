"""The list of evaluation runs, and their reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from small_services import SmallServices
from starlette.testclient import TestClient

REPORT = "<!doctype html><title>r</title><style>p { color: red }</style><p>A report."


@pytest.fixture
def add_run(services: SmallServices) -> Callable[..., Path]:
    """Leaves what a run leaves in the data folder."""

    def add(name: str, *, started: str = "2026-11-20T10:00:00+00:00", partial: bool = False) -> Path:
        folder = services.settings.data_dir / "evals" / name
        folder.mkdir(parents=True)
        run = {
            "suite": "hidden-work",
            "headline": "very_thing@5",
            "cases_file": "past.jsonl",
            "cases": 20,
            "done": 7 if partial else 20,
            "analyst": "catalogue",
            "started": started,
        }
        figure = {"value": 0.4125, "low": 0.31, "high": 0.5, "n": 51}
        results = {"partial": partial, "run": run, "metrics": {"very_thing@5": figure}, "cases": []}
        (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
        (folder / "report.html").write_text(REPORT, encoding="utf-8")
        return folder

    return add


def test_reviewers_and_admins_see_the_runs_latest_first(
    voice: TestClient, admin: TestClient, add_run: Callable[..., Path]
) -> None:
    add_run("before")
    add_run("after", started="2026-11-20T11:30:00+00:00", partial=True)
    page = voice.get("/evals").text
    assert re.findall(r'href="/evals/([^"]+)"', page) == ["after", "before"]
    for words in ("hidden-work on past.jsonl", "very_thing@5", "0.412", "0.31–0.50", "7 of 20", "partial"):
        assert words in page
    assert admin.get("/evals").text.count("row-link") == 2


def test_a_report_is_shown_as_it_is_and_may_do_nothing_else(
    voice: TestClient, add_run: Callable[..., Path]
) -> None:
    add_run("before")
    found = voice.get("/evals/before")
    assert (found.status_code, found.text) == (200, REPORT)
    policies = found.headers.get_list("Content-Security-Policy")
    assert len(policies) == 1
    for rule in ("default-src 'none'", "sandbox", "frame-ancestors 'none'"):
        assert rule in policies[0]
    assert "script-src" not in policies[0]
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/evals", "/evals/before"])
def test_submitters_and_strangers_are_kept_out(
    client: TestClient, sales: TestClient, add_run: Callable[..., Path], path: str
) -> None:
    add_run("before")
    assert sales.get(path).status_code == 403
    assert client.get(path).status_code == 401
    assert "/evals" not in sales.get("/requests").text


@pytest.mark.parametrize("name", ["missing", "%2e%2e", ".hidden", "..%2Fbefore", "a" * 200])
def test_only_runs_of_the_list_have_a_report(
    voice: TestClient, services: SmallServices, add_run: Callable[..., Path], name: str
) -> None:
    add_run(".hidden")
    (services.settings.data_dir / "report.html").write_text("not a run", encoding="utf-8")
    found = voice.get(f"/evals/{name}")
    assert "not a run" not in found.text
    assert found.status_code == 404


def test_a_folder_that_is_no_run_is_left_out(voice: TestClient, add_run: Callable[..., Path]) -> None:
    (add_run("broken") / "results.json").write_text("{", encoding="utf-8")
    (add_run("going-on") / "report.html").unlink()
    page = voice.get("/evals").text
    assert "row-link" not in page
    assert "No run yet" in page
    assert 'href="/evals" aria-current' in page
