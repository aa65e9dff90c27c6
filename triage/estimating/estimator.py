"""The sizes of a company's finished items in, an honest estimate of the next one out.

    estimator = SizeEstimator.fit(Items(vectors, features), sizes)
    estimate = estimator.estimate(item, outside=[cold_start(2, 8, estimator.items)])
    estimate.median, estimate.low, estimate.high, estimate.rests_on.voices

Fit again when the history has changed, and hand the earlier estimator in: what it has replayed is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.estimating.comparables import Comparable
from triage.estimating.conformal import Coverage
from triage.estimating.distribution import Distribution, mixed
from triage.estimating.history import History, Items, LeftOut
from triage.estimating.model import ENOUGH_HISTORY, SizeModel, mixture, weights_of
from triage.estimating.outside import OutsideVoice
from triage.estimating.replay import Replay, bounds, replay
from triage.estimating.trust import Trust

if TYPE_CHECKING:
    import numpy as np

_Parts = list[tuple[str, float, Distribution]]

DOUBT, NOTHING = "doubt", "nothing known"  # voices that speak while little is known

# What may be, in engineer-days, when nothing is known: no history, no table. Deliberately wide.
NOTHING_KNOWN = Distribution.between(0.5, 20)
ANYTHING_FACTOR = 4.0  # with little history: as likely a quarter as four times what was seen


@dataclass(frozen=True)
class RestsOn:
    """How much an estimate rests on.

    `items`: sized items of the history; `comparables`: their effective number among the comparables, 0 below
    ENOUGH_HISTORY; `voices`: how much each counted, with sum 1.
    """

    items: int
    comparables: float
    left_out: LeftOut
    voices: dict[str, float]


@dataclass(frozen=True)
class Estimate:
    """One item sized. `low` to `high` is to hold in four of five cases, see `coverage` for what it did;
    `median` lies within. `comparables`: those that counted, most first."""

    distribution: Distribution
    low: float
    high: float
    rests_on: RestsOn
    coverage: Coverage
    comparables: tuple[Comparable, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def median(self) -> float:
        """The answer when it has to be one number."""
        return self.distribution.median


@dataclass(frozen=True)
class Batch:
    """Many items sized without outside voices, for measuring. `shares`: shape (n, k) over `values`, of
    shape (k,)."""

    values: np.ndarray
    shares: np.ndarray
    medians: np.ndarray
    lows: np.ndarray
    highs: np.ndarray


class SizeEstimator:
    """Make it with `fit`. Immutable; may be shared by threads."""

    def __init__(self, history: History, played: Replay, model: SizeModel | None) -> None:
        self._history = history
        self._played = played
        self._model = model

    @classmethod
    def fit(
        cls, items: Items, sizes: Sequence[float | None], earlier: SizeEstimator | None = None
    ) -> SizeEstimator:
        """From all finished items, oldest first; sizes that cannot be are left out and counted.

        Raises:
            ValueError: not one size, or None, per item.
        """
        history = History.of(items, sizes)
        if (
            earlier is not None
            and len(earlier._history) == len(history)
            and history.begins_with(earlier._history)
        ):
            return cls(history, earlier._played, earlier._model)
        played = replay(history, earlier._played if earlier else None)
        return cls(history, played, SizeModel(history) if len(history) else None)

    @property
    def items(self) -> int:
        """Finished items with a usable size."""
        return len(self._history)

    @property
    def corrects_table(self) -> bool:
        """Does the history put the table right by itself? Then it need not speak from outside."""
        return self._model is not None and self._model.corrects_table

    @property
    def coverage(self) -> Coverage:
        """How often the last ranges held."""
        return Coverage.of_last(self._played.inside)

    @property
    def trust(self) -> Trust:
        """How much each voice counts, before it is known how many comparables an item has."""
        return self._played.trust

    def estimate(self, item: Items, outside: Sequence[OutsideVoice] = ()) -> Estimate:
        """Size one item.

        Raises:
            ValueError: `item` holds not exactly one.
        """
        if len(item) != 1:
            raise ValueError("one item at a time; estimate_all takes many")
        own = self._own(item)
        parts = [(name, weight, said) for name, weight, said in own.parts if weight > 0]
        parts += [(voice.name, voice.weight, voice.distribution) for voice in outside if voice.weight > 0]
        parts = parts or [(NOTHING, 1.0, NOTHING_KNOWN)]
        total = math.fsum(weight for _, weight, _ in parts)
        distribution = mixed([(weight, said) for _, weight, said in parts])
        low, high = distribution.range(self._played.miss_rate)
        voices = {name: weight / total for name, weight, _ in parts}
        return Estimate(
            distribution=distribution,
            low=low,
            high=high,
            rests_on=RestsOn(self.items, own.effective, self._history.left_out, voices),
            coverage=self.coverage,
            comparables=own.comparables,
            reasons=tuple(voice.why for voice in outside if voice.why and voice.weight > 0),
        )

    def estimate_all(self, items: Items) -> Batch:
        """Size many items at once from the history alone.

        Raises:
            ValueError: there is no history.
        """
        import numpy as np

        if self._model is None:
            raise ValueError("there is no history to size from")
        values = self._model.values
        shares = mixture(self._model.voices(items), self.trust)
        middle = (np.cumsum(shares, axis=1) < 0.5 - 1e-9).sum(axis=1)
        ends = [bounds(values, row, self._played.miss_rate) for row in shares]
        return Batch(
            values=values,
            shares=shares,
            medians=values[np.minimum(middle, len(values) - 1)],
            lows=np.array([low for low, _ in ends]),
            highs=np.array([high for _, high in ends]),
        )

    def _own(self, item: Items) -> _Own:
        """What the history says, each voice on its own."""
        if self._model is None:
            return _Own((), 0.0, ())
        voices = self._model.voices(item)
        parts = [
            (name, float(weights[0]), Distribution.of(self._model.values, voices.said[name][0]))
            for name, weights in weights_of(voices, self.trust).items()
        ]
        if self.items < ENOUGH_HISTORY:
            parts = _with_doubt(parts, self.items)
        effective = float(voices.effective_comparables[0])
        return _Own(tuple(parts), effective, self._model.comparables_of_first(item, voices))


@dataclass(frozen=True)
class _Own:
    parts: tuple[tuple[str, float, Distribution], ...]
    effective: float
    comparables: tuple[Comparable, ...]


def _with_doubt(parts: _Parts, items: int) -> _Parts:
    """A few sizes alike do not mean that the next one is: as if one more item had been anything near them."""
    middle = mixed([(weight, said) for _, weight, said in parts]).median
    doubt = Distribution.between(middle / ANYTHING_FACTOR, middle * ANYTHING_FACTOR)
    share = 1 / (items + 1)
    return [*((name, weight * (1 - share), said) for name, weight, said in parts), (DOUBT, share, doubt)]
