"""Figures over several groups: a large one counts no more than a small one."""

from __future__ import annotations

import pytest

from evals.intervals import Tally
from evals.scoring.across import Summary, across, below_one, geometric_mean, lowest, mean

HALF = [Tally(1, 2)] * 3
DOUBLE = [Tally(4, 2)] * 40


@pytest.mark.parametrize(
    ("summary", "value"), [(geometric_mean, 1), (mean, 1.25), (lowest, 0.5), (below_one, 1)]
)
def test_groups_weigh_the_same_whatever_their_size(summary: Summary, value: float) -> None:
    found = across([HALF, DOUBLE], summary)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((value, value, value))
    assert found.n == 43


def test_a_group_in_which_nothing_counts_is_left_out() -> None:
    found = across([HALF, [Tally(0, 0)] * 5], mean)
    assert found is not None
    assert found.value == pytest.approx(0.5)
    assert across([[Tally(0, 0)], []], mean) is None
    assert across([], mean) is None


def test_an_error_of_nothing_counts_as_a_hundredth() -> None:
    found = across([[Tally(0, 1)], [Tally(1, 1)]], geometric_mean)
    assert found is not None
    assert found.value == pytest.approx(0.1)


def test_the_interval_is_of_resampled_cases_and_seeded() -> None:
    groups = [[Tally(float(n % 2), 1) for n in range(100)]] * 2
    found = across(groups, mean)
    assert found is not None
    assert found == across(groups, mean)
    # the standard error of one group is 0.05, of the mean of two 0.035
    assert (found.low, found.high) == pytest.approx((0.5 - 0.069, 0.5 + 0.069), abs=0.012)


def test_a_resample_without_a_case_that_counts_stands_for_the_group() -> None:
    found = across([[Tally(1, 2), Tally(0, 0), Tally(0, 0), Tally(0, 0)]], mean)
    assert found is not None
    assert (found.low, found.high) == (0.5, 0.5)
