"""Ranges that are right as often as they say: adaptive conformal inference.

A range is cut from the distribution at the quantiles m/2 and 1 - m/2. The miss rate m is not fixed: after
each size that arrives it moves by STEP * (AIM - missed), so a miss widens the ranges to come and a hit
narrows them a little. Whatever the data do, drift included, the share of misses then comes to AIM (Gibbs and
Candès, "Adaptive Conformal Inference Under Distribution Shift", NeurIPS 2021, proposition 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

AIM = 0.2  # share of sizes that may fall outside
STEP = 0.04
WIDEST, NARROWEST = 0.0, 0.6  # the miss rates at which a range is really cut
RECENT = 40  # sizes of which coverage is told


@dataclass(frozen=True)
class Coverage:
    """Of the last `of` ranges whose end is known, `inside` held."""

    inside: int
    of: int

    @classmethod
    def of_last(cls, inside: Sequence[bool], most: int = RECENT) -> Coverage:
        """Counted over the last `most`; fewer when fewer are known."""
        last = inside[-most:]
        return cls(sum(last), len(last))

    def sentence(self) -> str:
        """ "Of the last 40 ranges 33 held." """
        if not self.of:
            return "No range has been put to the test yet."
        return f"Of the last {self.of} ranges {self.inside} held."


def miss_rate(inside: Sequence[bool]) -> float:
    """Where to cut the next range, 0..1, after ranges that held or not, in the order in which their ends
    became known. The sum of all updates, so no state has to be kept."""
    missed = len(inside) - sum(inside)
    return cut(AIM + STEP * (AIM * len(inside) - missed))


def cut(rate: float) -> float:
    """The nearest miss rate at which a range can be cut."""
    return min(max(rate, WIDEST), NARROWEST)
