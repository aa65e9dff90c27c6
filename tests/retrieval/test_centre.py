from __future__ import annotations

import numpy as np
import pytest

from triage.retrieval.centre import COMMON, ENOUGH, Centre, Centres
from triage.retrieval.index import ChromaIndex, NoIndex


def crowd(number: int, seed: int = 0) -> np.ndarray:
    """Unit vectors that have much in common."""
    rows = np.random.default_rng(seed).standard_normal((number, 24)) + 4 * np.eye(1, 24)
    unit: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_takes_off_what_all_have_in_common() -> None:
    rows = crowd(2_000)
    raw = (rows[:50] @ rows[50:100].T).mean()
    centre = Centre(len(rows), rows.mean(axis=0))
    centred = centre.cosines(rows[:50], rows[50:100])
    assert raw > 0.3
    assert abs(centred.mean()) < 0.05
    assert centre.cosines(rows[:1], rows[:1])[0, 0] == pytest.approx(1.0)


def test_without_a_mean_the_usual_figure_stands_in_for_it() -> None:
    rows = np.eye(2)
    assert Centre().cosines(rows, rows).tolist() == [
        pytest.approx([1.0, -COMMON / (1 - COMMON)]),
        pytest.approx([-COMMON / (1 - COMMON), 1.0]),
    ]


def test_a_few_texts_count_little() -> None:
    rows = crowd(2)
    young, old = (Centre(size, rows.mean(axis=0)).cosines(rows, rows)[0, 1] for size in (1, 100 * ENOUGH))
    plain = Centre().cosines(rows, rows)[0, 1]
    assert young - plain == pytest.approx((old - plain) / ENOUGH, rel=0.1)


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_is_taken_again_when_the_collection_has_grown(index: ChromaIndex) -> None:
    clock = Clock()
    centres = Centres(index, clock)
    assert centres.of("past", 1) == Centre()
    index.upsert("past", [str(n) for n in range(50)], crowd(50))
    assert centres.of("past", 1) == Centre()  # nobody said that anything changed
    clock.at = 6.0
    first = centres.of("past", 1)
    assert first.size == 50
    index.upsert("past", [str(n) for n in range(50, 54)], crowd(4, 1))
    assert centres.of("past", 2) is first
    index.upsert("past", [str(n) for n in range(54, 70)], crowd(16, 2))
    assert centres.of("past", 3).size == 70
    index.reset("past")
    assert centres.of("past", 4) == Centre()


def test_without_an_index_there_is_no_middle() -> None:
    assert Centres(NoIndex()).of("past", 1) == Centre()
