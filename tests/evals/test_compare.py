from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from evals.compare import compare, comparison_of, read_tolerances
from evals.comparing.tables import as_markdown
from evals.results import CaseScores, Judge, Results, Run, open_folder, read_results, write_results
from evals.suites import suite_named
from triage.cli import app
from triage.errors import BadFile, BadInput

RUN = Run(
    suite="hidden-work",
    cases_file="cases.jsonl",
    cases_digest="0" * 64,
    cases=20,
    done=20,
    stream=False,
    history="none",
    product_map="",
    knowledge="",
    analyst="catalogue",
    model="",
    prompt_hashes={},
    catalogue="c",
    encoder="words",
    version="0",
    started="2025-01-01T00:00:00+00:00",
    seconds=1.0,
    degraded=0,
    judge=Judge(digest="m", kappa=0.6, bias=0.0),
)


def results(hits: int, *, cases: int = 20, questions: float = 1.0, **changes: object) -> Results:
    """`hits` of the cases had their one hidden item asked; every case also counts as a small one."""
    scores = tuple(
        CaseScores(
            id=f"case-{place}",
            tallies={
                "very_thing@5": (float(place < hits), 1.0),
                "recall@5": (1.0, 1.0),
                "questions_on_small": (questions, 1.0),
                "seconds": (0.5, 1.0),
            },
            kinds=("export",) if place % 2 else ("copy",),
            categories={"audit" if place < 4 else "scale": (float(place < hits), 1.0)},
        )
        for place in range(cases)
    )
    plain = Results(partial=False, run=RUN, metrics={}, baselines={}, gains={}, cases=scores)
    return plain.model_copy(update=changes)


def exit_code(tmp_path: Path, before: Results, after: Results, *tolerances: str) -> int:
    folders = []
    for name, one in (("a", before), ("b", after)):
        folders.append(open_folder(tmp_path / name))
        write_results(folders[-1], one)
    options = [part for tolerance in tolerances for part in ("--tolerance", tolerance)]
    found = CliRunner().invoke(app, ["eval", "compare", *map(str, folders), *options])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code


def test_the_same_run_does_not_regress(tmp_path: Path) -> None:
    assert exit_code(tmp_path, results(10), results(10)) == 0


def test_a_fall_of_the_headline_past_two_hundredths_fails(tmp_path: Path) -> None:
    assert exit_code(tmp_path, results(10), results(9)) == 1  # 0.50 -> 0.45
    assert exit_code(tmp_path, results(9), results(10)) == 0


def test_a_named_tolerance_replaces_the_default(tmp_path: Path) -> None:
    assert exit_code(tmp_path, results(10), results(9), "very_thing@5=0.05") == 0
    assert exit_code(tmp_path, results(10), results(9), "very_thing@5=0.04") == 1


def test_more_questions_on_small_requests_is_worse(tmp_path: Path) -> None:
    before, after = results(10, questions=1.0), results(10, questions=2.0)
    assert exit_code(tmp_path, before, after) == 0  # no tolerance was given for it
    assert exit_code(tmp_path, before, after, "questions_on_small=0.5") == 1
    assert exit_code(tmp_path, after, before, "questions_on_small=0.5") == 0


@pytest.mark.parametrize(
    "bad", ["very_thing@5", "very_thing@5=much", "colour=0.1", "recall@5=-1", "recall@5=nan"]
)
def test_a_tolerance_that_cannot_be_read_is_refused(bad: str) -> None:
    with pytest.raises(BadInput, match="no tolerance"):
        read_tolerances([bad], suite_named("hidden-work"))


def test_only_common_cases_count_and_it_says_so() -> None:
    found = comparison_of(results(10, cases=10), results(10, cases=20), {"very_thing@5": 0.02})
    assert found.cases == 10
    assert not found.regressed
    assert any("Only the 10 cases" in note for note in found.notes)


def test_a_partial_run_is_named() -> None:
    found = comparison_of(results(10, partial=True), results(10), {})
    assert any("first run was interrupted" in note for note in found.notes)


