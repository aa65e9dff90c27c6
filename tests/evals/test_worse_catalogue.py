"""The whole way of a gate: two runs, the second with a catalogue that somebody has spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from evals.cases import read_cases
from evals.compare import compare
from evals.judging.matcher import Matcher, read_trained
from evals.options import Options
from evals.results import read_results
from evals.run import measure
from evals.running.opening import Bench
from evals.suites import suite_named
from evals.suites.hidden_work import HiddenWork
from tests.edited_catalogue import change, write_catalogue
from tests.evals.material import line, write
from tests.fakes import WordEncoder
from triage.oneoff import OneOff
from triage.settings import load_settings

WHO = "Who may export the list: everybody, or only some roles?"
SUITE = suite_named("hidden-work")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    lists = ("bookings", "members", "rooms", "invoices", "visits", "tools")
    lines = [
        line(
            id=f"{name}-1",
            source=f"invented:{name}#1",
            request={"subject": f"Export of {name}", "body": f"Please give us an export of the {name}."},
            hidden_work=[{"category": "permissions", "question": WHO}],
        )
        for name in lists
    ]
    return write(tmp_path / "cases.jsonl", lines)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = write_catalogue(tmp_path / "catalogue")
    change(folder, "Who may export {object}?", WHO.replace("the list", "{object}"))
    return folder


def measured(cases: Path, catalogue: Path, out: Path) -> Path:
    encoder = WordEncoder()
    matcher = Matcher(read_trained().model_copy(update={"encoder": encoder.name}), encoder)
    file = read_cases(cases)
    settings = load_settings(analyst="catalogue", catalogue_dir=catalogue)
    drafter = OneOff(settings, encoder)
    scorer = HiddenWork(matcher, encoder, file.cases, stream=False)
    bench = Bench(drafter, scorer, "catalogue", catalogue=drafter.catalogue.digest)
    measure(SUITE, Options("hidden-work", cases, out), file, bench, Console(quiet=True))
    return out


def test_a_spoilt_catalogue_is_told_apart_and_the_gate_fails(
    tmp_path: Path, cases: Path, catalogue: Path
) -> None:
    before = measured(cases, catalogue, tmp_path / "before")
    again = measured(cases, catalogue, tmp_path / "again")
    change(catalogue, "permissions.export-who", "billing.export-who")
    change(catalogue, WHO.replace("the list", "{object}"), "What may the printer of {object} cost?")
    after = measured(cases, catalogue, tmp_path / "after")

    runs = {name: read_results(folder) for name, folder in (("before", before), ("after", after))}
    assert runs["before"].run.catalogue != runs["after"].run.catalogue
    assert runs["before"].metrics["very_thing@5"].value > runs["after"].metrics["very_thing@5"].value
    quiet, comment = Console(quiet=True), tmp_path / "comment.md"
    assert not compare(before, again, (), quiet)
    assert compare(before, after, (), quiet, comment)
    text = comment.read_text(encoding="utf-8")
    assert "Regressed past tolerance: very_thing@5" in text
    assert "~~permissions: Who may export" in text
    assert "**billing: What may the printer" in text
