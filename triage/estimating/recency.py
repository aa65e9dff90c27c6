"""What happened lately counts more: teams, tools and the meaning of a size drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

HALF_AGE = 50  # items; one this old counts half as much as the newest


def recency_weights(items: int) -> np.ndarray:
    """Weights of shape (items,) with mean 1, oldest first: 1 / (1 + age / HALF_AGE), age in items.

    A power law has no time scale of its own: a history of 100 items and one of 5,000 are both used whole,
    and the last fifty count in either.
    """
    import numpy as np

    weights: np.ndarray = 1 / (1 + np.arange(items)[::-1] / HALF_AGE)
    return weights / weights.mean() if items else weights
