"""A comparison for a terminal, and as Markdown for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.markup import escape as plain
from rich.table import Table

from evals.compare import Compared, Comparison
from evals.comparing.changes import Asked, CaseChange, Side
from evals.report.markdown import escape, table
from evals.report.tables import interval, plain_table

_LONGEST_COMMENT = 60_000  # characters; GitHub takes 65,536


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Everything, the verdict last."""
    headline = comparison.suite.headline
    _print_rows(console, f"second minus first, {comparison.cases} cases", comparison.rows, limits=True)
    for what, rows in (("category", comparison.by_category), ("kind of change", comparison.by_kind)):
        moved = [row for row in rows if row.change.value]
        _print_rows(console, f"{headline} by {what}, where it changed", moved)
    _print_changed(console, comparison)
    for note in filter(None, (*comparison.notes, _effort(comparison))):
        console.print(note)
    console.print(verdict(comparison))


def verdict(comparison: Comparison) -> str:
    """The gate in one sentence."""
    worse = [row.name for row in comparison.rows if row.regressed]
    return f"Regressed past tolerance: {', '.join(worse)}" if worse else "No regression past tolerance."


def _print_rows(console: Console, title: str, rows: Sequence[Compared], *, limits: bool = False) -> None:
    if not rows:
        return
    columns = ["first", "second", "change", "95 %", "n", *(["tolerance"] if limits else [])]
    shown = plain_table(title, "measure" if limits else "", columns)
    for row in rows:
        shown.add_row(*_cells(row), *([_limit(row)] if limits else []))
    console.print(shown)


def _cells(row: Compared) -> tuple[str, ...]:
    change = f"{row.change.value:+.3f}"
    return (
        row.name,
        f"{row.before:.3f}",
        f"{row.after:.3f}",
        change,
        interval(row.change),
        str(row.change.n),
    )


def _limit(row: Compared) -> str:
    return "" if row.tolerance is None else f"{row.tolerance:g}" + (" ✗" if row.regressed else "")


def _print_changed(console: Console, comparison: Comparison) -> None:
    if not comparison.changed:
        return
    shown = Table(title="Cases that changed most", title_justify="left", show_lines=True)
    shown.add_column("case", overflow="fold")
    shown.add_column("first", ratio=1)
    shown.add_column("second", ratio=1)
    for change in comparison.changed:
        sides = (_as_text(change.first, "−"), _as_text(change.second, "+"))
        shown.add_row(plain(f"{change.id}\n{_moved(change)}"), *map(plain, sides))
    console.print(shown)


def _as_text(side: Side | None, mark: str) -> str:
    if side is None:
        return ""
    lines = [f"{mark if asked.other else ' '} {asked.category}: {asked.question}" for asked in side.questions]
    return "\n".join([*lines, f"  size {side.size}"])


def _moved(change: CaseChange) -> str:
    return " → ".join("–" if share is None else f"{share:.2f}" for share in (change.before, change.after))


def _effort(comparison: Comparison) -> str:
    rows = {row.name: row for row in comparison.rows}
    parts = []
    if "seconds" in rows:
        parts.append(f"A draft takes {rows['seconds'].before:.2f} s → {rows['seconds'].after:.2f} s")
    if "cost" in rows and (rows["cost"].before or rows["cost"].after):
        parts.append(f"costs ${rows['cost'].before:.4f} → ${rows['cost'].after:.4f}")
    return " and ".join(parts) + "." if parts else ""


# --- Markdown -----------------------------------------------------------------------------------------


def as_markdown(comparison: Comparison, first: str, second: str) -> str:
    """The comparison as one comment: verdict, measures, groups folded, the most changed cases folded."""
    sign = "❌" if comparison.regressed else "✅"
    parts = [
        f"## {comparison.suite.name}: {escape(second)} against {escape(first)}",
        f"{sign} **{verdict(comparison)}** {comparison.cases} cases, paired; intervals 95 %.",
        _markdown_rows(comparison.rows, "measure", limits=True),
        _effort(comparison),
        "\n".join(f"- {escape(note)}" for note in comparison.notes),
        _folded("By category", _markdown_rows(comparison.by_category, "category")),
        _folded("By kind of change", _markdown_rows(comparison.by_kind, "kind")),
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    return text + _changed(comparison.changed, _LONGEST_COMMENT - len(text))


def _markdown_rows(rows: Sequence[Compared], what: str, *, limits: bool = False) -> str:
    if not rows:
        return ""
    heads = (what, "first", "second", "change", "95 %", "n", *(["tolerance"] if limits else []))
    return table(heads, [(*_cells(row), *([_limit(row)] if limits else [])) for row in rows])


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>" if text else ""


def _changed(changes: Sequence[CaseChange], room: int) -> str:
    """As many cases as there is room for."""
    if not changes:
        return ""
    text = "\n### Cases that changed most\n"
    for change in changes:
        shown = _folded(f"<code>{escape(change.id)}</code> {_moved(change)}", _sides(change))
        if len(text) + len(shown) > room:
            break
        text += f"\n{shown}\n"
    return text


def _sides(change: CaseChange) -> str:
    if change.first is None or change.second is None:
        return "The drafts of one run are missing."
    pairs = zip_longest(change.first.questions, change.second.questions)
    rows = [(_question(old, "~~"), _question(new, "**")) for old, new in pairs]
    rows += [(f"size {one.size}", f"size {two.size}") for one, two in [(change.first, change.second)]]
    rows += [(escape(change.first.sentence), escape(change.second.sentence))]
    lines = ["| first | second |", "|---|---|", *(f"| {one} | {two} |" for one, two in rows)]
    return "\n".join(lines)


def _question(asked: Asked | None, mark: str) -> str:
    if asked is None:
        return ""
    text = f"{asked.category}: {escape(asked.question)}"
    return f"{mark}{text}{mark}" if asked.other else text
