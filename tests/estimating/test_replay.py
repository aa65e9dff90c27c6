"""The past played again: an item is sized from what was finished at least ten items before it, never more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estimating.past import history, two_sorts
from triage.estimating.history import History
from triage.estimating.model import ENOUGH_HISTORY
from triage.estimating.replay import LAG, Replay, bounds, replay, stages

FIRST = ENOUGH_HISTORY + LAG - 1


def past(count: int, seed: int = 0) -> History:
    work, sizes = two_sorts(count, seed)
    return History.of(work, sizes)


def same(one: Replay, other: Replay) -> bool:
    return one.inside == other.inside and np.allclose(one.losses, other.losses, rtol=1e-9)


def test_the_first_stages() -> None:
    assert stages(FIRST, after=0) == []
    assert stages(FIRST + 1, after=0) == [(20, 29, 30)]
    assert stages(45, after=0) == [(20, 29, 39), (30, 39, 45)]
    assert stages(45, after=41) == [(30, 41, 45)]


@pytest.mark.parametrize("items", [30, 64, 500, 1207])
def test_stages_cover_every_item_once_and_keep_their_distance(items: int) -> None:
    found = stages(items, after=FIRST)
    assert [place for _, start, end in found for place in range(start, end)] == list(range(FIRST, items))
    assert all(known <= start - LAG + 1 for known, start, _ in found)


@settings(max_examples=15, derandomize=True, deadline=None, database=None)
@given(
    place=st.integers(min_value=FIRST, max_value=69),
    size=st.floats(min_value=0.1, max_value=5000),
    seed=st.integers(min_value=0, max_value=3),
)
def test_an_item_never_sees_what_was_finished_later(place: int, size: float, seed: int) -> None:
    known = past(70, seed)
    sizes, vectors = known.sizes.copy(), known.items.vectors.copy()
    sizes[place] = size
    vectors[place] = [0, 0, 0, 1]
    plain, changed = replay(known), replay(history(vectors, sizes))
    before = place - FIRST
    assert np.allclose(plain.losses[:before], changed.losses[:before])
    assert plain.inside[:before] == changed.inside[:before]
    still = before + LAG  # those that came in while it was in work
    assert np.allclose(plain.losses[before + 1 : still], changed.losses[before + 1 : still])
    assert plain.inside[before + 1 : still] == changed.inside[before + 1 : still]


@pytest.mark.parametrize("count", [FIRST, 40, 58])
def test_what_was_played_stays_and_only_the_rest_is_played(count: int) -> None:
    whole = past(70)
    earlier = replay(whole.first(count))
    fresh = replay(whole)
    assert len(earlier.inside) == max(0, count - FIRST)
    assert same(replay(whole, earlier), fresh)
    assert fresh.inside[: len(earlier.inside)] == earlier.inside


def test_another_past_is_played_from_its_beginning() -> None:
    assert same(replay(past(50), replay(past(60, seed=1))), replay(past(50)))


def test_too_little_history_has_nothing_to_tell() -> None:
    played = replay(past(FIRST))
    assert played.inside == ()
    assert played.miss_rate == 0.2
    assert played.trust.items == 0


def test_what_tells_the_sorts_apart_earns_trust_and_ranges_hold() -> None:
    played = replay(past(150))
    base, comparables, ridge, _ = played.losses.mean(axis=0)
    assert max(comparables, ridge) < base / 2
    assert played.trust.weights["base rate"] < 0.05
    assert 0.7 < np.mean(played.inside) < 0.9


def test_a_voice_that_does_not_speak_is_judged_like_the_base_rate() -> None:
    losses = replay(past(60)).losses
    assert np.array_equal(losses[:, 3], losses[:, 0])  # there is no table


def test_a_range_is_cut_at_both_quantiles() -> None:
    values, shares = np.array([1.0, 2, 3, 4]), np.full(4, 0.25)
    assert bounds(values, shares, 0.5) == (1, 3)
    assert bounds(values, shares, 0.6) == (2, 3)
    assert bounds(values, shares, 0.0) == (1, 4)
