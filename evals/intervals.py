"""95 % intervals by resampling whole cases. Seeded: the same scores give the same interval.

A measure is a ratio of sums over cases, e.g. hidden items found / hidden items. Cases are drawn with
replacement, so what hangs together in one request stays together (Efron and Tibshirani 1993, ch. 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

RESAMPLES = 2_000
SEED = 20_251_101


@dataclass(frozen=True)
class Tally:
    """What one case adds to a measure: `part` of `whole`; a case that does not count has whole 0."""

    part: float
    whole: float


@dataclass(frozen=True)
class Estimate:
    """A measure with its 95 % interval. `n` is the sum of the wholes: items, questions or cases."""

    value: float
    low: float
    high: float
    n: int


def estimate(tallies: Sequence[Tally]) -> Estimate | None:
    """The ratio of sums with its interval; None when nothing counted."""
    part, whole = _columns(tallies)
    if not whole.sum():
        return None
    drawn = _draws(len(part))
    ratios = _ratios(drawn, part, whole)
    return _estimate(part.sum() / whole.sum(), ratios, whole.sum())


def difference(before: Sequence[Tally], after: Sequence[Tally]) -> Estimate | None:
    """`after` minus `before` over the same cases in the same order, both resampled together.

    Raises:
        ValueError: the two are not of the same length.
    """
    if len(before) != len(after):
        raise ValueError("paired differences need the same cases on both sides")
    (part_a, whole_a), (part_b, whole_b) = _columns(before), _columns(after)
    if not whole_a.sum() or not whole_b.sum():
        return None
    drawn = _draws(len(part_a))
    differences = _ratios(drawn, part_b, whole_b) - _ratios(drawn, part_a, whole_a)
    value = part_b.sum() / whole_b.sum() - part_a.sum() / whole_a.sum()
    return _estimate(value, differences, whole_b.sum())


@lru_cache(maxsize=4)
def _draws(cases: int) -> np.ndarray:
    """How often each case is drawn, shape (RESAMPLES, cases). Not to be written to."""
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(cases, np.full(cases, 1 / cases), size=RESAMPLES)
    return drawn.astype(float)  # products of whole numbers are slow


def _columns(tallies: Sequence[Tally]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([t.part for t in tallies], float), np.array([t.whole for t in tallies], float)


def _ratios(drawn: np.ndarray, part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The measure of each resample; NaN where a resample drew no case that counts."""
    wholes = drawn @ whole
    ratios = np.full(len(drawn), np.nan)
    np.divide(drawn @ part, wholes, out=ratios, where=wholes > 0)
    return ratios


def _estimate(value: float, resampled: np.ndarray, n: float) -> Estimate:
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return Estimate(float(value), float(low), float(high), round(n))
