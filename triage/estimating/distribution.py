"""A distribution over sizes: the sizes that are possible, each with its weight."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from statistics import NormalDist

_ROUNDING = 1e-9  # sums of weights that differ by less are the same
_STEPS = 15  # sizes that stand for a smooth range


@dataclass(frozen=True)
class Distribution:
    """`values` ascending, distinct and positive; `weights` not negative, of the same length, with sum 1.

    Raises:
        ValueError: it is none.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values or len(self.values) != len(self.weights):
            raise ValueError("a distribution needs as many weights as values, and at least one")
        if any(b <= a for a, b in pairwise(self.values)):
            raise ValueError("the values must ascend")
        if not all(0 < v < math.inf for v in self.values) or not all(w >= 0 for w in self.weights):
            raise ValueError("values must be positive and finite, weights not negative")
        if abs(math.fsum(self.weights) - 1) > 1e-6:
            raise ValueError("the weights must have the sum 1")

    @classmethod
    def of(cls, sizes: Iterable[float], weights: Iterable[float] | None = None) -> Distribution:
        """From sizes in any order, equal ones added up; `weights` need not have the sum 1.

        Raises:
            ValueError: no size, no weight above 0, or a size that is none.
        """
        sizes = list(sizes)
        shares = [1.0] * len(sizes) if weights is None else list(weights)
        summed: dict[float, float] = {}
        for size, share in zip(sizes, shares, strict=True):
            summed[float(size)] = summed.get(float(size), 0.0) + float(share)
        total = math.fsum(summed.values())
        if not total > 0:
            raise ValueError("a distribution needs a size with a weight")
        values = tuple(sorted(summed))
        return cls(values, tuple(summed[value] / total for value in values))

    @classmethod
    def between(cls, low: float, high: float) -> Distribution:
        """Log-normal with 80 % between `low` and `high`, as equally likely sizes; effort is skewed.

        Raises:
            ValueError: not 0 < low <= high.
        """
        if not 0 < low <= high < math.inf:
            raise ValueError(f"{low}–{high} is no range of sizes")
        middle, spread = (math.log(low) + math.log(high)) / 2, math.log(high / low) / 2
        tenth = NormalDist().inv_cdf(0.9)
        places = [(step + 0.5) / _STEPS for step in range(_STEPS)]
        return cls.of(math.exp(middle + spread * NormalDist().inv_cdf(place) / tenth) for place in places)

    @property
    def median(self) -> float:
        """The size that is exceeded as often as not; minimises the expected absolute error."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> float:
        """The smallest size that is not exceeded with probability `share`, 0..1."""
        place = bisect_left(self._summed, share - _ROUNDING)
        return self.values[min(place, len(self.values) - 1)]

    def range(self, miss: float) -> tuple[float, float]:
        """From the quantile of `miss` / 2 to that of 1 - `miss` / 2."""
        return self.quantile(miss / 2), self.quantile(1 - miss / 2)

    @cached_property
    def _summed(self) -> tuple[float, ...]:
        return tuple(accumulate(self.weights))


def mixed(parts: Sequence[tuple[float, Distribution]]) -> Distribution:
    """The mixture of distributions; the weights need not have the sum 1.

    Raises:
        ValueError: nothing has a weight above 0.
    """
    kept = [(weight, part) for weight, part in parts if weight > 0]
    return Distribution.of(
        [value for _, part in kept for value in part.values],
        [weight * share for weight, part in kept for share in part.weights],
    )
