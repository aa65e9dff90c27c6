"""The charts of the suites on public data."""

from __future__ import annotations

from collections.abc import Mapping

from evals.report.charts import Bar, bars_chart
from evals.results import Figure, Results
from evals.suites import Suite

COVERED = 0.8  # what the ranges of a rough size promise


def by_way(suite: Suite, results: Results) -> str:
    """The headline of retrieval for each way of searching; the product's own last."""
    if suite.name != "retrieval":
        return ""
    ways = {**results.baselines, "product": results.metrics}
    bars = [_bar(way, row[suite.headline]) for way, row in ways.items() if suite.headline in row]
    return bars_chart(bars, f"{suite.headline} by way of searching")


def errors_by_project(suite: Suite, results: Results) -> str:
    """The error of sizing against the training median's, project by project."""
    bars = [_bar(project, figure) for project, figure in _projects(suite, results, "fixed_ratio").items()]
    return (
        bars_chart(bars, "Error against the training median", most=_ceiling(bars), goal=1.0) if bars else ""
    )


def coverage_by_project(suite: Suite, results: Results) -> str:
    """How many sizes lay inside their range, project by project."""
    bars = [_bar(project, figure) for project, figure in _projects(suite, results, "coverage").items()]
    return bars_chart(bars, "Sizes inside their range", goal=COVERED) if bars else ""


def _projects(suite: Suite, results: Results, measure: str) -> Mapping[str, Figure]:
    if suite.name != "sizing":
        return {}
    ends = f":{measure}"
    return {
        name.removesuffix(ends): figure for name, figure in results.metrics.items() if name.endswith(ends)
    }


def _bar(name: str, figure: Figure) -> Bar:
    return Bar(name, f"{figure.value:.2f}", figure.value, figure.low, figure.high)


def _ceiling(bars: list[Bar]) -> float:
    """The end of the axis: a quarter step above the longest interval."""
    longest = max(max(bar.value, bar.high or 0.0) for bar in bars)
    return max(1.25, round(longest * 4 + 0.5) / 4)
