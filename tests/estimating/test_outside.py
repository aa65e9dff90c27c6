"""The shipped table and a model's opinion."""

from __future__ import annotations

import math

import pytest

from triage.estimating.outside import LEAST_PAST, MODEL, PastOpinion, cold_start, opinion


def halves(count: int) -> list[PastOpinion]:
    """It always said half of what it turned out to be; sizes from 2 to 64."""
    return [PastOpinion(2.0 ** (n % 6), 2.0 ** (n % 6 + 1)) for n in range(count)]


@pytest.mark.parametrize(("items", "weight"), [(0, 1), (1, 10), (10, 1), (20, 0.5), (90, 1 / 9)])
def test_the_shipped_table_counts_like_ten_finished_items(items: int, weight: float) -> None:
    voice = cold_start(2, 8, items)
    assert voice.weight == pytest.approx(weight)
    assert voice.distribution.median == pytest.approx(4)


def test_an_opinion_is_put_right_by_what_its_past_was_wrong_by() -> None:
    voice = opinion(3, halves(20))
    assert voice is not None
    assert voice.name == MODEL
    assert voice.distribution.values == (pytest.approx(6),)
    assert voice.weight == pytest.approx(0.5 * 20 / 30)  # without any scatter left: all of its part
    assert "opinion of 3" in voice.why
    assert "20 past opinions" in voice.why


def test_its_scatter_makes_it_wide() -> None:
    past = [PastOpinion(2.0 ** (n % 6), 2.0 ** (n % 6) * (0.5, 1, 2)[n % 3]) for n in range(30)]
    voice = opinion(4, past)
    assert voice is not None
    assert voice.distribution.values == pytest.approx((2, 4, 8))
    assert 0 < voice.weight < 0.5 * 30 / 40


def test_never_by_itself() -> None:
    assert opinion(3, []) is None
    assert opinion(3, halves(LEAST_PAST - 1)) is None
    assert opinion(3, halves(LEAST_PAST)) is not None


def test_one_that_is_no_better_than_the_middle_does_not_count() -> None:
    reversed_sizes = [PastOpinion(11.0 - size, float(size)) for size in range(1, 11)]
    assert opinion(3, reversed_sizes) is None
    assert opinion(3, [PastOpinion(2.0, 5.0)] * 20) is None  # where all sizes are equal it adds nothing


@pytest.mark.parametrize("said", [0, -1, math.nan, math.inf, 1e9])
def test_an_opinion_that_cannot_be_does_not_count(said: float) -> None:
    assert opinion(said, halves(20)) is None


def test_past_opinions_that_cannot_be_are_left_out() -> None:
    absurd = [PastOpinion(0, 3), PastOpinion(3, math.nan), PastOpinion(-1, 2)]
    assert opinion(3, [*halves(LEAST_PAST - 1), *absurd]) is None


def test_a_slip_of_the_pen_is_cut() -> None:
    voice = opinion(1, [*halves(30), PastOpinion(0.001, 10)])
    assert voice is not None
    assert max(voice.distribution.values) == pytest.approx(20)
