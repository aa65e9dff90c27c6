"""The figures of the sizing suite for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.results import Figure, Results
from evals.sizing.figures import BASE, DEEP, LAST, MEASURES, MEDIAN

_BESIDE = {
    MEDIAN: "median",
    DEEP: "Deep-SE",
    LAST: "last 50",
    BASE: "base rate",
}
_PROJECT_COLUMNS = {
    "n": "",
    "MAE": "fixed_mae",
    "÷ med": "fixed_ratio",
    "÷ D-SE": "fixed_ratio_deep_se",
    "label": "tshirt_exact",
    "med’s": f"tshirt_exact {MEDIAN}",
    "÷ last": "rolling_ratio",
    "cover": "coverage",
    "width": "width",
    "base’s": f"width {BASE}",
}


def print_sizing(console: Console, results: Results) -> None:
    """Every measure with its interval and baselines, then every project."""
    console.print(_measures(results))
    console.print(_projects(results.metrics))
    console.print(
        "Story points; medians answer, ranges are to hold in four of five cases. Intervals: 95 %, bootstrap "
        "within each project. Project by project: error ÷ that of the training median, of Deep-SE and, as "
        "sizes arrive, of the median of the last 50; labels right beside the training median’s; coverage and "
        "width of the ranges as sizes arrive beside the width of the calibrated base rate’s. "
        f"Encoder {results.run.encoder}; {results.run.seconds:.0f} s."
    )
    metrics = results.metrics
    unknown = [name for name in _names(metrics) if f"{name}:fixed_ratio_deep_se" not in metrics]
    if unknown:
        console.print(f"No published figure of Deep-SE is at hand for {', '.join(unknown)}.")


def _measures(results: Results) -> Table:
    run = results.run
    partial = " (partial)" if results.partial else ""
    table = _table(f"{run.suite} on {run.cases_file}: {run.done} of {run.cases} projects{partial}")
    for column in ("measure", "value", "95 %", *_BESIDE.values()):
        table.add_column(column, justify="left" if column == "measure" else "right", no_wrap=True)
    for measure in MEASURES:
        found = results.metrics.get(measure.name)
        if found:
            beside = [results.baselines.get(name, {}).get(measure.name) for name in _BESIDE]
            table.add_row(measure.name, _shown(found), _interval(found), *map(_shown, beside))
    return table


def _projects(metrics: Mapping[str, Figure]) -> Table:
    table = _table("Project by project, test part")
    for column in ("project", *_PROJECT_COLUMNS):
        table.add_column(column, justify="left" if column == "project" else "right", no_wrap=True)
    for project in _names(metrics):
        cells = [_cell(metrics, project, name) for name in _PROJECT_COLUMNS.values()]
        table.add_row(project, *cells)
    return table


def _names(metrics: Mapping[str, Figure]) -> list[str]:
    """The projects, in their order."""
    return list(dict.fromkeys(name.rpartition(":")[0] for name in metrics if ":" in name))


def _cell(metrics: Mapping[str, Figure], project: str, name: str) -> str:
    if not name:
        return str(metrics[f"{project}:fixed_mae"].n)
    found = metrics.get(f"{project}:{name}")
    return f"{found.value:.2f}" if found else "–"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 0))


def _shown(figure: Figure | None) -> str:
    return f"{figure.value:.3f}" if figure else "–"


def _interval(figure: Figure) -> str:
    return f"{figure.low:.2f}–{figure.high:.2f}"
