"""Sizes with weights: quantiles, ranges, mixtures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.estimating.distribution import Distribution, mixed


def test_equal_sizes_are_added_up_and_weights_normed() -> None:
    assert Distribution.of([3, 1, 1, 5]) == Distribution((1, 3, 5), (0.5, 0.25, 0.25))
    assert Distribution.of([4, 2], [3, 1]) == Distribution((2, 4), (0.25, 0.75))


@pytest.mark.parametrize(("share", "size"), [(0, 1), (0.5, 1), (0.51, 3), (0.75, 3), (0.76, 5), (1, 5)])
def test_a_quantile_is_the_smallest_size_that_is_seldom_enough_exceeded(share: float, size: float) -> None:
    assert Distribution.of([3, 1, 1, 5]).quantile(share) == size


def test_the_median_and_the_range() -> None:
    ten = Distribution.of(range(1, 11))
    assert ten.median == 5
    assert ten.range(0.2) == (1, 9)
    assert ten.range(0.4) == (2, 8)
    assert ten.range(0) == (1, 10)


def test_between_holds_four_in_five_and_its_middle_is_geometric() -> None:
    skewed = Distribution.between(2, 8)
    assert skewed.median == pytest.approx(4)
    assert skewed.range(0.2) == (pytest.approx(2), pytest.approx(8))
    assert Distribution.between(3, 3).values == (pytest.approx(3),)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 1), (1, math.inf), (math.nan, 1)])
def test_between_refuses_what_is_no_range(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="no range"):
        Distribution.between(low, high)


@pytest.mark.parametrize(
    ("values", "weights"),
    [
        ((), ()),
        ((1,), (0.5, 0.5)),
        ((2, 1), (0.5, 0.5)),
        ((1, 1), (0.5, 0.5)),
        ((0, 1), (0.5, 0.5)),
        ((1, math.inf), (0.5, 0.5)),
        ((1, 2), (1.5, -0.5)),
        ((1, 2), (0.5, 0.4)),
    ],
)
def test_what_is_no_distribution_is_refused(values: tuple[float, ...], weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"distribution|values|weights"):
        Distribution(values, weights)


def test_nothing_is_no_distribution() -> None:
    with pytest.raises(ValueError, match="a size with a weight"):
        Distribution.of([])
    with pytest.raises(ValueError, match="a size with a weight"):
        Distribution.of([1, 2], [0, 0])


def test_a_mixture_weighs_its_parts() -> None:
    parts = [(1, Distribution.of([2])), (3, Distribution.of([4, 8])), (0, Distribution.of([99]))]
    assert mixed(parts) == Distribution((2, 4, 8), (0.25, 0.375, 0.375))


SIZES = st.lists(st.floats(min_value=0.01, max_value=1e4), min_size=1, max_size=30)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(SIZES, st.floats(min_value=0, max_value=0.6))
def test_a_range_holds_what_it_says_and_the_median(sizes: list[float], miss: float) -> None:
    said = Distribution.of(sizes)
    low, high = said.range(miss)
    assert low <= said.median <= high
    held = math.fsum(w for v, w in zip(said.values, said.weights, strict=True) if low <= v <= high)
    assert held >= 1 - miss - 1e-6
