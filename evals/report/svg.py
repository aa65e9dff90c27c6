"""The pieces of a chart. Colours and line styles come from the style sheet by class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

WIDTH = 420  # units; the text stays legible when a phone shows the chart at four fifths of that
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def svg(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    """The drawing with its words for those who cannot see it."""
    return (
        f"<svg viewBox='0 0 {width:g} {height:g}' role='img' aria-label='{escape(label, quote=True)}'>"
        f"{''.join(parts)}</svg>"
    )


def text(x: float, y: float, said: str, style: str = "") -> str:
    """A word; `style` middle or end says how it stands to `x`."""
    return f"<text class='{style}' x='{x:.1f}' y='{y:.1f}'>{escape(said)}</text>"


def box(x: float, y: float, width: float, height: float, style: str, more: str = "") -> str:
    """A rectangle."""
    size = f"width='{width:.1f}' height='{height:.1f}'"
    return f"<rect class='{style}' x='{x:.1f}' y='{y:.1f}' {size} {more}/>"


def stroke(x1: float, y1: float, x2: float, y2: float, style: str = "") -> str:
    """A straight line."""
    return f"<line class='{style}' x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}'/>"


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Places of a polyline or polygon."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def symbol(kind: int, x: float, y: float) -> str:
    """The mark of the baseline of that number."""
    shapes = (
        f"<path class='mark' d='M{x:.1f} {y - 8:.1f} v16'/>",
        f"<circle class='mark' cx='{x:.1f}' cy='{y:.1f}' r='3.5'/>",
        f"<path class='mark' d='M{x - 4:.1f} {y + 4:.1f} l4 -8 l4 8 z'/>",
        f"<rect class='mark' x='{x - 3.5:.1f}' y='{y - 3.5:.1f}' width='7' height='7'/>",
    )
    return shapes[kind % len(shapes)]


def whisker(low: float, high: float, y: float) -> str:
    """An interval."""
    return (
        f"<path class='whisker' d='M{low:.1f} {y - 3} v6 M{low:.1f} {y} H{high:.1f} M{high:.1f} {y - 3} v6'/>"
    )


def apart(wanted: Sequence[float], least: float) -> list[float]:
    """The same heights, moved down so far that no two are nearer than `least`."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    placed = list(wanted)
    for above, below in pairwise(order):
        placed[below] = max(placed[below], placed[above] + least)
    return placed
