"""Plays the estimator on one project of public data: once fitted on the train part, and as sizes arrive.

    fixed     the train part is known, the test part is sized; nothing of the val or test part is ever seen
    later     the train and the val part are known, the test part is sized
    rolling   each item of the test part is sized from all that stands at least LAG places before it; the
              estimator is fitted again every REFIT items

The same code sizes a company's requests (`triage.estimating`); here sizes are story points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evals.sizing.data import Project
from triage.estimating.conformal import miss_rate
from triage.estimating.estimator import Batch, SizeEstimator
from triage.estimating.features import length_features
from triage.estimating.history import Items, is_usable
from triage.estimating.model import ENOUGH_HISTORY
from triage.estimating.recency import recency_weights
from triage.estimating.replay import LAG, bounds

REFIT = 10  # items of the test part; the product fits whenever a size has arrived
LAST = 50  # items of the rolling baseline
TSHIRT = (2.0, 5.0, 12.0)  # points: up to two S, five M, twelve L, more XL


@dataclass(frozen=True)
class Answers:
    """One way of answering for n items, shape (n,) each. `labels` and `likeliest` are places in S, M, L, XL:
    the label of the median, and the likeliest one."""

    medians: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    labels: np.ndarray
    likeliest: np.ndarray


@dataclass(frozen=True)
class Played:
    """The test part of one project. `sizes`: what it turned out to be; `train_median` and `last_median`: the
    two baselines, a number per item; `base_low`, `base_high`: the calibrated base rate's range."""

    name: str
    keys: tuple[str, ...]
    sizes: np.ndarray
    fixed: Answers
    later: Answers
    rolling: Answers
    train_median: np.ndarray
    last_median: np.ndarray
    base_low: np.ndarray
    base_high: np.ndarray


def play(project: Project, vectors: np.ndarray) -> Played:
    """Size the test part each way; `vectors` of shape (items, dimension), one row per item of the project."""
    features = [length_features(item.title, item.description) for item in project.items]
    items = Items(vectors, np.array(features))
    points = np.array([item.points if is_usable(item.points) else np.nan for item in project.items], float)
    test, train = np.array(project.places("test")), np.array(project.places("train"))
    known = np.sort([*train, *project.places("val")])
    ranges = base_ranges(points)
    return Played(
        name=project.name,
        keys=tuple(project.items[place].key for place in test),
        sizes=points[test],
        fixed=_answers([_fitted(items.at(train), points[train], None).estimate_all(items.at(test))]),
        later=_answers([_fitted(items.at(known), points[known], None).estimate_all(items.at(test))]),
        rolling=_answers([*_roll(items, points, test)]),
        train_median=np.full(len(test), np.nanmedian(points[train])),
        last_median=np.array([np.median(_finished(points, place)[-LAST:]) for place in test]),
        base_low=ranges[test, 0],
        base_high=ranges[test, 1],
    )


def base_ranges(points: np.ndarray) -> np.ndarray:
    """The calibrated base rate's range for each item, shape (n, 2), NaN where nothing was finished.

    Quantiles of all that was finished, late items counting more, at the level that adaptive conformal
    inference finds: what the estimator does, without the text.
    """
    ranges = np.full((len(points), 2), np.nan)
    inside: list[bool] = []
    ends: list[int] = []  # the items that `inside` is about
    for place in range(LAG, len(points)):
        finished = _finished(points, place)
        if not len(finished):
            continue
        values, which = np.unique(finished, return_inverse=True)
        shares = np.bincount(which, weights=recency_weights(len(finished)))
        known = bisect_right(ends, place - LAG)
        low, high = bounds(values, shares / shares.sum(), miss_rate(inside[:known]))
        ranges[place] = low, high
        if len(finished) >= ENOUGH_HISTORY and np.isfinite(points[place]):
            inside.append(bool(low <= points[place] <= high))
            ends.append(place)
    return ranges


def _roll(items: Items, points: np.ndarray, test: np.ndarray) -> Iterator[Batch]:
    """REFIT items of the test part at a time, from what stands LAG places before the first of them."""
    estimator = None
    for start in range(0, len(test), REFIT):
        places = test[start : start + REFIT]
        finished = slice(0, int(places[0]) - LAG + 1)
        estimator = _fitted(items.at(finished), points[finished], estimator)
        yield estimator.estimate_all(items.at(places))


def _fitted(items: Items, points: np.ndarray, earlier: SizeEstimator | None) -> SizeEstimator:
    return SizeEstimator.fit(items, [None if np.isnan(size) else float(size) for size in points], earlier)


def _finished(points: np.ndarray, place: int) -> np.ndarray:
    """The sizes known when the item at `place` comes in, oldest first."""
    before = points[: place - LAG + 1]
    known: np.ndarray = before[np.isfinite(before)]
    return known


def _answers(batches: Sequence[Batch]) -> Answers:
    medians = np.concatenate([batch.medians for batch in batches])
    return Answers(
        medians=medians,
        lows=np.concatenate([batch.lows for batch in batches]),
        highs=np.concatenate([batch.highs for batch in batches]),
        labels=tshirt(medians),
        likeliest=np.concatenate([_likeliest(batch) for batch in batches]),
    )


def tshirt(points: np.ndarray) -> np.ndarray:
    """The place in S, M, L, XL of each size."""
    labels: np.ndarray = np.searchsorted(TSHIRT, points)
    return labels


def _likeliest(batch: Batch) -> np.ndarray:
    of_value = tshirt(batch.values)
    shares = [batch.shares[:, of_value == label].sum(axis=1) for label in range(len(TSHIRT) + 1)]
    likeliest: np.ndarray = np.round(np.column_stack(shares), 9).argmax(axis=1)
    return likeliest
