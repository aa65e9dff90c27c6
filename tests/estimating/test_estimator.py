"""All of it: honest with much history, with little, and with bad history."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimating.past import items, two_sorts
from triage.estimating.distribution import Distribution
from triage.estimating.estimator import DOUBT, NOTHING, NOTHING_KNOWN, Estimate, SizeEstimator
from triage.estimating.outside import OutsideVoice, cold_start
from triage.estimating.trust import BASE

SMALL, LARGE = items([[1, 0, 0, 0]]), items([[0, 1, 0, 0]])


def fitted(count: int) -> SizeEstimator:
    return SizeEstimator.fit(*two_sorts(count))


def sound(estimate: Estimate) -> None:
    """True of every estimate, however bad its grounds."""
    assert 0 < estimate.low <= estimate.median <= estimate.high < math.inf
    assert math.isclose(sum(estimate.rests_on.voices.values()), 1)


def test_much_history_tells_small_from_large_and_says_what_it_rests_on() -> None:
    estimator = fitted(120)
    small, large = estimator.estimate(SMALL), estimator.estimate(LARGE)
    sound(small)
    sound(large)
    assert small.high < large.low
    assert small.rests_on.items == 120
    assert 20 < small.rests_on.comparables < 70
    assert small.coverage.of == 40
    assert sum(counted.weight for counted in small.comparables) == pytest.approx(1)
    assert all(counted.size < 6 for counted in small.comparables[:5])


def test_no_history_at_all_is_wide_and_says_so() -> None:
    estimate = SizeEstimator.fit(items(np.zeros((0, 4))), []).estimate(SMALL)
    sound(estimate)
    assert estimate.distribution == NOTHING_KNOWN
    assert estimate.rests_on.voices == {NOTHING: 1}
    assert estimate.rests_on.items == estimate.coverage.of == 0
    assert estimate.high / estimate.low > 20


def test_no_history_but_a_table_is_the_table() -> None:
    estimate = SizeEstimator.fit(items(np.zeros((0, 4))), []).estimate(SMALL, [cold_start(2, 8, 0)])
    assert (estimate.low, estimate.median, estimate.high) == pytest.approx((2, 4, 8))


def test_one_item_is_no_certainty() -> None:
    estimate = SizeEstimator.fit(LARGE, [6.0]).estimate(SMALL)
    sound(estimate)
    assert estimate.low < 6 < estimate.high
    assert estimate.rests_on.voices == pytest.approx({BASE: 0.5, DOUBT: 0.5})
    assert estimate.rests_on.comparables == 0
    assert estimate.comparables == ()


@pytest.mark.parametrize("count", [2, 19, 20, 60])
def test_equal_sizes_are_answered(count: int) -> None:
    work, _ = two_sorts(count)
    estimate = SizeEstimator.fit(work, [3.0] * count).estimate(SMALL)
    sound(estimate)
    assert estimate.median == 3


def test_sizes_that_are_missing_or_absurd_are_left_out_and_told() -> None:
    work, sizes = two_sorts(40)
    bad: list[float | None] = [*sizes]
    bad[3::4] = [None, -1.0, 1e12, math.nan, math.inf, 0.0, None, None, 1e300, None]
    estimator = SizeEstimator.fit(work, bad)
    estimate = estimator.estimate(LARGE)
    sound(estimate)
    assert estimate.rests_on.items == estimator.items == 30
    assert estimate.rests_on.left_out.total == 10
    assert estimate.high < 100


def test_a_history_of_nothing_usable_is_no_history() -> None:
    estimate = SizeEstimator.fit(items(np.eye(4)), [None, 0.0, -3.0, 1e9]).estimate(SMALL)
    assert estimate.rests_on.voices == {NOTHING: 1}
    assert estimate.rests_on.left_out.total == 4


def test_one_row_imported_a_thousand_times_does_not_drown_the_rest() -> None:
    work, sizes = two_sorts(40)
    copies = items(np.vstack([work.vectors, np.tile([0, 1, 0, 0], (1000, 1))]))
    estimator = SizeEstimator.fit(copies, [*sizes, *[500.0] * 1000])
    assert estimator.items == 50
    assert estimator.estimate(SMALL).median < 10


def test_an_item_that_is_its_own_past_is_still_only_one_of_many() -> None:
    work, sizes = two_sorts(60)
    sizes[0] = 900.0  # one of the small ones
    estimate = SizeEstimator.fit(work, sizes).estimate(work.at(slice(0, 1)))
    sound(estimate)
    assert estimate.median < 20


def test_texts_of_which_the_encoder_knows_no_word_get_the_base_rate() -> None:
    work, sizes = two_sorts(60)
    blank = SizeEstimator.fit(items(np.zeros((60, 4))), sizes).estimate(items(np.zeros((1, 4))))
    sound(blank)
    assert blank.low < 4 < blank.high
    assert blank.high > 10
    sound(SizeEstimator.fit(work, sizes).estimate(items(np.zeros((1, 4)))))


def test_an_outside_voice_counts_by_its_weight_and_says_why() -> None:
    estimator = fitted(60)
    voice = OutsideVoice("model", Distribution.of([400]), 1.0, "Because.")
    silent = OutsideVoice("other", Distribution.of([900]), 0.0, "Not heard.")
    estimate = estimator.estimate(SMALL, [voice, silent])
    assert estimate.rests_on.voices["model"] == pytest.approx(0.5)
    assert "other" not in estimate.rests_on.voices
    assert estimate.reasons == ("Because.",)
    assert estimate.high == 400


def test_fitting_again_gives_what_fitting_afresh_gives() -> None:
    work, sizes = two_sorts(70)
    earlier = SizeEstimator.fit(work.at(slice(0, 55)), sizes[:55])
    again, fresh = SizeEstimator.fit(work, sizes, earlier), SizeEstimator.fit(work, sizes)
    assert again.estimate(SMALL) == fresh.estimate(SMALL)
    assert SizeEstimator.fit(work, sizes, fresh).estimate(SMALL) == fresh.estimate(SMALL)


def test_many_at_once_are_sized_like_one_at_a_time() -> None:
    estimator = fitted(90)
    work, _ = two_sorts(8, seed=9)
    batch = estimator.estimate_all(work)
    for place in range(8):
        one = estimator.estimate(work.at(slice(place, place + 1)))
        assert (batch.medians[place], batch.lows[place], batch.highs[place]) == (
            one.median,
            one.low,
            one.high,
        )


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="one item at a time"):
        fitted(5).estimate(items(np.eye(4)))
    with pytest.raises(ValueError, match="no history"):
        SizeEstimator.fit(items(np.zeros((0, 4))), []).estimate_all(SMALL)


ANY_SIZE = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=32), st.just(2.0))


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(sizes=st.lists(ANY_SIZE, max_size=35), seed=st.integers(min_value=0, max_value=5))
def test_whatever_the_history_holds_there_is_an_answer(sizes: list[float | None], seed: int) -> None:
    work, _ = two_sorts(max(1, len(sizes)), seed)
    estimator = SizeEstimator.fit(work.at(slice(0, len(sizes))), sizes)
    estimate = estimator.estimate(SMALL, [cold_start(1, 4, estimator.items)])
    sound(estimate)
    assert estimate.rests_on.items + estimate.rests_on.left_out.total == len(sizes)
