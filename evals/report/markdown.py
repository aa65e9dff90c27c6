"""The figures of a run as Markdown, for a wiki, a commit message or a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from evals.measures import Better
from evals.report.tables import how, interval, shown
from evals.results import Results
from evals.suites import Suite

ARROWS = {Better.HIGHER: "↑", Better.LOWER: "↓", Better.NEARER_ZERO: "→ 0", Better.NEITHER: ""}


def write_summary(path: Path, suite: Suite, results: Results) -> None:
    """Write `summary.md`."""
    path.write_text(summary(suite, results), encoding="utf-8")


def summary(suite: Suite, results: Results) -> str:
    """The figures, what they rest on, and the shares by category and kind."""
    run = results.run
    partial = " (partial)" if results.partial else ""
    parts = [
        f"## {run.suite} on {escape(run.cases_file)}: {run.done} of {run.cases} {suite.unit}{partial}",
        _figures(suite, results),
        "\n".join(f"- {escape(line)}" for line in how(run)),
    ]
    if results.by_category:
        columns = list(dict.fromkeys(name for row in results.by_category.values() for name in row))
        rows = [
            (category, *(shown(row.get(name)) for name in columns), str(max(f.n for f in row.values())))
            for category, row in results.by_category.items()
        ]
        parts += ["### By category", table(("category", *columns, "items"), rows)]
    if results.by_kind:
        rows = [
            (kind, shown(row[suite.headline]), interval(row[suite.headline]), str(row[suite.headline].n))
            for kind, row in results.by_kind.items()
        ]
        parts += ["### By kind of change", table(("kind", suite.headline, "95 %", "n"), rows)]
    return "\n\n".join(parts) + "\n"


def _figures(suite: Suite, results: Results) -> str:
    rows = []
    for measure in suite.measures:
        found = results.metrics.get(measure.name)
        if found:
            name = f"**{measure.name}**" if measure.name == suite.headline else measure.name
            beside = [shown(theirs.get(measure.name)) for theirs in results.baselines.values()]
            rows.append(
                (
                    f"{name} {ARROWS[measure.better]}".strip(),
                    shown(found),
                    interval(found),
                    str(found.n),
                    *beside,
                )
            )
    return table(("measure", results.run.analyst or "value", "95 %", "n", *results.baselines), rows)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column stands left, the others right."""
    lines = [
        "| " + " | ".join(map(escape, heads)) + " |",
        "|---|" + "---:|" * (len(heads) - 1),
        *("| " + " | ".join(map(escape, row)) + " |" for row in rows),
    ]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text inside a table cell or a list: on one line, and no HTML."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
