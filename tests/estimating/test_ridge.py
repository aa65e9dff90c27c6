"""The regression on "is it at most this big?"."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimating.past import FEATURES, history, items, two_sorts
from triage.estimating import ridge
from triage.estimating.history import History, Items
from triage.estimating.ridge import Design, RidgeVoice


def fitted(known: History) -> tuple[RidgeVoice, np.ndarray]:
    values, counts = np.unique(known.sizes, return_counts=True)
    return RidgeVoice(known, values, counts / counts.sum()), values


def test_it_tells_two_sorts_of_work_apart() -> None:
    work, sizes = two_sorts(80)
    voice, values = fitted(History.of(work, sizes))
    small, large = voice.shares(items(np.eye(4)[:2])) @ values
    assert small < 6 < large
    effort = voice.effort(items(np.eye(4)[:2]))
    assert effort[0] < effort[1]


def test_shares_are_shares_even_far_from_everything_seen() -> None:
    work, sizes = two_sorts(60)
    voice, _ = fitted(History.of(work, sizes))
    shares = voice.shares(items([[30, -30, 9, 0], [-30, 30, 0, 9]]))
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx([1, 1])


def test_without_anything_to_go_by_it_says_the_base_rate() -> None:
    known = history(np.zeros((6, 3)), [1, 1, 2, 2, 2, 8])
    values = np.unique(known.sizes)
    weights = ridge.recency_weights(6)
    base = np.array([weights[known.sizes == value].sum() for value in values]) / 6
    shares = RidgeVoice(known, values, base).shares(items(np.zeros((1, 3))))
    assert shares[0] == pytest.approx(base)


def test_more_sizes_than_can_be_fitted_share_their_bins() -> None:
    chance = np.random.default_rng(3)
    known = history(chance.normal(0, 1, (90, 3)), np.arange(1, 91))
    voice, values = fitted(known)
    shares = voice.shares(known.items)
    assert shares.shape == (90, len(values)) == (90, 90)
    assert shares.sum(axis=1) == pytest.approx(np.ones(90))
    assert len({round(share, 12) for share in shares[0]}) <= ridge.MOST_CUTS


def test_the_effort_of_the_history_is_that_of_fits_without_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ridge, "recency_weights", np.ones)
    chance = np.random.default_rng(5)
    vectors, sizes = chance.normal(0, 1, (12, 3)), np.exp(chance.normal(1, 1, 12))
    voice, _ = fitted(history(vectors, sizes))
    left_out = np.array([_prediction_without(vectors, np.log(sizes), place) for place in range(12)])
    assert voice.effort_of_history == pytest.approx(left_out / left_out.std())


def _prediction_without(vectors: np.ndarray, logs: np.ndarray, place: int) -> float:
    """Ridge regression with a free intercept on all items but one, solved anew."""
    rows = np.delete(vectors, place, axis=0)
    known = np.delete(logs, place)
    middle = rows.mean(axis=0)
    centred = rows - middle
    slopes = np.linalg.solve(
        centred.T @ centred + ridge.PENALTY * np.eye(3), centred.T @ (known - known.mean())
    )
    return float(known.mean() + (vectors[place] - middle) @ slopes)


def test_an_item_of_its_own_says_nothing_about_others() -> None:
    known = history([[1, 0], [1, 0], [1, 0], [0, 1000]], [2, 2, 2, 500])
    assert np.isfinite(fitted(known)[0].effort_of_history).all()


def test_lengths_and_kinds_and_the_table_are_columns() -> None:
    features = np.zeros((2, FEATURES))
    features[:, 0] = [1, 3]
    known = Items(np.zeros((2, 2)), features, (("copy",), ("copy", "export")), np.array([1.0, np.e**2]))
    rows = Design.of(known).rows(known)
    assert rows.shape == (2, 2 + FEATURES + 2 + 1)
    assert rows[:, 2] == pytest.approx([-ridge.FEATURE_SCALE, ridge.FEATURE_SCALE])
    assert rows[:, -3:-1].tolist() == [[ridge.KIND_SCALE, 0], [ridge.KIND_SCALE, ridge.KIND_SCALE]]
    assert rows[:, -1] == pytest.approx([-ridge.TABLE_SCALE, ridge.TABLE_SCALE])


def test_what_is_not_known_of_a_new_item_counts_as_nothing() -> None:
    known = items(np.eye(2), [("copy",), ("export",)], [1, 4])
    bare = items([[0, 0]])
    assert Design.of(known).rows(bare)[0] == pytest.approx(np.zeros(2 + FEATURES + 2 + 1))


def test_a_wild_length_is_cut() -> None:
    known = Items(np.zeros((3, 1)), np.arange(3.0)[:, None])
    wild = Items(np.zeros((1, 1)), np.array([[1e9]]))
    assert Design.of(known).rows(wild)[0, 1] == pytest.approx(4 * ridge.FEATURE_SCALE)
