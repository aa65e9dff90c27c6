"""Figures for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.judging.agreement import LEAST_KAPPA
from evals.results import CurvePoint, Figure, Judge, Results, Run
from evals.scoring.baselines import SHORT
from evals.suites import Suite

SHOWN_POINTS = 14
BAR = 30  # characters for a share of 1
LONGEST_NAME = len("very_thing_expected@5")
STOPS = {
    "interrupted": "It was interrupted",
    "budget": "The budget was reached",
    "error": "An error ended it",
}


def print_results(console: Console, suite: Suite, results: Results) -> None:
    """Every measure with its interval, the baselines beside it, and how it came about."""
    print_figures(console, suite, results)
    print_curve(console, results)
    for line in how(results.run):
        console.print(line)
    for name, one in results.stability.items():
        if name == suite.headline:
            console.print(
                f"Stability: in {one.same:.0%} of {one.cases} cases every round gave the same {name}; "
                f"highest and lowest are {one.spread:.3f} apart on average."
            )


def print_figures(console: Console, suite: Suite, results: Results) -> None:
    """The table of measures."""
    run = results.run
    partial = " (partial)" if results.partial else ""
    title = f"{run.suite} on {run.cases_file}: {run.done} of {run.cases} {suite.unit}{partial}"
    table = plain_table(
        title, "measure", ["value", "95 %", "n", *(SHORT.get(n, n) for n in results.baselines)]
    )
    for measure in suite.measures:
        found = results.metrics.get(measure.name)
        if found:
            others = [shown(theirs.get(measure.name)) for theirs in results.baselines.values()]
            table.add_row(measure.name, shown(found), interval(found), str(found.n), *others)
    console.print(table)


def plain_table(title: str, first: str, columns: Sequence[str]) -> Table:
    """A table that leaves room for figures on eighty columns: the first stands left, the others right."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 0))
    table.add_column(first, no_wrap=True, min_width=LONGEST_NAME)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def how(run: Run) -> list[str]:
    """What one must know to read the figures, a sentence each."""
    model = f", model {run.model}" if run.model else ""
    lines = []
    if not run.analyst:
        lines.append(f"Encoder {run.encoder}; {run.seconds:.1f} s.")
    else:
        lines.append(
            f"Analyst {run.analyst}{model}; learned parts {run.weights}; history {run.history}, notes "
            f"{run.knowledge or 'none'}, map {run.product_map or 'none'}; {run.seconds:.1f} s."
        )
    if run.judge:
        lines.append(_judged(run.judge, run.headline))
    if run.later:
        lines.append(
            f"{run.later} past requests came in after the first case, and every case could see them; with "
            "--stream each sees only what was known by then."
        )
    if run.stopped:
        lines.append(f"{STOPS[run.stopped]}: {run.done} of {run.cases} cases are done.")
    if run.kept:
        lines.append(
            f"{run.kept} drafts were taken from the earlier run in this folder; --fresh drafts anew."
        )
    if run.degraded:
        lines.append(f"In {run.degraded} drafts a step fell back to the catalogue.")
    if run.model:
        lines.append(f"Spent in this run: ${run.spent:.4f}, as far as prices are known.")
    return lines


def _judged(judge: Judge, headline: str) -> str:
    found = (
        f"The very thing is judged by the matcher: kappa {judge.kappa:.2f} with a blind reading on unseen "
        f"projects, bias of the share {judge.bias:+.3f}"
    )
    if judge.withheld:
        return f"{found}. It is withheld: a kappa below {LEAST_KAPPA} says too little."
    if judge.corrected is None:
        return f"{found}."
    return f"{found}; without it {headline} is {judge.corrected:.3f}."


def print_curve(console: Console, results: Results) -> None:
    """The very thing@5 over the stream, cumulative; at most SHOWN_POINTS lines."""
    if not results.curve:
        return
    title = f"very thing@5 over time, history {results.run.history}"
    table = plain_table(title, "opened", ("past requests", "asked / hidden so far", "share"))
    table.add_column("")
    for point in thinned(results.curve):
        bar = "█" * round(point.share * BAR)
        hits = f"{point.hits:g} / {point.hidden}"
        table.add_row(point.opened, str(point.known), hits, f"{point.share:.2f}", bar)
    console.print(table)


def thinned(points: tuple[CurvePoint, ...], most: int = SHOWN_POINTS) -> list[CurvePoint]:
    """Evenly spread points, always with the last one."""
    if len(points) <= most:
        return list(points)
    return [points[round((place + 1) * len(points) / most) - 1] for place in range(most)]


def interval(figure: Figure) -> str:
    """ "0.52–0.61"."""
    return f"{round(figure.low, 2) + 0.0:.2f}–{round(figure.high, 2) + 0.0:.2f}"  # no minus zero


def shown(figure: Figure | None) -> str:
    """Three places, or a dash."""
    return f"{figure.value:.3f}" if figure else "–"
