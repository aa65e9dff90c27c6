"""The measures, against figures worked out by hand."""

from __future__ import annotations

import math

import pytest

from evals.retrieval.measures import HEADLINE, ratio_of_means, scores


def test_second_and_sixth_of_three_relevant() -> None:
    found = scores(list("abcdefghijk"), {"b", "f", "z"})
    gained = 1 / math.log2(3) + 1 / math.log2(7)
    best = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == {
        "hit@5": 1.0,
        "hit@10": 1.0,
        "recall@10": pytest.approx(2 / 3),
        "MRR@10": 0.5,
        "nDCG@10": pytest.approx(gained / best),
    }
    assert found["nDCG@10"] == pytest.approx(0.4632, abs=1e-4)


def test_the_only_relevant_one_in_front() -> None:
    assert set(scores(["a"], {"a"}).values()) == {1.0}


@pytest.mark.parametrize(
    ("place", "hits"), [(5, (1.0, 1.0)), (6, (0.0, 1.0)), (10, (0.0, 1.0)), (11, (0.0, 0.0))]
)
def test_what_is_too_far_down_does_not_count(place: int, hits: tuple[float, float]) -> None:
    ranked = [f"x{number}" for number in range(1, 20)]
    ranked[place - 1] = "relevant"
    found = scores(ranked, {"relevant"})
    assert (found["hit@5"], found["hit@10"]) == hits
    seen = place <= 10
    assert found["recall@10"] == float(seen)
    assert found["MRR@10"] == (pytest.approx(1 / place) if seen else 0.0)
    assert found["nDCG@10"] == (pytest.approx(1 / math.log2(1 + place)) if seen else 0.0)


def test_more_relevant_ones_than_places_can_still_be_perfect() -> None:
    ranked = [str(number) for number in range(10)]
    assert scores(ranked, {*ranked, "10", "11"})["nDCG@10"] == pytest.approx(1.0)


def test_nothing_found() -> None:
    assert set(scores([], {"a"}).values()) == {0.0}


def of(*values: float) -> list[dict[str, float]]:
    return [{HEADLINE: value} for value in values]


def test_the_ratio_is_of_the_means_and_resamples_both_together() -> None:
    ratio = ratio_of_means(of(*[0.8, 0.4] * 50), of(*[0.4, 0.2] * 50))
    assert ratio is not None
    assert (ratio.value, ratio.n) == (pytest.approx(2.0), 100)
    assert (ratio.low, ratio.high) == (pytest.approx(2.0), pytest.approx(2.0))  # twice as good every time
    uneven = ratio_of_means(of(*[1.0, 0.0] * 50), of(*[0.5, 0.5] * 50))
    assert uneven is not None
    assert uneven.value == pytest.approx(1.0)
    assert 0.7 < uneven.low < 0.95 < 1.05 < uneven.high < 1.3


def test_there_is_no_ratio_to_nothing() -> None:
    assert ratio_of_means(of(0.5, 0.5), of(0.0, 0.0)) is None
