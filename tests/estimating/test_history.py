"""Finished items in time order: what is left out, and what is still the same."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.estimating.past import FEATURES, history, items
from triage.estimating import history as module
from triage.estimating.history import History, Items, LeftOut, is_usable

EYE = np.eye(4)


@pytest.mark.parametrize("size", [0.01, 1, 10_000])
def test_a_size_that_can_be(size: float) -> None:
    assert is_usable(size)


@pytest.mark.parametrize("size", [None, 0, 5e-324, -1, 10_001, 1e300, math.nan, math.inf, -math.inf])
def test_a_size_that_cannot_be(size: float | None) -> None:
    assert not is_usable(size)


def test_what_teaches_nothing_is_left_out_and_counted() -> None:
    known = History.of(items(EYE), [None, 3.0, -1.0, 5.0])
    assert known.sizes.tolist() == [3.0, 5.0]
    assert known.items.names == ("b", "d")
    assert known.left_out == LeftOut(unsized=1, absurd=1)
    assert known.left_out.total == 2


def test_of_one_text_with_one_size_the_first_ten_count() -> None:
    same = History.of(items([[1, 0]] * 14 + [[0, 1]]), [2.0] * 14 + [3.0])
    assert same.sizes.tolist() == [2.0] * 10 + [3.0]
    assert same.left_out == LeftOut(repeated=4)


def test_the_same_text_with_other_sizes_is_other_work() -> None:
    assert len(History.of(items([[1, 0]] * 14), range(1, 15))) == 14


def test_items_without_words_may_all_be_different() -> None:
    assert len(History.of(items([[0, 0]] * 14), [2.0] * 14)) == 14


def test_the_oldest_are_forgotten_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ITEMS", 10)
    monkeypatch.setattr(module, "FORGOTTEN_AT_ONCE", 4)

    def kept(count: int) -> list[float]:
        return History.of(items(np.eye(count)), range(1, count + 1)).sizes.tolist()

    assert kept(10) == list(range(1, 11))
    assert kept(11) == list(range(5, 12))
    assert kept(14) == list(range(5, 15))
    assert History.of(items(np.eye(15)), [1.0] * 15).left_out == LeftOut(forgotten=8)


def test_some_items_keep_all_that_is_known_of_them() -> None:
    kinds = [("copy",), ("export",), (), ("copy", "export")]
    some = items(EYE, kinds, [1, 2, 3, 4]).at(np.array([3, 0]))
    assert some.vectors.tolist() == [EYE[3].tolist(), EYE[0].tolist()]
    assert some.kinds == (("copy", "export"), ("copy",))
    assert some.table is not None
    assert some.table.tolist() == [4, 1]
    assert some.names == ("d", "a")
    assert len(items(EYE).at(slice(1, 3))) == 2


def test_a_history_begins_with_its_own_past() -> None:
    known = history(EYE, [1, 2, 3, 4], kinds=[("copy",)] * 4, table=[1] * 4)
    assert known.begins_with(known.first(3))
    assert known.begins_with(known.first(0))
    assert not known.first(3).begins_with(known)


@pytest.mark.parametrize(
    "other",
    [
        history(EYE, [1, 2, 3, 5], kinds=[("copy",)] * 4, table=[1] * 4),
        history(EYE[::-1], [1, 2, 3, 4], kinds=[("copy",)] * 4, table=[1] * 4),
        history(EYE, [1, 2, 3, 4], kinds=[("export",)] * 4, table=[1] * 4),
        history(EYE, [1, 2, 3, 4], kinds=[("copy",)] * 4, table=[2] * 4),
        history(EYE, [1, 2, 3, 4], kinds=[("copy",)] * 4),
        history(np.eye(5)[:4], [1, 2, 3, 4], kinds=[("copy",)] * 4, table=[1] * 4),
    ],
    ids=["size", "words", "kinds", "table", "no table", "another encoder"],
)
def test_a_past_that_was_changed_is_another_past(other: History) -> None:
    known = history(EYE, [1, 2, 3, 4], kinds=[("copy",)] * 4, table=[1] * 4)
    assert not known.begins_with(other)


def test_shapes_that_do_not_agree_are_refused() -> None:
    none = np.zeros((2, FEATURES))
    with pytest.raises(ValueError, match="one row per item"):
        Items(np.eye(3), none)
    with pytest.raises(ValueError, match="kinds and names"):
        Items(np.eye(2), none, (("copy",),))
    with pytest.raises(ValueError, match="kinds and names"):
        Items(np.eye(2), none, names=("a",))
    with pytest.raises(ValueError, match="finite"):
        Items(np.array([[math.nan, 1], [0, 1]]), none)
    with pytest.raises(ValueError, match="positive size"):
        Items(np.eye(2), none, table=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="one size, or None"):
        History.of(items(EYE), [1.0])
