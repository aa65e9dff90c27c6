from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from evals.cases import read_cases
from evals.matcher import Matcher
from evals.results import read_results
from evals.run import Bench, Options, measure, run
from tests.evals.labelled import cases as labelled_cases
from tests.evals.labelled import labels, write_cases
from tests.evals.material import ScriptedDrafter, line, write
from triage.errors import BadFile, BadInput
from triage.retrieval.embed import SentenceEncoder
from triage.settings import load_settings

QUESTION = ("permissions", "Who may export the list: everybody, or administrators only?")
HIDDEN = [{"category": "permissions", "question": "May everybody export the list, or only administrators?"}]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    lines = [
        line(id="a", source="one#1", hidden_work=HIDDEN),
        line(id="b", source="two#1", hidden_work=[], opened="2024-04"),
        line(
            id="c",
            source="three#1",
            opened="2024-05",
            hidden_work=[{"category": "billing", "question": "Who pays for the printer?"}],
            request={"subject": "Print <b>all</b>", "body": "On paper & more."},
        ),
    ]
    return write(tmp_path / "cases.jsonl", lines)


def bench(encoder: SentenceEncoder, drafter: ScriptedDrafter) -> Bench:
    return Bench(drafter, Matcher.load(encoder), encoder, "scripted", "", "none", encoder.name)


def quiet() -> Console:
    return Console(quiet=True)


