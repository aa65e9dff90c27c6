"""Which charts a run has, and what stands under them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from evals.measures import Better
from evals.report.charts import Bar, Line, bars_chart, grid_chart, histogram, lines_chart
from evals.report.public import by_way, coverage_by_project, errors_by_project
from evals.report.svg import symbol
from evals.results import CurvePoint, Figure, Results
from evals.scoring.baselines import SHORT
from evals.suites import Suite
from triage.domain import TShirt

_SIZES = [label.value for label in TShirt]
_STYLES = {"very thing": "own", "area": "second"}
_MOST_KINDS = 12


def figure_sections(suite: Suite, results: Results) -> str:
    """Every chart there is material for."""
    found = (
        _over_k(results),
        _over_time(results.curve),
        _shares(suite, results),
        _by_category(results),
        _by_kind(suite, results),
        _public(suite, results),
        _sizes(results),
        _cost(results),
    )
    return "".join(found)


def _figure(title: str, chart: str, says: str) -> str:
    return f"<figure><h2>{escape(title)}</h2>{chart}<figcaption>{says}</figcaption></figure>"


def _over_k(results: Results) -> str:
    if not results.by_k:
        return ""
    lines = [
        Line(_short(name), [f.value for f in row], _STYLES.get(name, "beside"), _band(name, row))
        for name, row in results.by_k.items()
    ]
    places = [str(place + 1) for place in range(len(next(iter(results.by_k.values()))))]
    chart = lines_chart(
        lines, places, "Share of hidden work asked for, over the questions", "first k questions"
    )
    says = (
        "Of all that later surfaced, the share that the first <i>k</i> questions ask for: the very thing, or "
        "at least its area. The baselines (dashed) are counted by area."
    )
    return _figure("What the first questions find", chart, says)


def _short(name: str) -> str:
    """ "area, nearest neighbour" as there is room for at the end of a line."""
    return SHORT.get(name.removeprefix("area, "), name)


def _band(name: str, row: Sequence[Figure]) -> list[tuple[float, float]]:
    return [(figure.low, figure.high) for figure in row] if name in _STYLES else []


def _over_time(points: Sequence[CurvePoint]) -> str:
    if len(points) < 2:
        return ""
    line = Line("very thing", [point.share for point in points], "own")
    places = [""] * len(points)
    places[0], places[-1] = points[0].opened, points[-1].opened
    chart = lines_chart([line], places, f"from {points[0].share} to {points[-1].share}", "in time order")
    says = f"Cumulative; the last request could see {points[-1].known} earlier ones."
    return _figure("The very thing@5 over time", chart, says)


def _shares(suite: Suite, results: Results) -> str:
    """All measures that are shares, for the suites of cases that have no curve."""
    if results.by_k or "cases" not in suite.needs:
        return ""
    names = [m.name for m in suite.measures if m.name in results.metrics and m.better is Better.HIGHER]
    shares = [name for name in names if results.metrics[name].value <= 1]
    others = list(results.baselines.values())
    bars = [_bar(name, results.metrics[name], [one.get(name) for one in others]) for name in shares]
    if not bars:
        return ""
    return _figure(
        "At a glance", bars_chart(bars, "Measures that are shares"), _legend(list(results.baselines))
    )


def _bar(name: str, found: Figure, beside: Sequence[Figure | None]) -> Bar:
    marks = [figure.value if figure else None for figure in beside]
    return Bar(name, f"n {found.n}", found.value, max(0.0, found.low), min(1.0, found.high), marks=marks)


def _by_category(results: Results) -> str:
    if not results.by_category:
        return ""
    own = ("very_thing@5", "recall@5")
    names = list(dict.fromkeys(n for row in results.by_category.values() for n in row if n not in own))
    bars = []
    for category, row in results.by_category.items():
        area = row.get("recall@5")
        if area:
            exact = row["very_thing@5"].value if "very_thing@5" in row else None
            marks = [row[name].value if name in row else None for name in names]
            bars.append(Bar(category.replace("_", " "), f"n {area.n}", area.value, inner=exact, marks=marks))
    says = (
        "Pale: the area is asked about. Dark: the very thing is, by a question of whatever area. "
        + _legend(names)
    )
    return _figure("By area of the hidden work", bars_chart(bars, "Share found by area"), says)


def _legend(names: Sequence[str]) -> str:
    marks = (
        f"<span class='key'><svg width='14' height='18' aria-hidden='true'>{symbol(place, 7, 9)}</svg>"
        f"{escape(name)}</span>"
        for place, name in enumerate(names)
    )
    return "".join(marks)


def _by_kind(suite: Suite, results: Results) -> str:
    if len(results.by_kind) < 2:
        return ""
    ordered = sorted(results.by_kind.items(), key=lambda row: -row[1][suite.headline].n)
    rows = ordered[:_MOST_KINDS]
    bars = [_bar(kind.replace("_", " "), row[suite.headline], ()) for kind, row in rows]
    more = len(results.by_kind) - len(rows)
    rest = f" {more} rarer kinds are not shown." if more else ""
    says = f"{escape(suite.headline)} by the surest kind of change, with its 95 % interval.{rest}"
    return _figure("By kind of change", bars_chart(bars, "Headline by kind of change"), says)


def _public(suite: Suite, results: Results) -> str:
    found = (
        ("By way of searching", by_way(suite, results), f"{suite.headline}, with its 95 % interval."),
        (
            "Error of the size, by project",
            errors_by_project(suite, results),
            "Mean absolute error on the test part, divided by that of always answering the training median: "
            "left of the line is better.",
        ),
        (
            "Are the ranges honest?",
            coverage_by_project(suite, results),
            "Share of the sizes that lay inside their 80 % range, as sizes arrived. The line is at 0.8: left "
            "of it a range promises too much.",
        ),
    )
    return "".join(_figure(title, chart, escape(says)) for title, chart, says in found if chart)


def _sizes(results: Results) -> str:
    pairs = [case.size for case in results.cases if case.size]
    if not pairs:
        return ""
    counts = [[0] * len(_SIZES) for _ in _SIZES]
    for really, drafted in pairs:
        counts[_SIZES.index(really)][_SIZES.index(drafted)] += 1
    says = "Framed: right. Right of the frame: drafted too large; left of it: too small."
    return _figure("Size against what it became", grid_chart(counts, _SIZES, "Sizes drafted and real"), says)


def _cost(results: Results) -> str:
    """Dollars where a model was paid, seconds otherwise."""
    dollars, seconds = (list(_each(results, name)) for name in ("cost", "seconds"))
    if any(dollars):
        says = f"{sum(dollars):.2f} US dollars in all; a request takes {_middle(seconds):.1f} s."
        return _figure("Cost per request", histogram(dollars, "US dollars per request", "$"), says)
    if not any(seconds):
        return ""
    says = "No model was asked: a request costs nothing but this time."
    return _figure("Time per request", histogram(seconds, "Seconds per request", "s"), says)


def _each(results: Results, name: str) -> Iterator[float]:
    for case in results.cases:
        part, whole = case.tallies.get(name, (0.0, 0.0))
        if whole:
            yield part / whole


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
