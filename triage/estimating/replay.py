"""Plays the past again: every finished item is sized from what was finished before it, then its end is told.

What comes out is what the company would have seen: how well each voice did and which ranges held. The model
is fitted again after every twentieth part of the history, at least ten items apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.estimating.conformal import miss_rate
from triage.estimating.history import History
from triage.estimating.model import ENOUGH_HISTORY, SizeModel, mixture
from triage.estimating.trust import BASE, VOICES, Trust, crps

if TYPE_CHECKING:
    import numpy as np

LAG = 10  # an item is sized from what stands at least so many places before it: the rest is still in work
SHORTEST_STAGE = 10  # items
STAGE = 20  # a stage is this part of the history it is sized from


@dataclass(frozen=True)
class Replay:
    """What happened to the items of `history` from place `first` on. `losses`: CRPS per voice in the order of
    VOICES, shape (n - first, 4); `inside`: did the range hold."""

    history: History
    losses: np.ndarray
    inside: tuple[bool, ...]
    first: int = ENOUGH_HISTORY + LAG - 1

    @classmethod
    def nothing(cls, history: History) -> Replay:
        """Before the first stage."""
        import numpy as np

        return cls(history.first(0), np.empty((0, len(VOICES))), ())

    @property
    def trust(self) -> Trust:
        """What the voices have earned."""
        return Trust.earned(self.losses)

    @property
    def miss_rate(self) -> float:
        """Where to cut the next range."""
        return miss_rate(self.inside)


def replay(history: History, earlier: Replay | None = None) -> Replay:
    """Play a history; what `earlier` has played of the same one is taken from there."""
    if earlier is None or not history.begins_with(earlier.history):
        earlier = Replay.nothing(history)
    import numpy as np

    first = earlier.first
    losses, inside = [*earlier.losses], [*earlier.inside]
    for known, start, end in stages(len(history), after=first + len(inside)):
        model = SizeModel(history.first(known))
        voices = model.voices(history.items.at(slice(start, end)))
        sizes = history.sizes[start:end]
        trust = Trust.earned(np.array(losses[: max(0, known - first)]).reshape(-1, len(VOICES)))
        shares = mixture(voices, trust)
        said = [crps(model.values, voices.said.get(name, voices.said[BASE]), sizes) for name in VOICES]
        losses += [*np.column_stack(said)]
        for row, place in enumerate(range(start, end)):
            miss = miss_rate(inside[: max(0, place - LAG + 1 - first)])
            low, high = bounds(model.values, shares[row], miss)
            inside.append(bool(low <= sizes[row] <= high))
    return Replay(history, np.array(losses).reshape(-1, len(VOICES)), tuple(inside))


def stages(items: int, after: int) -> list[tuple[int, int, int]]:
    """`known, start, end`: from the first `known` items those from `start` to before `end` are sized; nothing
    before place `after`."""
    found = []
    known = ENOUGH_HISTORY
    while known + LAG - 1 < items:
        more = max(SHORTEST_STAGE, known // STAGE)
        start, end = max(known + LAG - 1, after), min(known + more + LAG - 1, items)
        if start < end:
            found.append((known, start, end))
        known += more
    return found


def bounds(values: np.ndarray, shares: np.ndarray, miss: float) -> tuple[float, float]:
    """The quantiles `miss` / 2 and 1 - `miss` / 2 of one distribution, `shares` of shape (k,)."""
    import numpy as np

    summed = np.cumsum(shares)
    wanted = np.array([miss / 2, 1 - miss / 2]) - 1e-9
    low, high = np.minimum(np.searchsorted(summed, wanted), len(values) - 1)
    return float(values[low]), float(values[high])
