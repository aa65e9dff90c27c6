"""The nearest finished items and what each counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.estimating.past import history, items
from triage.estimating.comparables import NEAREST, Comparables, effective_number
from triage.estimating.history import History

ALIKE = np.zeros(2)  # equal effort
NEW = items([[1, 0]])
OLDER = 50 / 51  # what the older of two counts


def weights(known: History, effort: np.ndarray = ALIKE, mine: float = 0.0, **of_new: object) -> np.ndarray:
    values = np.unique(known.sizes)
    found = Comparables(known, effort, values).weights(items([[1, 0]], **of_new), np.array([mine]))
    assert found.sum() == pytest.approx(1)
    return found[0]


def test_the_cosine_decides() -> None:
    known = weights(history([[1, 0], [0, 1]], [2, 8]))
    assert known[0] / known[1] == pytest.approx(math.exp(1 / 0.15) * OLDER)


def test_of_equal_ones_the_newer_counts_more() -> None:
    known = weights(history([[1, 0], [1, 0]], [2, 8]))
    assert known[0] / known[1] == pytest.approx(OLDER)


def test_what_looks_equally_big_counts_more() -> None:
    known = weights(history([[1, 0], [1, 0]], [2, 8]), effort=np.array([0.5, 1.5]), mine=0.5)
    assert known[0] / known[1] == pytest.approx(math.exp(0.06 / 0.15) * OLDER)


def test_the_same_kinds_of_change_count_more() -> None:
    kinds = [("copy", "export"), ("export",)]
    known = weights(history([[1, 0], [1, 0]], [2, 8], kinds=kinds), kinds=[("copy", "export")])
    assert known[0] / known[1] == pytest.approx(math.exp((0.1 - 0.05) / 0.15) * OLDER)


def test_kinds_of_which_nothing_is_known_change_nothing() -> None:
    kinds = [("copy",), ("export",)]
    known = weights(history([[1, 0], [1, 0]], [2, 8], kinds=kinds))
    assert known[0] / known[1] == pytest.approx(OLDER)


def test_a_hundred_count_and_the_rest_does_not() -> None:
    angles = np.linspace(0, 1, 140)
    known = history(np.column_stack([np.cos(angles), np.sin(angles)]), np.ones(140))
    found = weights(known, effort=np.zeros(140))
    assert (found > 0).sum() == NEAREST
    assert (found[NEAREST + 20 :] == 0).all()


def test_shares_are_those_of_the_sizes() -> None:
    known = history([[1, 0], [1, 0], [0, 1]], [2, 8, 8])
    voice = Comparables(known, np.zeros(3), np.array([2.0, 8.0]))
    counted = np.array([[0.5, 0.3, 0.2]])
    assert voice.shares(counted) == pytest.approx(np.array([[0.5, 0.5]]))
    assert [(c.name, c.size, c.weight) for c in voice.of_first(NEW, counted)] == [
        ("a", 2, 0.5),
        ("b", 8, 0.3),
        ("c", 8, 0.2),
    ]
    assert [c.cosine for c in voice.of_first(NEW, counted)] == [1, 1, 0]


def test_what_does_not_count_is_not_named() -> None:
    known = history([[1, 0], [0, 1]], [2, 8])
    voice = Comparables(known, ALIKE, np.array([2.0, 8.0]))
    assert [c.name for c in voice.of_first(NEW, np.array([[0.0, 1.0]]))] == ["b"]


def test_how_many_say_as_much() -> None:
    assert effective_number(np.array([[0.5, 0.5, 0], [1, 0, 0]])) == pytest.approx([2, 1])
    assert effective_number(np.full((1, 8), 1 / 8)) == pytest.approx([8])
