"""The suites on public data in the common runner: reported and compared like any other."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from evals.compare import compare
from evals.options import Options, load
from evals.results import read_results
from evals.run import run
from triage.errors import BadFile, BadInput
from triage.settings import load_settings

pytestmark = pytest.mark.model

THINGS = ("printer", "window", "invoice", "calendar", "spelling", "table")


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Each thing is reported broken, and somewhat later again in other words."""
    docs = [
        {
            "id": f"{turn}{place}",
            "t": f"2001-01-{turn * 10 + place:02d}",
            "title": title.format(thing),
            "description": "",
        }
        for turn, title in ((1, "The {} does not work"), (2, "Trouble with the {} since today"))
        for place, thing in enumerate(THINGS)
    ]
    qrels = [{"query": f"2{place}", "rel": f"1{place}", "split": "test"} for place in range(3)]
    written = [_write(tmp_path / name, rows) for name, rows in (("docs.csv", docs), ("qrels.csv", qrels))]
    return Options("retrieval", None, tmp_path / "out", docs=written[0], qrels=written[1])


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def quiet() -> Console:
    return Console(quiet=True)


def test_retrieval_is_run_reported_and_compared(tmp_path: Path, options: Options) -> None:
    found = run(options, load_settings(), quiet())
    assert found == read_results(options.out)
    assert [case.id for case in found.cases] == ["20", "21", "22"]
    assert found.metrics["hit@10"].value == 1
    assert {"words alone (BM25)", "vectors alone (Chroma)"} <= set(found.baselines)
    assert "By way of searching" in (options.out / "report.html").read_text(encoding="utf-8")
    assert "3 of 3 queries" in (options.out / "summary.md").read_text(encoding="utf-8")
    assert load(options.out).docs == options.docs

    second = run(replace(options, out=tmp_path / "second", before=options.out), load_settings(), quiet())
    assert second.baselines["previous run"] == found.metrics
    assert not compare(options.out, tmp_path / "second", (), quiet())


def test_data_that_cannot_be_used_is_named_and_nothing_is_run(tmp_path: Path, options: Options) -> None:
    unsplit = _write(tmp_path / "qrels.csv", [{"query": "20", "rel": "10", "split": "dev"}])
    with pytest.raises(BadInput, match="no query of the split test"):
        run(replace(options, qrels=unsplit), load_settings(), quiet())
    with pytest.raises(BadFile):
        run(Options("sizing", None, tmp_path / "out", data=options.docs), load_settings(), quiet())
    assert not (tmp_path / "out" / "report.html").exists()
