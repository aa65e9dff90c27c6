"""Ranges that hold as often as they say, whatever the data do."""

from __future__ import annotations

from statistics import NormalDist, fmean

import numpy as np
import pytest

from triage.estimating.conformal import NARROWEST, WIDEST, Coverage, cut, miss_rate


@pytest.mark.parametrize(
    ("inside", "rate"),
    [
        ([], 0.2),
        ([True], 0.208),  # 0.2 + 0.04 * 0.2: the next range is a little narrower
        ([False], 0.168),  # 0.2 + 0.04 * (0.2 - 1): the next one is wider
        ([True] * 4 + [False], 0.2),
        ([False] * 10, 0.0),
        ([True] * 90, 0.6),
    ],
)
def test_the_miss_rate_moves_with_what_held(inside: list[bool], rate: float) -> None:
    assert miss_rate(inside) == pytest.approx(rate)


def test_a_range_can_be_cut_between_all_and_two_fifths() -> None:
    assert [cut(-0.5), cut(0.3), cut(0.9)] == [WIDEST, 0.3, NARROWEST]


@pytest.mark.parametrize("spread", [0.6, 1.0, 1.6])
def test_ranges_hold_in_four_of_five_cases_although_the_model_is_wrong(spread: float) -> None:
    """The model believes in a spread of 1; what happens is narrower, right, or wider and drifting."""
    chance = np.random.default_rng(7)
    inside: list[bool] = []
    for step in range(1500):
        reach = NormalDist().inv_cdf(1 - max(miss_rate(inside), 1e-4) / 2)
        inside.append(abs(chance.normal(0, spread * (1 + step / 5000))) <= reach)
    assert fmean(inside) == pytest.approx(0.8, abs=0.03)


def test_coverage_is_counted_over_the_last_ones() -> None:
    coverage = Coverage.of_last([False] * 10 + [True] * 33 + [False] * 7)
    assert (coverage.inside, coverage.of) == (33, 40)
    assert coverage.sentence() == "Of the last 40 ranges 33 held."


def test_coverage_of_few_and_of_none() -> None:
    assert Coverage.of_last([True, False]) == Coverage(1, 2)
    assert Coverage.of_last([]).sentence() == "No range has been put to the test yet."
