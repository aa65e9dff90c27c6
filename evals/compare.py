"""`triage eval compare DIR_A DIR_B`: paired differences over the cases both runs have, and a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.metrics import BY_NAME, HEADLINE, MEASURES, differences, summarise, worsening
from evals.results import Figure, Results, read_results
from evals.tables import interval
from triage.errors import BadInput

DEFAULT_TOLERANCE = 0.02  # for the headline; DESIGN, "The command line"


@dataclass(frozen=True)
class Compared:
    """One measure in both runs, over the same cases. `regressed`: worse by more than its tolerance."""

    name: str
    before: float
    after: float
    change: Figure
    tolerance: float | None
    regressed: bool


@dataclass(frozen=True)
class Comparison:
    """All measures of two runs, and what makes the two hard to compare."""

    cases: int
    rows: tuple[Compared, ...]
    notes: tuple[str, ...]

    @property
    def regressed(self) -> bool:
        """True when any measure with a tolerance got worse by more than that."""
        return any(row.regressed for row in self.rows)


def compare(before: Path, after: Path, tolerances: Sequence[str], console: Console | None = None) -> bool:
    """Print the comparison of two run folders; True when the second has regressed.

    Raises:
        BadInput: a tolerance that cannot be read, a folder without results, or runs without common cases.
    """
    allowed = read_tolerances(tolerances)
    comparison = comparison_of(read_results(before), read_results(after), allowed)
    _print(console or Console(), comparison)
    return comparison.regressed


def read_tolerances(given: Sequence[str]) -> dict[str, float]:
    """From "name=x"; the headline has DEFAULT_TOLERANCE unless it is named. Raises BadInput."""
    allowed = {HEADLINE: DEFAULT_TOLERANCE}
    for one in given:
        name, _, value = one.partition("=")
        try:
            amount = float(value)
        except ValueError:
            amount = -1.0
        if name not in BY_NAME or not 0 <= amount < float("inf"):
            known = ", ".join(measure.name for measure in MEASURES)
            raise BadInput(f"“{one}” is no tolerance.", f"Write name=0.02; names: {known}.")
        allowed[name] = amount
    return allowed


def comparison_of(before: Results, after: Results, allowed: Mapping[str, float]) -> Comparison:
    """Paired over the common cases. Raises BadInput when there are none, or the suites differ."""
    if before.run.suite != after.run.suite:
        raise BadInput(f"One run is of {before.run.suite}, the other of {after.run.suite}.", "Run one again.")
    earlier = {case.id: case.scores() for case in before.cases}
    both = [case.scores() for case in after.cases if case.id in earlier]
    if not both:
        raise BadInput("The two runs have no case in common.", "Run both on the same file.")
    same = [earlier[case.case_id] for case in both]
    old, new = summarise(same), summarise(both)
    rows = []
    for name, change in differences(same, both).items():
        tolerance = allowed.get(name)
        worse = worsening(name, old[name].value, new[name].value)
        regressed = tolerance is not None and worse > tolerance + 1e-9
        rows.append(Compared(name, old[name].value, new[name].value, Figure.of(change), tolerance, regressed))
    return Comparison(len(both), tuple(rows), _notes(before, after, len(both), allowed, set(old) & set(new)))


def _notes(
    before: Results, after: Results, common: int, allowed: Mapping[str, float], measured: set[str]
) -> tuple[str, ...]:
    notes = []
    for name, results in (("first", before), ("second", after)):
        if results.partial:
            notes.append(f"The {name} run was interrupted: {results.run.done} of {results.run.cases} cases.")
    if common < max(len(before.cases), len(after.cases)):
        notes.append(f"Only the {common} cases that both runs have are compared.")
    if before.run.cases_digest != after.run.cases_digest:
        notes.append("The files of cases differ.")
    if before.run.judge.digest != after.run.judge.digest:
        notes.append("The very thing was judged by two different matchers.")
    notes += [f"{name} was not measured in both runs." for name in allowed if name not in measured]
    return tuple(notes)


def _print(console: Console, comparison: Comparison) -> None:
    table = Table(title=f"second minus first, {comparison.cases} cases", title_justify="left")
    table.add_column("measure", no_wrap=True, min_width=len("very_thing_expected@5"))
    for column in ("first", "second", "change", "95 % interval", "tolerance"):
        table.add_column(column, justify="right")
    for row in comparison.rows:
        limit = "" if row.tolerance is None else f"{row.tolerance:g}" + (" ✗" if row.regressed else "")
        change = f"{row.change.value:+.3f}"
        table.add_row(row.name, f"{row.before:.3f}", f"{row.after:.3f}", change, interval(row.change), limit)
    console.print(table)
    for note in comparison.notes:
        console.print(note)
    worse = [row.name for row in comparison.rows if row.regressed]
    console.print(
        f"Regressed past tolerance: {', '.join(worse)}" if worse else "No regression past tolerance."
    )
