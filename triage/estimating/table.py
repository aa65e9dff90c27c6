"""One voice: what a table says of an item, times what it has been wrong by before.

A shipped table knows kinds of work, but not this company. Its habit of saying too much or too little, and
how far it scatters, show on the finished items: the voice says "table × (size / table) of every finished
item", the late ones counting more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.estimating.history import History
from triage.estimating.recency import recency_weights

if TYPE_CHECKING:
    import numpy as np


class TableVoice:
    """Fitted on a history of at least one item.

    Args:
        table: what the table says of each item of the history, shape (n,), positive.
        values: the sizes of the answer, ascending, shape (k,).
    """

    def __init__(self, history: History, table: np.ndarray, values: np.ndarray) -> None:
        import numpy as np

        self._grid = np.log(values)
        self._errors = np.log(history.sizes) - np.log(table)
        weights = recency_weights(len(history))
        self._weights = weights / weights.sum()

    def shares(self, table: np.ndarray) -> np.ndarray:
        """How likely each of the values is for items of which the table says `table`, shape (n,): of shape
        (n, k), rows with sum 1. What falls between two values goes to the nearer one."""
        import numpy as np

        meant = np.log(table)[:, None] + self._errors
        middles = (self._grid[1:] + self._grid[:-1]) / 2
        places = np.searchsorted(middles, meant)
        shares = np.zeros((len(table), len(self._grid)))
        for row, place in zip(shares, places, strict=True):
            np.add.at(row, place, self._weights)
        return shares
