from __future__ import annotations

import math

import numpy as np
import pytest

from evals.retrieval.training import BY_HAND, EDGE, Lists, fitted, quality, shipped
from triage.analysts.weights import load_weights
from triage.retrieval.learning import JudgedList
from triage.retrieval.search import WEIGHTS
from triage.retrieval.signs import SIGNS

WORDS = SIGNS.index("words")


def rows(*words: float) -> np.ndarray:
    """One row for each figure of `words`, the other signs alike."""
    made = np.full((len(words), len(SIGNS)), 0.5)
    made[:, WORDS] = words
    return made


def only(**weights: float) -> np.ndarray:
    return np.array([weights.get(sign, 0.0) for sign in SIGNS])


def test_quality_counts_what_is_no_candidate_as_missed() -> None:
    kept = np.array([False, True])
    lists = [JudgedList(rows(0.9, 0.1), kept), JudgedList(rows(0.1, 0.9), kept)]
    second = 1 / math.log2(3)
    assert quality(lists, [0, 0], only(words=1.0)) == pytest.approx((second + 1) / 2)
    one_lost = 1 / (1 + second)
    assert quality(lists, [0, 1], only(words=1.0)) == pytest.approx((second + one_lost) / 2)


def test_collections_count_the_same_and_what_they_do_not_know_stays() -> None:
    """A hundred lists that like the word beside ten that do not: neither wins."""
    likes = [JudgedList(rows(0.9, 0.1), np.array([True, False]))] * 100
    dislikes = [JudgedList(rows(0.9, 0.1), np.array([False, True]))] * 10
    large, small = (
        Lists(name, lists, lists, [0] * len(lists), 0.5)
        for name, lists in (("large", likes), ("small", dislikes))
    )
    both = fitted([large, small])
    assert both[WORDS] == pytest.approx(0.0, abs=0.02)
    assert fitted([large])[WORDS] > 1
    assert {sign: both[SIGNS.index(sign)] for sign in BY_HAND} == BY_HAND


def test_the_edge_is_where_a_person_begins_to_call_two_requests_comparable() -> None:
    edge = np.array([[EDGE[sign] for sign in SIGNS]])
    made = shipped(only(full=3.0, age=-0.5), "somewhere")
    assert made.probabilities(edge)[0] == pytest.approx(0.5, abs=1e-4)
    assert load_weights(WEIGHTS).probabilities(edge)[0] == pytest.approx(0.5, abs=1e-4)
