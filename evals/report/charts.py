"""Four charts as inline SVG: lines over places, rows of bars, a grid of counts, a histogram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.report.svg import SHARES, WIDTH, apart, box, points, stroke, svg, symbol, text, whisker


@dataclass(frozen=True)
class Line:
    """A line over equally spaced places; `band` are the interval's ends at each of them."""

    name: str
    values: Sequence[float]
    style: str  # a class of the style sheet: own, second or beside
    band: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Bar:
    """A share of one row with its interval; `inner` is a share within it, `marks` the baselines'."""

    name: str
    note: str
    value: float
    low: float | None = None
    high: float | None = None
    inner: float | None = None
    marks: Sequence[float | None] = ()


# --- lines --------------------------------------------------------------------------------------------

_PLOT = (36, 10, 270, 220)  # left, top, width, height of the field of a line chart


def lines_chart(lines: Sequence[Line], places: Sequence[str], label: str, axis: str) -> str:
    """Shares from 0 to 1 over `places`; each line is named at its right end."""
    left, top, width, height = _PLOT
    parts = [*_levels(), *(part for line in reversed(lines) for part in _line(line)), *_names(lines)]
    step = width / max(1, len(places) - 1)
    parts += [text(left + i * step, top + height + 17, name, "middle") for i, name in enumerate(places)]
    parts.append(text(left + width / 2, top + height + 34, axis, "middle"))
    return svg(WIDTH, top + height + 40, label, parts)


def _levels() -> Iterator[str]:
    left, top, width, height = _PLOT
    for share in SHARES:
        y = top + height * (1 - share)
        yield stroke(left, y, left + width, y)
        yield text(left - 5, y + 4, f"{share:g}", "end")


def _line(line: Line) -> Iterator[str]:
    if line.band:
        upper = [_at(place, high, len(line.band)) for place, (_, high) in enumerate(line.band)]
        lower = [_at(place, low, len(line.band)) for place, (low, _) in enumerate(line.band)]
        yield f"<polygon class='{line.style}' points='{points([*upper, *reversed(lower)])}'/>"
    along = [_at(place, share, len(line.values)) for place, share in enumerate(line.values)]
    yield f"<polyline class='{line.style}' points='{points(along)}'/>"


def _names(lines: Sequence[Line]) -> Iterator[str]:
    left, _, width, _ = _PLOT
    heights = apart([_at(0, line.values[-1], 1)[1] for line in lines], 14)
    for line, y in zip(lines, heights, strict=True):
        yield text(left + width + 6, y + 4, f"{line.values[-1]:.2f} {line.name}", line.style)


def _at(place: int, share: float, places: int) -> tuple[float, float]:
    left, top, width, height = _PLOT
    return left + place * width / max(1, places - 1), top + height * (1 - share)


# --- bars ---------------------------------------------------------------------------------------------

_ROW = 25
_BARS = (140, 6, 372)  # least left, top and right of the field of bars
_LETTER = 6.6  # mean width of a letter


def bars_chart(bars: Sequence[Bar], label: str, *, most: float = 1.0, goal: float | None = None) -> str:
    """One row a bar, from 0 to `most`, with interval and the marks of the baselines; a line at `goal`."""
    least, top, right = _BARS
    left = max(least, 14 + _LETTER * max(len(bar.name) for bar in bars))  # room for the longest name
    width, height = right - left, _ROW * len(bars)
    parts = []
    for step in range(round(most * 4) + 1):
        x = left + width * step / 4 / most
        parts += [stroke(x, top, x, top + height), text(x, top + height + 15, f"{step / 4:g}", "middle")]
    for place, bar in enumerate(bars):
        parts += _bar(bar, left, top + place * _ROW, width / most)
    if goal is not None:
        parts.append(
            stroke(left + width * goal / most, top, left + width * goal / most, top + height, "median")
        )
    return svg(WIDTH, top + height + 20, label, parts)


def _bar(bar: Bar, left: float, y: float, width: float) -> Iterator[str]:
    """`width` is that of a share of 1."""
    middle = y + _ROW / 2
    yield text(left - 7, middle + 4, bar.name, "end")
    yield box(left, middle - 8, bar.value * width, 16, "fill" if bar.inner is None else "pale", "rx='2'")
    if bar.inner is not None:
        yield box(left, middle - 4, bar.inner * width, 8, "fill", "rx='2'")
    if bar.low is not None and bar.high is not None:
        yield whisker(left + bar.low * width, left + bar.high * width, middle)
    for kind, mark in enumerate(bar.marks):
        if mark is not None:
            yield symbol(kind, left + mark * width, middle)
    yield text(_BARS[2] + 9, middle + 4, bar.note)


# --- grid ---------------------------------------------------------------------------------------------

_CELL = 46
_GRID = (100, 34)  # left and top of the field of cells


def grid_chart(counts: Sequence[Sequence[int]], names: Sequence[str], label: str) -> str:
    """How often each pair came up: rows what it really was, columns what was drafted."""
    left, top = _GRID
    size = len(names) * _CELL
    parts = [
        text(left + size / 2, 12, "drafted", "middle"),
        text(left - 34, top + size / 2 + 4, "really", "end"),
    ]
    for place, name in enumerate(names):
        middle = (place + 0.5) * _CELL
        parts += [text(left + middle, top - 6, name, "middle"), text(left - 8, top + middle + 4, name, "end")]
    most = max((count for row in counts for count in row), default=0) or 1
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            parts += _cell(row, column, count, count / most)
    return svg(WIDTH, top + size + 6, label, parts)


def _cell(row: int, column: int, count: int, share: float) -> Iterator[str]:
    left, top = _GRID
    x, y, side = left + column * _CELL, top + row * _CELL, _CELL - 2
    if count:
        yield box(x, y, side, side, "cell", f"fill-opacity='{0.12 + 0.88 * share:.2f}'")
        yield text(
            x + side / 2, y + side / 2 + 4, str(count), "middle strong" if share > 0.45 else "middle dark"
        )
    yield box(x, y, side, side, "frame" if row == column else "cell empty")


# --- histogram ----------------------------------------------------------------------------------------

_BINS = 12
_COLUMNS = (32, 24, 376, 140)  # left, top, width, height


def histogram(values: Sequence[float], label: str, unit: str) -> str:
    """How many requests took how much; the median is marked."""
    left, top, width, height = _COLUMNS
    highest = max(values) or 1.0
    counts = [0] * _BINS
    for value in values:
        counts[min(_BINS - 1, int(value / highest * _BINS))] += 1
    most, step = max(counts), width / _BINS
    parts = [
        box(left + place * step, top + height * (1 - count / most), step - 2, height * count / most, "fill")
        for place, count in enumerate(counts)
        if count
    ]
    parts += _median(sorted(values)[len(values) // 2], highest, unit)
    parts += [text(left - 6, top + 10, str(most), "end"), text(left, top + height + 16, "0")]
    parts.append(text(left + width, top + height + 16, f"{highest:.3g} {unit}", "end"))
    return svg(WIDTH, top + height + 20, label, parts)


def _median(value: float, highest: float, unit: str) -> Iterator[str]:
    left, top, width, height = _COLUMNS
    x = left + value / highest * width
    late = value > highest * 0.6
    yield stroke(x, top - 8, x, top + height, "median")
    yield text(x - 6 if late else x + 6, top - 10, f"median {value:.3g} {unit}", "end" if late else "")
