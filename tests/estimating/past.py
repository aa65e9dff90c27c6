"""Small histories whose numbers are easy to follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from triage.estimating.history import History, Items

FEATURES = 8


def items(
    vectors: np.ndarray | Sequence[Sequence[float]],
    kinds: Sequence[tuple[str, ...]] = (),
    table: Sequence[float] | None = None,
) -> Items:
    """Items of these vectors, whose length says nothing, called a, b, c and so on."""
    rows = np.array(vectors, dtype=float)
    names = tuple(chr(ord("a") + place) for place in range(len(rows))) if len(rows) <= 26 else ()
    says = None if table is None else np.array(table, dtype=float)
    return Items(rows, np.zeros((len(rows), FEATURES)), tuple(kinds), says, names)


def history(
    vectors: np.ndarray | Sequence[Sequence[float]], sizes: Sequence[float], **known: object
) -> History:
    """Every item with a size, however often a text comes again."""
    return History(items(vectors, **known), np.array(sizes, dtype=float))


def two_sorts(count: int, seed: int = 0) -> tuple[Items, list[float]]:
    """Items of two sorts in turn, seen in their vectors: the one takes about 2, the other about 20."""
    chance = np.random.default_rng(seed)
    large = np.arange(count) % 2
    vectors = np.column_stack([1 - large, large, *chance.normal(0, 0.3, (2, count))])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sizes = np.where(large, 20.0, 2.0) * np.round(np.exp(chance.normal(0, 0.3, count)), 1)
    return items(vectors), sizes.tolist()
