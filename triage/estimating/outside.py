"""Voices that are not the company's history: the shipped table, and a model's opinion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from triage.estimating.distribution import Distribution
from triage.estimating.history import is_usable

SHIPPED_TABLE, MODEL = "shipped table", "model"  # their names

COLD_START_ITEMS = 10  # the shipped table counts like so many finished items
LEAST_PAST = 8  # opinions whose end is known, below which an opinion does not count
MOST_PAST = 60
OPINION_MOST = 0.5  # against 1 for all statistics together
OPINION_HALF = 10  # opinions after which half of the weight is given
FARTHEST = 20.0  # factor by which a past opinion may have been wrong; beyond it is a slip


@dataclass(frozen=True)
class OutsideVoice:
    """`weight` is against 1 for everything the history says, if there is one. `why` is a sentence for the
    reviewer."""

    name: str
    distribution: Distribution
    weight: float
    why: str = ""


@dataclass(frozen=True)
class PastOpinion:
    """What a model once said and what it turned out to be, in the same unit."""

    said: float
    was: float


def cold_start(low: float, high: float, items: int) -> OutsideVoice:
    """What the shipped table says, for a history of `items` sized items: all there is at first, a third after
    twenty, a tenth after ninety.

    Raises:
        ValueError: not 0 < low <= high.
    """
    weight = COLD_START_ITEMS / items if items else 1.0
    return OutsideVoice(SHIPPED_TABLE, Distribution.between(low, high), weight)


def opinion(said: float, past: Sequence[PastOpinion]) -> OutsideVoice | None:
    """A model's opinion as one more, weighted comparable: `said` times what its past opinions were wrong by,
    so that a habit of saying too little is put right.

    It counts as far as it has done better here than always saying the middle would have; None when its past
    is not known, is short or is no better.
    """
    known = [p for p in past if is_usable(p.said) and is_usable(p.was)][-MOST_PAST:]
    if not is_usable(said) or len(known) < LEAST_PAST:
        return None
    farthest = math.log(FARTHEST)
    errors = [min(max(math.log(p.was / p.said), -farthest), farthest) for p in known]
    error, usual = _spread(errors), _spread([math.log(p.was) for p in known])
    if error >= usual:
        return None
    weight = OPINION_MOST * (1 - error / usual) * len(known) / (len(known) + OPINION_HALF)
    why = f"A model's opinion of {said:g}, weighed by its {len(known)} past opinions here."
    return OutsideVoice(MODEL, Distribution.of(said * math.exp(error) for error in errors), weight, why)


def _spread(values: Sequence[float]) -> float:
    """Mean absolute distance to the median of the others."""
    return fmean(
        abs(value - median([*values[:place], *values[place + 1 :]])) for place, value in enumerate(values)
    )
