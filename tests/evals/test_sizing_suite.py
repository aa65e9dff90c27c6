"""The sizing suite on projects small enough to follow: its data, its measures, its end."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from evals.results import Results
from evals.sizing.data import COLUMNS, read_sizing
from evals.sizing.play import base_ranges, tshirt
from evals.suites.sizing import HEADLINE, MEASURES, measure
from tests.fakes import WordEncoder
from triage.errors import BadFile

Row = dict[str, object]


def bamboo() -> Iterator[Row]:
    """Labels (1 point) and migrations (8 points) in turn, 40 to train, 8 between, 12 to test."""
    for place in range(60):
        split = "train" if place < 40 else "val" if place < 48 else "test"
        title, points = ("Migrate everything", 8) if place % 2 else ("Rename a label", 1)
        yield row("bamboo", place, split, points, f"{title} {place}")


def even() -> Iterator[Row]:
    """Three points whatever it is, and too few to compare."""
    for place in range(30):
        split = "train" if place < 12 else "val" if place < 20 else "test"
        yield row("even", place, split, 3, f"Something {place}")


def row(project: str, order: int, split: str, points: object, title: str = "A title") -> Row:
    key = f"{project}-{order}"
    values = (project, order, key, split, points, title, "")
    return dict(zip(COLUMNS, values, strict=True))


def written(path: Path, rows: Sequence[Row] | Iterator[Row], columns: Sequence[str] = COLUMNS) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    packed = text.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(packed) if path.suffix == ".gz" else packed)
    return path


def quiet() -> Console:
    return Console(quiet=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = written(tmp_path_factory.mktemp("sizing") / "two.csv.gz", [*bamboo(), *even()])
    return measure(path, quiet(), WordEncoder())


# --- measures ------------------------------------------------------------------------------------


def test_the_baselines_by_hand(results: Results) -> None:
    """bamboo: the training median is 4.5, always 3.5 off. Of the last 50 finished ones there are as many of
    either sort (3.5 off) when a migration comes in, one label more when a label does (right)."""
    median, last = results.baselines["train median"], results.baselines["median of the last 50"]
    assert median["fixed_mae"].value == (3.5 + 0) / 2
    assert last["rolling_mae"].value == (1.75 + 0) / 2
    assert median["tshirt_exact"].value == (0 + 1) / 2  # 4.5 points are M, it was S or L; three are M
    assert results.baselines["Deep-SE"]["fixed_mae"].value == 0.81  # of the one project that has one


def test_the_estimator_reads_the_words(results: Results) -> None:
    figures = results.metrics
    assert figures["fixed_mae"].value == 0
    assert figures["fixed_mae"].n == 12 + 10
    assert figures["tshirt_exact"].value == figures["tshirt_likeliest"].value == 1
    assert figures["rolling_mae"].value == 0
    assert figures["coverage"].value == figures["coverage_worst"].value == 1
    assert figures["width"].value < results.baselines["calibrated base rate"]["width"].value


def test_a_ratio_is_of_projects_whose_baseline_errs(results: Results) -> None:
    assert results.metrics["fixed_ratio"].value == 0.01  # an error of nothing counts as a hundredth
    assert results.metrics["fixed_ratio"].n == 12
    assert results.metrics["fixed_beats_median"].value == 1
    assert results.metrics["fixed_beats_deep_se"].value == 1


def test_gains_are_what_it_adds_to_each_baseline(results: Results) -> None:
    assert results.gains["train median"]["fixed_mae"].value == -1.75
    assert results.gains["train median"]["tshirt_exact"].value == 0.5
    assert results.gains["Deep-SE"]["fixed_mae"].value == -0.81


def test_every_measure_is_found_and_every_project_stands_for_itself(results: Results) -> None:
    assert {each.name for each in MEASURES} == {name for name in results.metrics if ":" not in name}
    assert HEADLINE in results.metrics
    assert results.metrics["bamboo:fixed_mae train median"].value == 3.5
    assert results.metrics["even:fixed_mae train median"].value == 0
    assert "even:fixed_ratio" not in results.metrics


def test_cases_of_a_project_weigh_a_hundred_together(results: Results) -> None:
    assert len(results.cases) == 22
    wholes = [case.tallies["fixed_mae"][1] for case in results.cases if case.id.startswith("even:")]
    assert sum(wholes) == pytest.approx(100)


def test_all_is_printed_in_eighty_columns(results: Results, tmp_path: Path) -> None:
    console = Console(record=True, width=80, file=io.StringIO())
    again = measure(written(tmp_path / "two.csv", [*bamboo(), *even()]), console, WordEncoder())
    text = console.export_text()
    assert again.metrics == results.metrics
    assert all(each.name in text for each in MEASURES)
    assert "bamboo" in text
    assert "2 of 2 projects" in text
    assert "…" not in text
    assert "No published figure of Deep-SE is at hand for even." in text


def test_labels_end_at_two_five_and_twelve_points() -> None:
    assert tshirt(np.array([0.5, 2, 2.5, 5, 6, 12, 13])).tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_the_calibrated_base_rate_knows_what_stands_ten_places_before() -> None:
    points = np.array([2.0, np.nan, *[2.0] * 10, 50.0, *[2.0] * 12])
    ranges = base_ranges(points)
    assert np.isnan(ranges[:10]).all()
    assert (ranges[10:22] == 2).all()  # the 50 at place 12 is not finished before place 22
    assert ranges[22].tolist() == [2, 2]


# --- data ----------------------------------------------------------------------------------------


def test_issues_without_points_are_known_and_not_measured(tmp_path: Path) -> None:
    rows = [*bamboo()]
    rows[3]["points"], rows[50]["points"], rows[51]["points"] = "", "", 0
    project = read_sizing(written(tmp_path / "gaps.csv", rows)).projects[0]
    assert project.items[3].points is None
    assert 50 not in project.places("test")
    assert 51 not in project.places("test")
    assert len(measure(tmp_path / "gaps.csv", quiet(), WordEncoder()).cases) == 10


def test_issues_are_put_in_order_and_projects_too(tmp_path: Path) -> None:
    file = read_sizing(written(tmp_path / "two.csv", [*even(), *reversed([*bamboo()])]))
    assert [project.name for project in file.projects] == ["bamboo", "even"]
    assert [item.key for item in file.projects[0].items[:2]] == ["bamboo-0", "bamboo-1"]
    assert file.items == 90


def _changed(place: int, **cells: object) -> Callable[[], list[Row]]:
    return lambda: [each | cells if at == place else each for at, each in enumerate(bamboo())]


@pytest.mark.parametrize(
    ("rows", "message", "line"),
    [
        (_changed(4, project=" "), "no project", 6),
        (_changed(4, split="dev"), "split “dev”", 6),
        (_changed(4, order="fifth"), "fifth", 6),
        (_changed(4, points="many"), "many", 6),
        (_changed(4, points=-1), r"-1\.0 points", 6),
        (_changed(4, points="nan"), "nan points", 6),
        (_changed(4, points="inf"), "inf points", 6),
        (_changed(4, order=5), "order 5 twice", 0),
        (lambda: [], "holds no issue", 0),
        (lambda: [r for r in bamboo() if r["split"] != "test"], "test part", 0),
        (lambda: [r for r in bamboo() if r["split"] != "train"], "train part", 0),
        (lambda: [r | {"points": 0} if r["split"] == "test" else r for r in bamboo()], "test part", 0),
        (lambda: [*bamboo()][39:49], "10 before its test part", 0),
    ],
)
def test_data_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, rows: Callable[[], list[Row]], message: str, line: int
) -> None:
    with pytest.raises(BadFile, match=message) as refused:
        read_sizing(written(tmp_path / "bad.csv", rows()))
    assert refused.value.line == line


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no column points"):
        read_sizing(written(tmp_path / "bad.csv", bamboo(), [c for c in COLUMNS if c != "points"]))


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08broken", b"project,\xff\xfe"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="not UTF-8 text"):
        read_sizing(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_sizing(tmp_path / "none.csv")


def test_a_file_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.sizing.data.MAX_BYTES", 1000)
    with pytest.raises(BadFile, match="more than 1,000 bytes"):
        read_sizing(written(tmp_path / "bomb.csv.gz", bamboo()))


# --- its end -------------------------------------------------------------------------------------


class Interrupted(WordEncoder):
    """Somebody presses Ctrl+C while the second project is encoded."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if any("Something" in text for text in texts):
            raise KeyboardInterrupt
        return super().encode(texts)


def test_an_interrupted_run_keeps_the_projects_that_are_done(tmp_path: Path) -> None:
    path = written(tmp_path / "two.csv", [*bamboo(), *even()])
    found = measure(path, quiet(), Interrupted())
    assert found.partial
    assert (found.run.done, found.run.cases, found.run.stopped) == (1, 2, "interrupted")
    assert found.metrics["fixed_mae"].n == 12
    assert not any(name.startswith("even:") for name in found.metrics)
