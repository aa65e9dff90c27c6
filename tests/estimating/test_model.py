"""The voices of one history and their mixture."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimating.past import history, items, two_sorts
from triage.estimating.history import History
from triage.estimating.model import ENOUGH_HISTORY, FEW_COMPARABLES, SizeModel, Voices, mixture, weights_of
from triage.estimating.trust import BASE, COMPARABLES, RIDGE, TABLE, Trust

NEW = items([[1, 0, 0, 0]])


def test_with_little_history_the_base_rate_speaks_alone() -> None:
    work, sizes = two_sorts(ENOUGH_HISTORY - 1)
    model = SizeModel(History.of(work, sizes))
    voices = model.voices(NEW)
    assert list(voices.said) == [BASE]
    assert voices.effective_comparables == [0]
    assert weights_of(voices, Trust.usual())[BASE] == [1]
    assert model.comparables_of_first(NEW, voices) == ()


def test_the_base_rate_is_of_the_sizes_the_late_ones_more() -> None:
    model = SizeModel(history(np.eye(2), [2, 8]))
    older = (50 / 51) / (1 + 50 / 51)
    assert model.values.tolist() == [2, 8]
    assert model.voices(items(np.eye(2)[:1])).said[BASE][0] == pytest.approx([older, 1 - older])


def test_with_enough_history_all_speak_and_the_table_when_there_is_one() -> None:
    work, sizes = two_sorts(ENOUGH_HISTORY)
    plain = SizeModel(History.of(work, sizes))
    assert list(plain.voices(NEW).said) == [BASE, COMPARABLES, RIDGE]
    assert not plain.corrects_table
    tabled = SizeModel(history(work.vectors, sizes, table=[4] * len(sizes)))
    assert list(tabled.voices(items([[1, 0, 0, 0]], table=[4])).said) == [BASE, COMPARABLES, RIDGE, TABLE]
    assert list(tabled.voices(NEW).said) == [BASE, COMPARABLES, RIDGE]
    assert tabled.corrects_table


def test_what_few_comparables_lose_goes_to_the_base_rate() -> None:
    one, none = np.array([[1.0, 0, 0]]), np.ones((1, 1))
    said = {BASE: none, COMPARABLES: none, RIDGE: none}
    weights = weights_of(Voices(said, one), Trust({BASE: 0.2, COMPARABLES: 0.4, RIDGE: 0.4, TABLE: 0.0}))
    counts = 0.4 / (1 + FEW_COMPARABLES)
    assert weights[COMPARABLES] == pytest.approx([counts])
    assert weights[RIDGE] == pytest.approx([0.4])
    assert weights[BASE] == pytest.approx([0.2 + 0.4 - counts])


def test_a_voice_that_is_silent_leaves_its_weight_to_the_others() -> None:
    near, none = np.full((1, 3), 1 / 3), np.ones((1, 1))
    voices = Voices({BASE: none, COMPARABLES: none, RIDGE: none}, near)
    weights = weights_of(voices, Trust({BASE: 0.1, COMPARABLES: 0.2, RIDGE: 0.2, TABLE: 0.5}))
    assert weights[RIDGE] == pytest.approx([0.4])
    assert sum(weights.values()) == pytest.approx([1])


def test_the_mixture_follows_the_weights() -> None:
    said = {BASE: np.array([[1.0, 0]]), COMPARABLES: np.array([[0, 1.0]]), RIDGE: np.array([[0, 1.0]])}
    voices = Voices(said, np.full((1, 3), 1 / 3))  # three comparables: they count half
    trust = Trust({BASE: 0.2, COMPARABLES: 0.4, RIDGE: 0.4, TABLE: 0.0})
    assert mixture(voices, trust) == pytest.approx(np.array([[0.4, 0.6]]))
