"""How much each voice counts: as much as usual, more where it has done better on this company's past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

BASE, COMPARABLES, RIDGE, TABLE = "base rate", "comparables", "ridge", "table"
VOICES = (BASE, COMPARABLES, RIDGE, TABLE)
USUAL = {BASE: 0.4, COMPARABLES: 0.3, RIDGE: 0.3, TABLE: 0.4}  # the shares of those that speak
REMEMBERED = 150  # items back to which a voice is held responsible
SHARPNESS = 20.0  # a voice whose error is 5 % smaller counts e times as much
HALF_SURE = 50  # items after which half of that holds


@dataclass(frozen=True)
class Trust:
    """`weights` per voice, with sum 1, after `items` predictions whose end is known."""

    weights: Mapping[str, float]
    items: int = 0

    @classmethod
    def usual(cls) -> Trust:
        """Before anything is known."""
        total = sum(USUAL.values())
        return cls({voice: share / total for voice, share in USUAL.items()})

    @classmethod
    def earned(cls, losses: np.ndarray) -> Trust:
        """From the CRPS of each voice, shape (items, 4) in the order of VOICES, oldest first: the usual
        weight times (mean loss) to the power of minus SHARPNESS, less sharp while items are few."""
        import numpy as np

        recent = losses[-REMEMBERED:]
        if not len(recent):
            return cls.usual()
        means = np.maximum(recent.mean(axis=0), 1e-9)
        power = SHARPNESS * len(recent) / (len(recent) + HALF_SURE)
        raw = np.array([USUAL[voice] for voice in VOICES]) * (means / means.min()) ** -power
        shares = raw / raw.sum()
        return cls({voice: float(share) for voice, share in zip(VOICES, shares, strict=True)}, len(losses))


def crps(values: np.ndarray, shares: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score on the natural logarithm, shape (n,); 0 is perfect. The integral of
    (F(x) - [was <= x])² (Gneiting and Raftery, JASA 2007).

    Args:
        values: shape (k,), ascending. shares: shape (n, k). sizes: what it turned out to be, shape (n,).
    """
    import numpy as np

    grid = np.log(values)
    was = np.log(sizes)[:, None]
    below = np.cumsum(shares, axis=1)[:, :-1]
    start, end = grid[:-1], grid[1:]
    turn = np.clip(was, start, end)  # within a step the answer turns from "no" to "yes" here
    inside = below**2 * (turn - start) + (below - 1) ** 2 * (end - turn)
    outside = np.maximum(grid[0] - was[:, 0], 0) + np.maximum(was[:, 0] - grid[-1], 0)
    score: np.ndarray = inside.sum(axis=1) + outside
    return score
