"""Figures for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from evals.metrics import MEASURES
from evals.results import CurvePoint, Figure, Results

SHOWN_POINTS = 14
BAR = 30  # characters for a share of 1


def print_figures(console: Console, results: Results) -> None:
    """Every measure with its interval, the baselines beside it."""
    run = results.run
    partial = " (partial)" if results.partial else ""
    title = f"{run.suite} on {run.cases_file}: {run.done} of {run.cases} cases{partial}"
    table = Table(title=title, title_justify="left")
    table.add_column("measure", no_wrap=True, min_width=len("very_thing_expected@5"))
    for column in (run.analyst, "95 % interval", "n", *results.baselines):
        table.add_column(column, justify="right")
    for measure in MEASURES:
        found = results.metrics.get(measure.name)
        if found:
            beside = [_value(theirs.get(measure.name)) for theirs in results.baselines.values()]
            table.add_row(measure.name, _value(found), interval(found), str(found.n), *beside)
    console.print(table)
    console.print(
        f"Learned parts {run.weights}; history {run.history}, map {run.product_map or 'none'}; "
        f"{run.seconds:.1f} s. The very thing is "
        f"judged by the matcher: kappa {run.judge.kappa:.2f} with a blind reading on unseen projects, bias "
        f"of the share {run.judge.bias:+.3f}."
    )
    if run.degraded:
        console.print(f"In {run.degraded} drafts a step fell back to the catalogue.")


def print_curve(console: Console, results: Results) -> None:
    """The very thing@5 over the stream, cumulative; at most SHOWN_POINTS lines."""
    if not results.curve:
        return
    table = Table(title=f"very thing@5 over time, history {results.run.history}", title_justify="left")
    for column in ("opened", "past requests", "asked / hidden so far", "share"):
        table.add_column(column, justify="right")
    table.add_column("")
    for point in thinned(results.curve):
        bar = "█" * round(point.share * BAR)
        hits = f"{point.hits} / {point.hidden}"
        table.add_row(point.opened, str(point.known), hits, f"{point.share:.2f}", bar)
    console.print(table)


def thinned(points: tuple[CurvePoint, ...], most: int = SHOWN_POINTS) -> list[CurvePoint]:
    """Evenly spread points, always with the last one."""
    if len(points) <= most:
        return list(points)
    return [points[round((place + 1) * len(points) / most) - 1] for place in range(most)]


def interval(figure: Figure) -> str:
    """ "0.52–0.61"."""
    return f"{figure.low:.2f}–{figure.high:.2f}"


def _value(figure: Figure | None) -> str:
    return f"{figure.value:.3f}" if figure else "–"