@pytest.mark.model
def test_a_run_leaves_figures_drafts_and_a_report(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out")
    drafter = ScriptedDrafter([QUESTION, ("sso", "Does it need the company sign-in?")])
    results = measure(options, read_cases(cases), bench(encoder, drafter), quiet())

    assert not results.partial
    figures = {name: figure.value for name, figure in results.metrics.items()}
    assert figures["very_thing@5"] == 0.5  # asked in a, not in c
    assert figures["recall@3"] == 0.5
    assert figures["questions_on_small"] == 2
    assert figures["irrelevant_share"] == 0.5  # sso is irrelevant in all three
    assert figures["size_within_one"] == 1  # S drafted, M real
    assert figures["size_bias"] == -1
    assert set(results.baselines) == {"five most frequent categories", "nearest neighbour"}
    assert results.run.judge.kappa >= 0.5
    assert read_results(tmp_path / "out") == results
    drafts = (tmp_path / "out" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(one)["id"] for one in drafts] == ["a", "b", "c"]


@pytest.mark.model
def test_the_report_is_whole_and_escapes_what_customers_wrote(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out", stream=True)
    measure(options, read_cases(cases), bench(encoder, ScriptedDrafter([QUESTION])), quiet())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")

    assert "Print &lt;b&gt;all&lt;/b&gt;" in page
    assert "asked by question 1" in page
    assert "very thing@5 over time" in page
    links = _Links()
    links.feed(page)
    assert not links.found  # nothing is fetched: it works offline


@pytest.mark.model
def test_an_interrupted_run_keeps_what_is_done_and_says_so(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out")
    drafter = ScriptedDrafter([QUESTION], interrupted_at=3)
    results = measure(options, read_cases(cases), bench(encoder, drafter), quiet())
    assert results.partial
    assert (results.run.done, results.run.cases) == (2, 3)
    assert read_results(tmp_path / "out").partial
    assert len((tmp_path / "out" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert "a partial result" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.model
def test_a_run_interrupted_at_once_has_no_figures(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out")
    drafter = ScriptedDrafter(interrupted_at=1)
    results = measure(options, read_cases(cases), bench(encoder, drafter), quiet())
    assert (results.partial, results.metrics, results.run.done) == (True, {}, 0)


@pytest.mark.model
def test_a_stream_prints_its_curve_and_the_limit_holds(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out", stream=True, limit=2)
    console = Console(record=True, quiet=False, width=100, file=(tmp_path / "log").open("w"))
    results = measure(options, read_cases(cases), bench(encoder, ScriptedDrafter([QUESTION])), console)
    assert [(p.id, p.known, p.hits, p.hidden) for p in results.curve] == [("a", 0, 1, 1), ("b", 1, 1, 1)]
    assert "very thing@5 over time" in console.export_text()
    console.file.close()


@pytest.mark.model
@pytest.mark.parametrize(("held_out", "says"), [(False, "shipped"), (True, "held out by repository")])
def test_a_run_says_whether_the_learned_parts_had_seen_the_cases(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder, held_out: bool, says: str
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out", held_out=held_out)
    with (tmp_path / "log").open("w") as log:
        console = Console(record=True, width=300, file=log)
        results = measure(options, read_cases(cases), bench(encoder, ScriptedDrafter([QUESTION])), console)
    assert results.run.weights == read_results(tmp_path / "out").run.weights == says
    assert f"Learned parts {says}" in console.export_text()
    assert f"learned parts {says}" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.model
def test_the_real_pipeline_drafts_with_what_the_other_projects_taught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labels of three projects in another file teach nonsense, and a plain export is then not seen."""
    nonsense = {name: {"primary": ["price_rule"], "secondary": []} for name in labels()}
    (tmp_path / "labels.json").write_text(json.dumps(nonsense), encoding="utf-8")
    monkeypatch.setattr("evals.held_out.LABELS", tmp_path / "labels.json")
    mine = write_cases(tmp_path / "mine.jsonl", labelled_cases()[:3])
    others = write_cases(tmp_path / "others.jsonl", labelled_cases()[3:])
    plain = Options("hidden-work", mine, tmp_path / "plain")
    held_out = Options("hidden-work", mine, tmp_path / "out", held_out=True, learn_from=(others,))

    def first_kinds(options: Options) -> list[str]:
        run(options, load_settings(analyst="catalogue"), quiet())
        first = (options.out / "drafts.jsonl").read_text(encoding="utf-8").splitlines()[0]
        found: list[str] = json.loads(first)["kinds"]
        return found

    assert first_kinds(plain)[0] == "export"
    assert "export" not in first_kinds(held_out)


def test_held_out_cases_without_labels_are_refused_before_anything_is_drafted(
    tmp_path: Path, cases: Path
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out", held_out=True)
    with pytest.raises(BadInput, match="a has none"):
        run(options, load_settings(analyst="catalogue"), quiet())
    assert not (tmp_path / "out").exists()


@pytest.mark.model
def test_the_real_pipeline_sees_no_lesson_before_its_month(tmp_path: Path) -> None:
    """The live graph over a stream of twins: the second may cite the first, but not what surfaced later."""
    body = "Please let us export the list of exhibits with all columns as a spreadsheet file every month."
    twin = {"subject": "Export the exhibits", "body": body}
    early = [
        {"category": "audit", "question": "Is every zebra download logged?", "surfaced": "2024-04"},
        {"category": "scale", "question": "How many walrus rows fit?", "surfaced": "2024-12"},
    ]
    lines = [
        line(id="a", opened="2024-03", request=twin, hidden_work=early),
        line(id="b", opened="2024-06", request=twin, hidden_work=[]),
    ]
    cases = write(tmp_path / "stream.jsonl", lines)
    settings = load_settings(analyst="catalogue")
    with_history = run(Options("hidden-work", cases, tmp_path / "with", stream=True), settings, quiet())
    run(Options("hidden-work", cases, tmp_path / "without", stream=True, no_history=True), settings, quiet())

    seen = (tmp_path / "with" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()[1]
    assert json.loads(seen)["comparables"][0]["id"] == "a"
    assert "walrus" not in seen
    assert with_history.curve[1].known == 1
    unseen = (tmp_path / "without" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()[1]
    assert json.loads(unseen)["comparables"] == []
    assert "zebra" not in unseen


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Options("colours", Path("x"), Path("out")), "no suite colours"),
        (Options("hidden-work", Path("x"), Path("out"), no_history=True), "beside --stream"),
        (
            Options("hidden-work", Path("x"), Path("out"), stream=True, no_history=True, history=Path("h")),
            "contradict",
        ),
        (Options("hidden-work", Path("x"), Path("out"), learn_from=(Path("y"),)), "beside --held-out"),
    ],
)
def test_options_that_cannot_be_are_refused(options: Options, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        run(options, load_settings(), quiet())


def test_a_bad_file_leaves_the_last_results_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadFile):
        run(Options("hidden-work", write(tmp_path / "c.jsonl", ["{"]), out), load_settings(), quiet())
    assert (out / "results.json").exists()


class _Links(HTMLParser):
    """Everything a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"src", "href"}]
