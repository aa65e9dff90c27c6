"""One voice: the sizes of the nearest finished items, nearer and newer ones counting more.

Near is what reads alike and looks equally big: weight exp((cosine - 0.06 * difference of effort²) / 0.15)
times recency, over the 100 nearest. Plain nearest neighbours, five or twenty counted alike, are worse than
the base rate on the public data; this is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.estimating.history import History, Items
from triage.estimating.recency import recency_weights

if TYPE_CHECKING:
    import numpy as np

NEAREST = 100
BREADTH = 0.15  # cosine by which an item must be nearer to count e times as much
EFFORT = 0.06  # cosine that one standard deviation of effort is worth, squared
KINDS = 0.1  # cosine that exactly the same kinds of change are worth


@dataclass(frozen=True)
class Comparable:
    """A finished item and how much it counts: `weight` of all comparables' 1, `cosine` of the texts."""

    name: str
    size: float
    weight: float
    cosine: float


class Comparables:
    """The neighbours in a history of at least one item.

    Args:
        effort: how big each item of the history looks, shape (n,), see `RidgeVoice.effort_of_history`.
        values: the sizes of the answer, ascending; every size of the history is among them.
    """

    def __init__(self, history: History, effort: np.ndarray, values: np.ndarray) -> None:
        import numpy as np

        self._history = history
        self._vectors = history.items.vectors.astype(float)
        self._effort = effort
        self._lateness = np.log(recency_weights(len(history)))
        self._is_value = (history.sizes[:, None] == values).astype(float)

    def weights(self, items: Items, effort: np.ndarray) -> np.ndarray:
        """How much each finished item counts for each of `items`, shape (items, n), rows with sum 1."""
        import numpy as np

        near = self._cosines(items) - EFFORT * (effort[:, None] - self._effort) ** 2
        near += KINDS * self._shared_kinds(items)
        strength = near / BREADTH + self._lateness
        if len(self._history) > NEAREST:
            last = np.partition(strength, -NEAREST, axis=1)[:, -NEAREST, None]
            strength = np.where(strength >= last, strength, -np.inf)
        weights = np.exp(strength - strength.max(axis=1, keepdims=True))
        shares: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
        return shares

    def shares(self, weights: np.ndarray) -> np.ndarray:
        """How likely each of `values` is, shape (items, k)."""
        shares: np.ndarray = weights @ self._is_value
        return shares

    def of_first(self, items: Items, weights: np.ndarray) -> tuple[Comparable, ...]:
        """The finished items that count for the first of `items`, most first."""
        import numpy as np

        cosines = self._cosines(items)[0]
        order = np.argsort(-weights[0], kind="stable")
        names = self._history.items.names
        return tuple(
            Comparable(
                name=names[row] if names else "",
                size=float(self._history.sizes[row]),
                weight=float(weights[0, row]),
                cosine=float(cosines[row]),
            )
            for row in order
            if weights[0, row] > 0
        )

    def _cosines(self, items: Items) -> np.ndarray:
        cosines: np.ndarray = items.vectors.astype(float) @ self._vectors.T
        return cosines

    def _shared_kinds(self, items: Items) -> np.ndarray | float:
        """Kinds in common as a share of all kinds of the two, shape (items, n); 0 where none are known."""
        import numpy as np

        theirs = self._history.items.kinds
        if not items.kinds or not theirs:
            return 0.0
        known = sorted({kind for kinds in (*items.kinds, *theirs) for kind in kinds})
        mine, other = _asked(items.kinds, known), _asked(theirs, known)
        common = mine @ other.T
        of_both = mine.sum(axis=1)[:, None] + other.sum(axis=1) - common
        shared: np.ndarray = common / np.maximum(of_both, 1)
        return shared


def _asked(kinds: Sequence[tuple[str, ...]], known: Sequence[str]) -> np.ndarray:
    """1 where an item is of a kind, shape (items, kinds)."""
    import numpy as np

    place = {kind: column for column, kind in enumerate(known)}
    asked = np.zeros((len(kinds), len(known)))
    for row, names in zip(asked, kinds, strict=True):
        row[[place[name] for name in names]] = 1
    return asked


def effective_number(weights: np.ndarray) -> np.ndarray:
    """How many equally weighted items would say as much, one per row of `weights` (Kish 1965)."""
    squares: np.ndarray = (weights**2).sum(axis=-1)
    return 1 / squares
