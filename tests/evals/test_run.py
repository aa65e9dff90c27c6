from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evals.cases import CaseFile, read_cases
from evals.inputs.choosing import choose
from evals.judging.matcher import Matcher, read_trained
from evals.options import Options, load
from evals.results import Results, read_results
from evals.run import measure as measure_bench
from evals.run import run
from evals.running.opening import Bench
from evals.running.solving import Drafter, current_round
from evals.suites import suite_named
from evals.suites.answers import AnswersScorer
from evals.suites.hidden_work import HiddenWork
from tests.evals.drafts import ANSWER
from tests.evals.drafts import draft as invented_draft
from tests.evals.labelled import cases as labelled_cases
from tests.evals.labelled import labels, write_cases
from tests.evals.material import ScriptedDrafter, line, write
from tests.loopback_model import LoopbackModel
from triage.domain import Answer, Draft, Request, Verdict
from triage.errors import BadFile, BadInput, SetupError, TriageError
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


def measure(
    options: Options, file: CaseFile, encoder: SentenceEncoder, drafter: Drafter, console: Console
) -> Results:
    """The suite with a scripted drafter in place of the graph."""
    chosen = choose(file, options.filters, options.limit, stream=options.stream)
    scorer = HiddenWork(Matcher.load(encoder), encoder, chosen.cases, stream=options.stream)
    bench = Bench(drafter, scorer, "scripted", encoder=encoder.name)
    return measure_bench(suite_named("hidden-work"), options, chosen, bench, console)


def quiet() -> Console:
    return Console(quiet=True)


