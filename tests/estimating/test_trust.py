"""How much each voice counts, and the score by which it is judged."""

from __future__ import annotations

import math

import numpy as np
import pytest

from triage.estimating.trust import BASE, COMPARABLES, REMEMBERED, RIDGE, TABLE, VOICES, Trust, crps

E = math.e


def test_before_anything_is_known_each_counts_as_usual() -> None:
    usual = Trust.usual()
    assert usual == Trust.earned(np.empty((0, 4)))
    assert usual.weights[BASE] == pytest.approx(0.4 / 1.4)
    assert usual.weights[TABLE] == pytest.approx(0.4 / 1.4)


def test_voices_that_do_equally_well_keep_their_usual_weights() -> None:
    assert Trust.earned(np.full((70, 4), 0.3)).weights == pytest.approx(Trust.usual().weights)


def test_a_voice_that_errs_less_counts_more() -> None:
    losses = np.tile([1, 1, 1, 0.95], (50, 1))  # fifty items: half of the sharpness, a power of 10
    worse = 0.95**10
    total = 0.4 + worse * (0.4 + 0.3 + 0.3)
    earned = Trust.earned(losses)
    assert earned.items == 50
    assert earned.weights == pytest.approx(
        {
            BASE: 0.4 * worse / total,
            COMPARABLES: 0.3 * worse / total,
            RIDGE: 0.3 * worse / total,
            TABLE: 0.4 / total,
        }
    )


def test_the_more_is_known_the_more_it_matters() -> None:
    def ridge(count: int) -> float:
        return Trust.earned(np.tile([1, 1, 0.9, 1], (count, 1))).weights[RIDGE]

    assert ridge(1) < ridge(20) < ridge(150)


def test_what_was_long_ago_is_forgiven() -> None:
    bad = np.tile([1, 9, 1, 1], (40, 1))
    good = np.ones((REMEMBERED, 4))
    assert Trust.earned(np.vstack([bad, good])).weights == pytest.approx(Trust.usual().weights)


def test_a_perfect_voice_divides_by_nothing() -> None:
    weights = Trust.earned(np.tile([0.5, 0, 0.5, 0.5], (60, 1))).weights
    assert weights[COMPARABLES] == pytest.approx(1)
    assert math.isclose(sum(weights[voice] for voice in VOICES), 1)


@pytest.mark.parametrize(
    ("shares", "size", "score"),
    [
        ([1, 0], 1, 0),  # said so, and it was
        ([1, 0], E, 1),  # all on one size: the distance of the logarithms
        ([0.5, 0.5], 1, 0.25),
        ([0.5, 0.5], E, 0.25),
        ([0.2, 0.8], E, 0.04),
        ([0.5, 0.5], E**0.5, 0.25),  # half the way below, half above
        ([0, 1], E**3, 2),  # larger than anything seen
        ([1, 0], 1 / E, 1),  # smaller than anything seen
    ],
)
def test_the_score_by_hand(shares: list[float], size: float, score: float) -> None:
    found = crps(np.array([1, E]), np.array([shares]), np.array([size]))
    assert found == pytest.approx([score], abs=1e-12)


def test_the_score_over_three_sizes() -> None:
    values = np.array([1, E, E**3])
    shares = np.array([[0.25, 0.5, 0.25]])
    # (0.25)² over 0..1 is missed above, as it was e: 0.0625 * 1 + (0.75 - 1)² * 2
    assert crps(values, shares, np.array([E])) == pytest.approx([0.0625 + 0.125])