def test_runs_without_a_common_case_or_of_other_suites_are_refused() -> None:
    with pytest.raises(BadInput, match="no case in common"):
        comparison_of(results(0, cases=0), results(10), {})
    other = results(10, run=RUN.model_copy(update={"suite": "answers"}))
    with pytest.raises(BadInput, match="answers"):
        comparison_of(results(10), other, {})


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"holds no results\.json"):
        read_results(tmp_path)
    (tmp_path / "results.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadFile, match="not of this version"):
        read_results(tmp_path)


def test_tolerances_are_those_of_the_suite() -> None:
    assert read_tolerances([], suite_named("answers")) == {"rules_met": 0.02}
    assert read_tolerances(["reading_age=1"], suite_named("answers"))["reading_age"] == 1
    with pytest.raises(BadInput, match="rules_met"):
        read_tolerances(["very_thing@5=0.1"], suite_named("answers"))


def test_the_headline_is_compared_by_category_and_by_kind() -> None:
    found = comparison_of(results(10), results(2), {})
    by_category = {row.name: (row.before, row.after, row.change.n) for row in found.by_category}
    assert by_category == {"scale": (6 / 16, 0, 16), "audit": (1, 0.5, 4)}
    by_kind = {row.name: (row.before, row.after) for row in found.by_kind}
    assert by_kind == {"copy": (0.5, 0.1), "export": (0.5, 0.1)}


def run_folder(folder: Path, one: Results, *questions: str) -> Path:
    """A run whose drafts all ask the same."""
    write_results(open_folder(folder), one)
    asked = [{"category": "audit", "question": text} for text in questions]
    drafts = [
        {"id": case.id, "questions": asked, "size": "M", "answer": {"sentence": "Yes | no."}}
        for case in one.cases
    ]
    (folder / "drafts.jsonl").write_text("\n".join(map(json.dumps, drafts)), encoding="utf-8")
    return folder


def test_the_ten_cases_that_changed_most_come_with_both_drafts(tmp_path: Path) -> None:
    old, new = results(12), results(0)
    folders = (
        run_folder(tmp_path / "a", old, "Old?", "Both?"),
        run_folder(tmp_path / "b", new, "Both?", "New?"),
    )
    changed = comparison_of(old, new, {}, folders).changed
    assert len(changed) == 10
    assert {change.before for change in changed} == {1.0}  # those that lost a hit, not those that only moved
    first = changed[0]
    assert first.first
    assert first.second
    assert [(one.question, one.other) for one in first.first.questions] == [("Old?", True), ("Both?", False)]
    assert [(one.question, one.other) for one in first.second.questions] == [("Both?", False), ("New?", True)]


def test_a_case_that_stayed_as_it_was_is_not_among_them(tmp_path: Path) -> None:
    old = results(10)
    folders = (run_folder(tmp_path / "a", old, "Both?"), run_folder(tmp_path / "b", old, "Both?"))
    assert comparison_of(old, old, {}, folders).changed == ()


def test_the_comment_holds_verdict_tables_and_drafts(tmp_path: Path) -> None:
    before = run_folder(tmp_path / "a", results(10), "Old <b>?")
    after = run_folder(tmp_path / "b", results(5), "New?")
    comment = tmp_path / "comment.md"
    assert compare(before, after, (), Console(quiet=True), comment)
    text = comment.read_text(encoding="utf-8")
    assert text.startswith("## hidden-work: b against a")
    assert "❌ **Regressed past tolerance: very_thing@5**" in text
    assert "| very_thing@5 | 0.500 | 0.250 | -0.250 |" in text
    assert "<summary>By category</summary>" in text
    assert "~~audit: Old &lt;b>?~~" in text
    assert "Yes \\| no." in text
    assert "A draft takes 0.50 s → 0.50 s." in text


def test_a_comment_fits_into_a_pull_request(tmp_path: Path) -> None:
    long = "Is it so? " * 3000
    before = run_folder(tmp_path / "a", results(10), long)
    after = run_folder(tmp_path / "b", results(5), "New?")
    found = comparison_of(results(10), results(5), {}, (before, after))
    assert len(as_markdown(found, "a", "b")) < 65_536


def test_a_comment_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    before = run_folder(tmp_path / "a", results(10))
    with pytest.raises(BadFile, match="cannot be written"):
        compare(before, before, (), Console(quiet=True), tmp_path / "no" / "comment.md")