@pytest.mark.model
def test_a_run_leaves_figures_drafts_and_a_report(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out")
    drafter = ScriptedDrafter([QUESTION, ("sso", "Does it need the company sign-in?")])
    results = measure(options, read_cases(cases), encoder, drafter, quiet())

    assert not results.partial
    figures = {name: figure.value for name, figure in results.metrics.items()}
    assert figures["very_thing@5"] == 0.5  # asked in a, not in c
    assert figures["recall@3"] == 0.5
    assert figures["questions_on_small"] == 2
    assert figures["irrelevant_share"] == 0.5  # sso is irrelevant in all three
    assert figures["size_within_one"] == 1  # S drafted, M real
    assert figures["size_bias"] == -1
    assert set(results.baselines) == {"five most frequent categories", "keyword rules", "nearest neighbour"}
    assert results.run.judge
    assert results.run.judge.kappa >= 0.5
    assert [figure.value for figure in results.by_k["very thing"]] == [0.5] * 5
    assert results.by_category["permissions"]["very_thing@5"].value == 1
    assert results.by_category["billing"]["recall@5"].value == 0
    assert results.cases[0].size == ("M", "S")
    assert results.cases[0].kinds == ("export",)
    assert read_results(tmp_path / "out") == results
    drafts = (tmp_path / "out" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(one)["id"] for one in drafts] == ["a", "b", "c"]


@pytest.mark.model
def test_the_report_is_whole_and_escapes_what_customers_wrote(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out", stream=True)
    measure(options, read_cases(cases), encoder, ScriptedDrafter([QUESTION]), quiet())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")

    assert "Print &lt;b&gt;all&lt;/b&gt;" in page
    assert "asked by question 1" in page
    assert "The very thing@5 over time" in page
    links = _Links()
    links.feed(page)
    assert not links.found  # nothing is fetched: it works offline


@pytest.mark.model
def test_an_interrupted_run_keeps_what_is_done_and_says_so(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out")
    drafter = ScriptedDrafter([QUESTION], interrupted_at=3)
    results = measure(options, read_cases(cases), encoder, drafter, quiet())
    assert results.partial
    assert (results.run.done, results.run.cases) == (2, 3)
    assert read_results(tmp_path / "out").partial
    assert len((tmp_path / "out" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert "a partial result" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "It was interrupted: 2 of 3" in (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert load(tmp_path / "out") == replace(options, cases=cases.resolve())


@pytest.mark.model
def test_a_run_interrupted_at_once_has_no_figures(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out")
    drafter = ScriptedDrafter(interrupted_at=1)
    results = measure(options, read_cases(cases), encoder, drafter, quiet())
    assert (results.partial, results.metrics, results.run.done) == (True, {}, 0)


@pytest.mark.model
def test_a_stream_prints_its_curve_and_the_limit_holds(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    options = Options("hidden-work", cases, tmp_path / "out", stream=True, limit=2)
    console = Console(record=True, quiet=False, width=100, file=(tmp_path / "log").open("w"))
    results = measure(options, read_cases(cases), encoder, ScriptedDrafter([QUESTION]), console)
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
        results = measure(options, read_cases(cases), encoder, ScriptedDrafter([QUESTION]), console)
    assert results.run.weights == read_results(tmp_path / "out").run.weights == says
    assert f"learned parts {says}" in console.export_text()
    assert f"learned parts {says}" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.model
def test_the_real_pipeline_drafts_with_what_the_other_projects_taught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labels of three projects in another file teach nonsense, and a plain export is then not seen."""
    nonsense = {name: {"primary": ["price_rule"], "secondary": []} for name in labels()}
    (tmp_path / "labels.json").write_text(json.dumps(nonsense), encoding="utf-8")
    monkeypatch.setattr("evals.running.held_out.LABELS", tmp_path / "labels.json")
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


@pytest.mark.model
def test_nobody_may_look_up_the_own_end(tmp_path: Path) -> None:
    """The file of cases is given as the history too: a run over it would know every answer."""
    cases = write(tmp_path / "cases.jsonl", [line(id="a"), line(id="b", opened="2024-05")])
    rows = [
        {"id": name, "opened": opened, "subject": "Export", "body": "A list as a file.", "size_days": 3}
        for name, opened in (("a", "2024-03"), ("b", "2024-05"), ("other", "2024-04"))
    ]
    history = write(tmp_path / "history.jsonl", [json.dumps(row | {"surprises": []}) for row in rows])
    settings = load_settings(analyst="catalogue")

    def seen(name: str, *, stream: bool) -> list[list[str]]:
        options = Options("hidden-work", cases, tmp_path / name, history=history, stream=stream)
        results = run(options, settings, quiet())
        assert results.run.later == (0 if stream else 1)
        drafts = (tmp_path / name / "drafts.jsonl").read_text(encoding="utf-8").splitlines()
        return [[found["id"] for found in json.loads(draft)["comparables"]] for draft in drafts]

    assert seen("at-once", stream=False) == [["other"], ["other"]]
    assert [sorted(ids) for ids in seen("in-time", stream=True)] == [[], ["a", "other"]]


def test_without_a_service_there_is_nothing_live_to_look_up(tmp_path: Path, cases: Path) -> None:
    settings = load_settings(analyst="catalogue", data_dir=tmp_path / "data")
    with pytest.raises(SetupError, match="no service"):
        run(Options("hidden-work", cases, tmp_path / "out", live=True), settings, quiet())
    assert not (tmp_path / "out").exists()


@pytest.mark.model
def test_a_matcher_that_people_do_not_agree_with_is_withheld(
    tmp_path: Path, cases: Path, encoder: SentenceEncoder
) -> None:
    trained = read_trained()
    doubtful = trained.model_copy(update={"held_out": trained.held_out.model_copy(update={"kappa": 0.4})})
    file = read_cases(cases)
    scorer = HiddenWork(Matcher(doubtful, encoder), encoder, file.cases, stream=True)
    bench = Bench(ScriptedDrafter([QUESTION]), scorer, "scripted")
    options = Options("hidden-work", cases, tmp_path / "out", stream=True)
    results = measure_bench(suite_named("hidden-work"), options, file, bench, quiet())
    assert not [name for name in results.metrics if name.startswith("very_thing")]
    assert "recall@5" in results.metrics
    assert results.curve == ()
    assert "It is withheld" in (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")


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


# --- repeating, stopping, going on ------------------------------------------------------------------


class _Moody:
    """Drafts differently in each round: with a sentence, then without."""

    def __init__(self, trouble: TriageError | None = None) -> None:
        self.drafted = 0
        self._trouble = trouble

    def learn_past(self, past: object) -> None: ...

    def draft(self, request: Request) -> Draft:
        if self._trouble and self.drafted == 2:
            raise self._trouble
        self.drafted += 1
        answer = ANSWER if current_round() == 0 or request.id == "a" else Answer(verdict=Verdict.NO)
        return invented_draft(request.id, answer=answer)


def answers(cases: Path, out: Path, drafter: Drafter, **more: Any) -> Results:
    options = Options("answers", cases, out, **more)
    bench = Bench(drafter, AnswersScorer(), "scripted")
    return measure_bench(suite_named("answers"), options, read_cases(cases), bench, quiet())


def test_a_repeated_run_says_how_stable_each_case_is(tmp_path: Path, cases: Path) -> None:
    results = answers(cases, tmp_path / "out", _Moody(), repeat=2)
    assert results.metrics["sentence_complete"].value == round((1 + 0.5 + 0.5) / 3, 4)
    assert results.metrics["sentence_complete"].n == 3
    stable = results.stability["sentence_complete"]
    assert (stable.same, stable.spread, stable.cases) == (round(1 / 3, 4), round(2 / 3, 4), 3)
    assert [one["sentence_complete"][0] for one in results.cases[1].rounds] == [1, 0]
    lines = (tmp_path / "out" / "drafts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(row["id"], row["round"]) for row in map(json.loads, lines)][:3] == [("a", 1), ("a", 2), ("b", 1)]
    assert "Asked in the other rounds" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_an_error_in_the_middle_leaves_what_is_done_and_is_raised(tmp_path: Path, cases: Path) -> None:
    with pytest.raises(SetupError, match="gone"):
        answers(cases, tmp_path / "out", _Moody(SetupError("The database is gone.")))
    found = read_results(tmp_path / "out")
    assert (found.partial, found.run.stopped, found.run.done) == (True, "error", 2)


def test_a_previous_run_stands_beside_as_a_baseline(tmp_path: Path, cases: Path) -> None:
    first = answers(cases, tmp_path / "first", _Moody(), repeat=2)
    options = Options("answers", cases, tmp_path / "second", before=tmp_path / "first")
    bench = Bench(_Moody(), AnswersScorer(), "scripted")
    second = measure_bench(suite_named("answers"), options, read_cases(cases), bench, quiet(), first)
    assert second.baselines["previous run"]["sentence_complete"] == first.metrics["sentence_complete"]
    assert second.gains["previous run"]["sentence_complete"].value == round(1 - 2 / 3, 4)


def test_a_previous_run_of_another_suite_or_the_same_folder_is_refused(tmp_path: Path, cases: Path) -> None:
    answers(cases, tmp_path / "first", _Moody())
    wrong = Options("grounding", cases, tmp_path / "second", before=tmp_path / "first")
    with pytest.raises(BadInput, match="of answers, not of grounding"):
        run(wrong, load_settings(analyst="catalogue"), quiet())
    same = Options("answers", cases, tmp_path / "first", before=tmp_path / "first")
    with pytest.raises(BadInput, match="same folder"):
        run(same, load_settings(analyst="catalogue"), quiet())


@pytest.mark.model
def test_a_model_run_stops_at_its_budget_and_goes_on_without_asking_twice(
    tmp_path: Path, cases: Path
) -> None:
    """Through the real graph and LiteLLM, against a server of our own; four calls a draft."""
    with LoopbackModel() as model:
        settings = load_settings(
            analyst="llm",
            model="openai/loopback",
            model_api_base=model.url,
            model_price_in=10.0,
            model_price_out=10.0,
            data_dir=tmp_path / "data",
        )
        out = tmp_path / "out"
        stopped = run(Options("answers", cases, out, workers=1, budget=0.05), settings, quiet())
        assert (stopped.partial, stopped.run.stopped) == (True, "budget")
        asked = len(model.seen)
        assert 0 < stopped.run.done < 3
        assert asked == 4 * stopped.run.done
        assert stopped.run.spent >= 0.05

        whole = run(replace(load(out), budget=0.0, workers=3), settings, quiet())
        assert not whole.partial
        assert whole.run.kept == stopped.run.done
        assert len(model.seen) == 12

        elsewhere = run(Options("answers", cases, tmp_path / "other"), settings, quiet())
        assert len(model.seen) == 12  # each step lies in the cache that runs share
        assert (elsewhere.run.kept, elsewhere.run.spent) == (0, 0)
        assert elsewhere.metrics["cost"].value > 0
        assert set(elsewhere.run.prompt_hashes) == {"read", "find_gaps", "size", "propose"}
