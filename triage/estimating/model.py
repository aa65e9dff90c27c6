"""The voices of one history: the base rate, the comparables and the ridge regression, and their mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.estimating.comparables import Comparable, Comparables, effective_number
from triage.estimating.history import History, Items
from triage.estimating.recency import recency_weights
from triage.estimating.ridge import RidgeVoice
from triage.estimating.table import TableVoice
from triage.estimating.trust import BASE, COMPARABLES, RIDGE, TABLE, Trust

if TYPE_CHECKING:
    import numpy as np

ENOUGH_HISTORY = 20  # sized items; below it the comparables are worse than the base rate
FEW_COMPARABLES = 3.0  # effective comparables at which they count half


@dataclass(frozen=True)
class Voices:
    """What each voice says of each item. `said`: shape (n, k) per voice, rows with sum 1; `near`: how much
    each finished item counts, shape (n, history), None while there is too little history."""

    said: dict[str, np.ndarray]
    near: np.ndarray | None

    @property
    def effective_comparables(self) -> np.ndarray:
        """Per item; 0 while there is too little history."""
        import numpy as np

        if self.near is None:
            return np.zeros(len(self.said[BASE]))
        return effective_number(self.near)


class SizeModel:
    """Fitted on a history of at least one item. `values`: the sizes seen so far, ascending, shape (k,)."""

    def __init__(self, history: History) -> None:
        import numpy as np

        self.values = np.unique(history.sizes)
        weights = recency_weights(len(history))
        shares = (history.sizes[:, None] == self.values).T.astype(float) @ weights
        self._base = shares / shares.sum()
        self._ridge: RidgeVoice | None = None
        self._table: TableVoice | None = None
        if len(history) >= ENOUGH_HISTORY:
            self._ridge = RidgeVoice(history, self.values, self._base)
            self._comparables = Comparables(history, self._ridge.effort_of_history, self.values)
            if history.items.table is not None:
                self._table = TableVoice(history, history.items.table, self.values)

    @property
    def corrects_table(self) -> bool:
        """Is the table one of the voices, times what it has been wrong by?"""
        return self._table is not None

    def voices(self, items: Items) -> Voices:
        """What each voice says; below ENOUGH_HISTORY the base rate alone."""
        import numpy as np

        said = {BASE: np.tile(self._base, (len(items), 1))}
        if self._ridge is None:
            return Voices(said, None)
        near = self._comparables.weights(items, self._ridge.effort(items))
        said[COMPARABLES] = self._comparables.shares(near)
        said[RIDGE] = self._ridge.shares(items)
        if self._table is not None and items.table is not None:
            said[TABLE] = self._table.shares(items.table)
        return Voices(said, near)

    def comparables_of_first(self, items: Items, voices: Voices) -> tuple[Comparable, ...]:
        """The finished items that count for the first of `items`, most first."""
        if voices.near is None:
            return ()
        return self._comparables.of_first(items, voices.near)


def weights_of(voices: Voices, trust: Trust) -> dict[str, np.ndarray]:
    """How much each voice counts for each item, shape (n,) per voice, together 1. Few effective comparables
    count less; what they lose goes to the base rate."""
    import numpy as np

    if voices.near is None:
        return {BASE: np.ones(len(voices.said[BASE]))}
    number = voices.effective_comparables
    speaking = sum(trust.weights[name] for name in voices.said)
    share = {name: np.full(len(number), trust.weights[name] / speaking) for name in voices.said}
    share[COMPARABLES] = share[COMPARABLES] * number / (number + FEW_COMPARABLES)
    lost = 1 - np.sum(list(share.values()), axis=0)
    return share | {BASE: share[BASE] + lost}


def mixture(voices: Voices, trust: Trust) -> np.ndarray:
    """How likely each size is for each item, shape (n, k), rows with sum 1."""
    import numpy as np

    weights = weights_of(voices, trust)
    shares = sum(weights[name][:, None] * said for name, said in voices.said.items())
    clean = np.maximum(np.asarray(shares, dtype=float), 0)
    normed: np.ndarray = clean / clean.sum(axis=1, keepdims=True)
    return normed
