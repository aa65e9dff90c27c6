"""95 % intervals of a figure over several groups, such as projects: cases are resampled within each group.

Each group gives a ratio of sums over its cases, and the figure sums the groups up: their geometric mean,
mean, worst, or how many are better. So a large project counts no more than a small one. Seeded, like
`intervals.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evals.intervals import RESAMPLES, SEED, Estimate, Tally

Summary = Callable[[np.ndarray], np.ndarray]  # (draws, groups) of ratios -> (draws,)


def geometric_mean(ratios: np.ndarray) -> np.ndarray:
    """Of ratios that are positive; an error of nothing counts as a hundredth."""
    means: np.ndarray = np.exp(np.log(np.maximum(ratios, 0.01)).mean(axis=1))
    return means


def mean(ratios: np.ndarray) -> np.ndarray:
    """Each group the same weight."""
    means: np.ndarray = ratios.mean(axis=1)
    return means


def lowest(ratios: np.ndarray) -> np.ndarray:
    """The worst group, where more is better."""
    least: np.ndarray = ratios.min(axis=1)
    return least


def below_one(ratios: np.ndarray) -> np.ndarray:
    """How many groups are below 1, for ratios of errors."""
    count: np.ndarray = (ratios < 1).sum(axis=1)
    return count


def across(groups: Sequence[Sequence[Tally]], summary: Summary) -> Estimate | None:
    """The figure with its interval; `n` is the number of cases. None when no group has anything that counts,
    groups without anything that counts are left out."""
    columns = [_columns(group) for group in groups]
    columns = [(part, whole) for part, whole in columns if whole.sum() > 0]
    if not columns:
        return None
    generator = np.random.default_rng(SEED)
    drawn = np.column_stack([_resampled(generator, part, whole) for part, whole in columns])
    value = summary(np.array([[part.sum() / whole.sum() for part, whole in columns]]))[0]
    low, high = np.percentile(summary(drawn), [2.5, 97.5])
    cases = sum(len(part) for part, _ in columns)
    return Estimate(float(value), float(low), float(high), cases)


def _columns(group: Sequence[Tally]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([t.part for t in group], float), np.array([t.whole for t in group], float)


def _resampled(generator: np.random.Generator, part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The ratio of each resample, that of the group itself where a resample drew nothing that counts."""
    cases = len(part)
    counts = generator.multinomial(cases, np.full(cases, 1 / cases), size=RESAMPLES)
    wholes = counts @ whole
    ratios = np.full(RESAMPLES, part.sum() / whole.sum())
    np.divide(counts @ part, wholes, out=ratios, where=wholes > 0)
    return ratios
