from __future__ import annotations

import pytest

from evals.intervals import Tally, difference, estimate


def test_the_value_is_the_ratio_of_sums() -> None:
    found = estimate([Tally(1, 4), Tally(3, 4)])
    assert found is not None
    assert (found.value, found.n) == (0.5, 8)
    assert (found.low, found.high) == (0.25, 0.75)  # a quarter of the resamples at either end


def test_an_interval_is_near_the_known_one_for_a_share() -> None:
    found = estimate([Tally(float(place < 50), 1) for place in range(100)])
    assert found is not None
    assert found.low == pytest.approx(0.40, abs=0.02)  # 0.5 ± 1.96 * sqrt(0.25 / 100)
    assert found.high == pytest.approx(0.60, abs=0.02)


def test_the_same_scores_give_the_same_interval() -> None:
    tallies = [Tally(place % 3, 3) for place in range(20)]
    assert estimate(tallies) == estimate(tallies)


def test_cases_that_do_not_count_change_nothing_but_the_draws() -> None:
    assert estimate([Tally(0, 0)]) is None
    assert estimate([]) is None
    found = estimate([Tally(1, 2), Tally(0, 0), Tally(0, 0)])
    assert found is not None
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_a_paired_difference_is_narrow_when_every_case_gains_alike() -> None:
    before = [Tally(place % 5, 5) for place in range(30)]
    after = [Tally(place % 5 + 1, 5) for place in range(30)]
    found = difference(before, after)
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert found.high - found.low < 1e-9


def test_a_pair_needs_two_sides_of_the_same_length() -> None:
    with pytest.raises(ValueError, match="same cases"):
        difference([Tally(1, 1)], [])
