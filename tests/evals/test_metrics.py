"""Every measure against an example worked out by hand."""

from __future__ import annotations

import pytest

from evals.intervals import Tally
from evals.measures import HIDDEN_WORK, by_name
from evals.metrics import (
    Scores,
    category_tallies,
    differences,
    mean_of,
    recall,
    size_tallies,
    summarise,
    very_thing_tallies,
)
from evals.suites import SUITES, Suite
from tests.evals.material import case
from triage.domain import Category, TShirt

C = Category
HIDDEN = [("permissions", "a"), ("permissions", "b"), ("audit", "c"), ("scale", "d")]


def test_recall_counts_items_not_categories() -> None:
    asked = [C.BILLING, C.PERMISSIONS, C.SSO, C.AUDIT]
    assert recall(case(hidden=HIDDEN), asked, 3) == Tally(2, 4)  # both items of permissions
    assert recall(case(hidden=HIDDEN), asked, 5) == Tally(3, 4)


def test_only_five_questions_count() -> None:
    asked = [C.BILLING, C.SSO, C.IMPORTS, C.SUPPORT, C.SETUP, C.PERMISSIONS]
    found = category_tallies(case(hidden=HIDDEN, irrelevant=["sso", "permissions"]), asked)
    assert found["recall@5"] == Tally(0, 4)
    assert found["irrelevant_share"] == Tally(1, 5)
    assert found["questions"] == Tally(5, 1)


def test_questions_on_small_requests_count_only_there() -> None:
    assert category_tallies(case(), [C.SSO, C.SCALE])["questions_on_small"] == Tally(2, 1)
    assert category_tallies(case(), [])["questions_on_small"] == Tally(0, 1)
    assert category_tallies(case(hidden=HIDDEN), [C.SSO])["questions_on_small"] == Tally(0, 0)


@pytest.mark.parametrize(
    ("drafted", "exact", "near", "bias"),
    [(TShirt.M, 1, 1, 0), (TShirt.L, 0, 1, 1), (TShirt.XS, 0, 0, -2)],
)
def test_sizes_in_steps(drafted: TShirt, exact: int, near: int, bias: int) -> None:
    found = size_tallies(case(size=TShirt.M), drafted)
    assert [found[name].part for name in ("size_exact", "size_within_one", "size_bias")] == [
        exact,
        near,
        bias,
    ]


def test_an_unknown_size_does_not_count() -> None:
    assert {tally.whole for tally in size_tallies(case(), TShirt.M).values()} == {0}


def test_the_very_thing_takes_the_best_of_the_first_questions() -> None:
    rows = [[0.1, 0.2, 0.3, 0.9, 0.0], [0.6, 0.5, 0.1, 0.1, 0.1], []]
    found = very_thing_tallies(rows, threshold=0.5)
    assert found["very_thing@3"] == Tally(1, 3)
    assert found["very_thing@5"] == Tally(2, 3)
    assert found["very_thing_expected@3"].part == pytest.approx(0.9)
    assert found["very_thing_expected@5"].part == pytest.approx(1.5)


def test_a_summary_weighs_items_not_cases() -> None:
    scores = [Scores("a", {"recall@5": Tally(1, 1)}), Scores("b", {"recall@5": Tally(0, 3)})]
    assert summarise(scores, HIDDEN_WORK)["recall@5"].value == pytest.approx(0.25)
    assert summarise(scores, HIDDEN_WORK)["recall@5"].n == 4
    assert "size_exact" not in summarise(scores, HIDDEN_WORK)


def test_differences_are_over_the_cases_that_both_have() -> None:
    before = [Scores("a", {"recall@5": Tally(0, 2)}), Scores("gone", {"recall@5": Tally(2, 2)})]
    after = [Scores("new", {"recall@5": Tally(0, 9)}), Scores("a", {"recall@5": Tally(1, 2)})]
    assert differences(before, after, HIDDEN_WORK)["recall@5"].value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("recall@5", 0.7, 0.6, 0.1),
        ("irrelevant_share", 0.1, 0.3, 0.2),
        ("size_bias", -0.5, 0.2, -0.3),
        ("questions", 3, 5, 0.0),
    ],
)
def test_worse_depends_on_the_measure(name: str, before: float, after: float, expected: float) -> None:
    assert by_name(HIDDEN_WORK)[name].worsening(before, after) == pytest.approx(expected)


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_measures_have_names_of_their_own_and_one_is_the_headline(suite: Suite) -> None:
    assert len(by_name(suite.measures)) == len(suite.measures)
    assert suite.headline in by_name(suite.measures)


def test_a_case_drafted_several_times_counts_once() -> None:
    rounds = [Scores("a", {"recall@5": Tally(hits, 3)}) for hits in (1, 3)]
    assert mean_of(rounds) == Scores("a", {"recall@5": Tally(2, 3)})
