"""Finished items in time order, cleaned; says what was left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SMALLEST = 0.001  # half a minute of a working day: below it something else was written down
LARGEST = 10_000.0  # forty person-years, or more points than anybody gives: above it is a slip of the pen
MOST_COPIES = 10  # of the same text with the same size
MOST_ITEMS = 5_000  # older ones are forgotten,
FORGOTTEN_AT_ONCE = 500  # so many at a time, so that one more item seldom moves the beginning


@dataclass(frozen=True, eq=False)
class Items:
    """n items to size. `vectors`: shape (n, d), rows of length 1, or all 0 where a text has no words;
    `features`: shape (n, f), see `features.py`; `kinds`: the kinds of change of each item, or () when they
    are not known at all. `table`: what a table says of each item, shape (n,), positive; None when there is
    none. `names`: what they are called, or ().

    Raises:
        ValueError: the shapes do not agree, or a number is not finite.
    """

    vectors: np.ndarray
    features: np.ndarray
    kinds: tuple[tuple[str, ...], ...] = ()
    table: np.ndarray | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        import numpy as np

        rows = len(self.vectors)
        if self.vectors.ndim != 2 or self.features.ndim != 2 or len(self.features) != rows:
            raise ValueError("vectors and features need one row per item")
        if any(given and len(given) != rows for given in (self.kinds, self.names)):
            raise ValueError("kinds and names need one entry per item, or none at all")
        if not (np.isfinite(self.vectors).all() and np.isfinite(self.features).all()):
            raise ValueError("vectors and features must be finite")
        if self.table is not None and (self.table.shape != (rows,) or not (self.table > 0).all()):
            raise ValueError("the table needs one positive size per item, or none at all")

    def __len__(self) -> int:
        return len(self.vectors)

    def at(self, places: np.ndarray | slice) -> Items:
        """Some of them, in the order of `places`."""
        import numpy as np

        kept = [int(place) for place in np.arange(len(self))[places]]
        return Items(
            vectors=self.vectors[places],
            features=self.features[places],
            kinds=tuple(self.kinds[place] for place in kept if self.kinds),
            table=None if self.table is None else self.table[places],
            names=tuple(self.names[place] for place in kept if self.names),
        )


@dataclass(frozen=True)
class LeftOut:
    """Finished items that teach nothing: no size, a size that cannot be, the same item once more, too old."""

    unsized: int = 0
    absurd: int = 0
    repeated: int = 0
    forgotten: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.unsized + self.absurd + self.repeated + self.forgotten


@dataclass(frozen=True, eq=False)
class History:
    """Finished items with usable sizes, oldest first. `sizes`: shape (n,), positive."""

    items: Items
    sizes: np.ndarray
    left_out: LeftOut = LeftOut()

    @classmethod
    def of(cls, items: Items, sizes: Sequence[float | None]) -> History:
        """From all finished items, oldest first; of equal texts with equal sizes the first MOST_COPIES count.

        Raises:
            ValueError: not one size (or None) per item.
        """
        import numpy as np

        if len(sizes) != len(items):
            raise ValueError("a history needs one size, or None, per item")
        unsized = sum(size is None for size in sizes)
        usable = [place for place, size in enumerate(sizes) if is_usable(size)]
        fresh = _without_repeats(items, sizes, usable)
        kept = np.array(fresh[_forgotten(len(fresh)) :], dtype=int)
        left_out = LeftOut(
            unsized=unsized,
            absurd=len(sizes) - unsized - len(usable),
            repeated=len(usable) - len(fresh),
            forgotten=len(fresh) - len(kept),
        )
        known = np.array([sizes[place] for place in kept], dtype=float)
        return cls(items.at(kept), known, left_out)

    def __len__(self) -> int:
        return len(self.sizes)

    def first(self, count: int) -> History:
        """The oldest `count`."""
        return History(self.items.at(slice(0, count)), self.sizes[:count])

    def begins_with(self, earlier: History) -> bool:
        """Is this what `earlier` was, and perhaps more?"""
        import numpy as np

        count, mine, theirs = len(earlier), self.items, earlier.items
        return (
            count <= len(self)
            and mine.vectors.shape[1] == theirs.vectors.shape[1]
            and np.array_equal(self.sizes[:count], earlier.sizes)
            and np.array_equal(mine.vectors[:count], theirs.vectors)
            and np.array_equal(mine.features[:count], theirs.features)
            and mine.kinds[:count] == theirs.kinds
            and _same(mine.table, theirs.table, count)
        )


def _same(mine: np.ndarray | None, theirs: np.ndarray | None, count: int) -> bool:
    import numpy as np

    if mine is None or theirs is None:
        return mine is theirs
    return np.array_equal(mine[:count], theirs)


def is_usable(size: float | None) -> bool:
    """False for None, NaN, nothing, less than nothing and what nobody would ever finish."""
    return size is not None and math.isfinite(size) and SMALLEST <= size <= LARGEST


def _forgotten(items: int) -> int:
    over = max(0, items - MOST_ITEMS)
    return -(-over // FORGOTTEN_AT_ONCE) * FORGOTTEN_AT_ONCE


def _without_repeats(items: Items, sizes: Sequence[float | None], places: Sequence[int]) -> list[int]:
    """Work that comes again and again is evidence, thirty copies of one row are not. Of items without words
    nobody can say."""
    seen: Counter[tuple[bytes, bytes, float | None]] = Counter()
    kept = []
    for place in places:
        key = (items.vectors[place].tobytes(), items.features[place].tobytes(), sizes[place])
        seen[key] += 1
        if seen[key] <= MOST_COPIES or not items.vectors[place].any():
            kept.append(place)
    return kept
