"""`triage eval run` and `compare` as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evals.options import Options, save
from evals.results import CaseScores, Results, open_folder, write_results
from tests.evals.material import line, write
from tests.evals.test_report import RUN
from triage.cli import app
from triage.errors import BadFile, BadInput, TriageError
from triage.settings import Settings


def triage(*words: str) -> Result:
    return CliRunner().invoke(app, ["eval", *words])


def refused(*words: str) -> TriageError:
    error = triage(*words).exception
    assert isinstance(error, TriageError)
    return error


@pytest.fixture
def cases(tmp_path: Path) -> str:
    return str(write(tmp_path / "cases.jsonl", [line()]))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--suite", "safety", "--out", "out"), "not there yet"),
        (("--suite", "sizing", "--out", "out"), "needs --data"),
        (("--suite", "retrieval", "--out", "out"), "needs --docs"),
        (("--out", "out"), "needs --cases"),
    ],
)
def test_a_run_says_what_is_missing(words: tuple[str, ...], says: str) -> None:
    error = refused("run", *words)
    assert isinstance(error, BadInput)
    assert says in str(error)


def test_a_run_without_out_goes_where_the_web_view_looks(
    tmp_path: Path, cases: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Options] = []

    def run(options: Options, settings: Settings) -> Results:
        asked.append(options)
        return Results(partial=False, run=RUN, metrics={})

    monkeypatch.setattr("evals.run.run", run)
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path / "data"))
    assert triage("run", "--suite", "answers", "--cases", cases).exit_code == 0
    assert asked[0].out.parent == tmp_path / "data" / "evals"
    assert asked[0].out.name.endswith("-answers")
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_not_there_is_named(cases: str) -> None:
    assert "nowhere.csv" in str(refused("run", "--cases", cases, "--history", "nowhere.csv", "--out", "out"))


def test_a_resumed_run_takes_its_options_from_the_folder(tmp_path: Path, cases: str) -> None:
    assert isinstance(refused("run", "--resume", str(tmp_path)), BadFile)
    save(Options("safety", Path(cases), tmp_path))
    assert "not there yet" in str(refused("run", "--resume", str(tmp_path), "--workers", "2"))
    assert "--limit does not go with it" in str(refused("run", "--resume", str(tmp_path), "--limit", "2"))


@pytest.mark.parametrize(("before", "after", "code"), [(4, 4, 0), (4, 1, 1), (1, 4, 0)])
def test_the_exit_code_is_the_gate(tmp_path: Path, before: int, after: int, code: int) -> None:
    for name, hits in (("a", before), ("b", after)):
        scores = tuple(
            CaseScores(id=str(place), tallies={"very_thing@5": (float(place < hits), 1.0)})
            for place in range(5)
        )
        write_results(open_folder(tmp_path / name), Results(partial=False, run=RUN, metrics={}, cases=scores))
    comment = tmp_path / "comment.md"
    found = triage("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--markdown", str(comment))
    assert found.exit_code == code
    assert ("❌" in comment.read_text(encoding="utf-8")) is bool(code)
