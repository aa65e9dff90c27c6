"""`triage eval compare DIR_A DIR_B`: paired differences over the cases both runs have, and a gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from evals.comparing.changes import CaseChange, most_changed
from evals.intervals import Tally, difference, estimate
from evals.measures import by_name
from evals.metrics import WORTH_NOTHING, Scores, differences, summarise
from evals.results import CaseScores, Figure, Results, read_results
from evals.suites import Suite, suite_named
from triage.errors import BadFile, BadInput

DEFAULT_TOLERANCE = 0.02  # for the headline; DESIGN, "The command line"


@dataclass(frozen=True)
class Compared:
    """One measure, or the headline over one group, in both runs over the same cases. `regressed`: worse by
    more than its tolerance."""

    name: str
    before: float
    after: float
    change: Figure
    tolerance: float | None = None
    regressed: bool = False


@dataclass(frozen=True)
class Comparison:
    """All measures of two runs, where they differ, and what makes the two hard to compare."""

    suite: Suite
    cases: int
    rows: tuple[Compared, ...]
    by_category: tuple[Compared, ...]
    by_kind: tuple[Compared, ...]
    changed: tuple[CaseChange, ...]
    notes: tuple[str, ...]

    @property
    def regressed(self) -> bool:
        """True when any measure with a tolerance got worse by more than that."""
        return any(row.regressed for row in self.rows)


def compare(
    before: Path,
    after: Path,
    tolerances: Sequence[str],
    console: Console | None = None,
    markdown: Path | None = None,
) -> bool:
    """Print the comparison of two run folders; True when the second has regressed.

    Raises:
        BadInput: a tolerance that cannot be read, a folder without results, or runs without common cases.
    """
    from evals.comparing.tables import as_markdown, print_comparison

    first, second = read_results(before), read_results(after)
    allowed = read_tolerances(tolerances, _common_suite(first, second))
    comparison = comparison_of(first, second, allowed, (before, after))
    print_comparison(console or Console(), comparison)
    if markdown:
        try:
            markdown.write_text(as_markdown(comparison, before.name, after.name), encoding="utf-8")
        except OSError as error:
            raise BadFile(f"{markdown} cannot be written: {error.strerror}.", "Name another file.") from error
    return comparison.regressed


def read_tolerances(given: Sequence[str], suite: Suite) -> dict[str, float]:
    """From "name=x"; the headline has DEFAULT_TOLERANCE unless it is named. Raises BadInput."""
    allowed = {suite.headline: DEFAULT_TOLERANCE}
    known = by_name(suite.measures)
    for one in given:
        name, _, value = one.partition("=")
        try:
            amount = float(value)
        except ValueError:
            amount = -1.0
        if name not in known or not 0 <= amount < float("inf"):
            raise BadInput(f"“{one}” is no tolerance.", f"Write name=0.02; names: {', '.join(known)}.")
        allowed[name] = amount
    return allowed


def comparison_of(
    before: Results, after: Results, allowed: Mapping[str, float], folders: tuple[Path, Path] | None = None
) -> Comparison:
    """Paired over the common cases; `folders` hold the drafts of the two runs.

    Raises:
        BadInput: there are none, or the suites differ.
    """
    suite = _common_suite(before, after)
    earlier = {case.id: case for case in before.cases}
    both = [(earlier[case.id], case) for case in after.cases if case.id in earlier]
    if not both:
        raise BadInput("The two runs have no case in common.", "Run both on the same file.")
    rows = _rows(suite, [old.scores() for old, _ in both], [new.scores() for _, new in both], allowed)
    measured = {row.name for row in rows}
    return Comparison(
        suite=suite,
        cases=len(both),
        rows=rows,
        by_category=_by_category(both),
        by_kind=_by_kind(suite, both),
        changed=most_changed(suite.headline, both, folders),
        notes=_notes(before, after, len(both), [name for name in allowed if name not in measured]),
    )


def _common_suite(before: Results, after: Results) -> Suite:
    if before.run.suite != after.run.suite:
        raise BadInput(f"One run is of {before.run.suite}, the other of {after.run.suite}.", "Run one again.")
    return suite_named(before.run.suite)


def _rows(
    suite: Suite, old: Sequence[Scores], new: Sequence[Scores], allowed: Mapping[str, float]
) -> tuple[Compared, ...]:
    was, now = summarise(old, suite.measures), summarise(new, suite.measures)
    measures = by_name(suite.measures)
    rows = []
    for name, change in differences(old, new, suite.measures).items():
        worse = measures[name].worsening(was[name].value, now[name].value)
        limit = allowed.get(name)
        regressed = limit is not None and worse > limit + 1e-9
        rows.append(Compared(name, was[name].value, now[name].value, Figure.of(change), limit, regressed))
    return tuple(rows)


def _by_category(both: Sequence[tuple[CaseScores, CaseScores]]) -> tuple[Compared, ...]:
    """The headline by category of the hidden item; most items first."""
    groups: dict[str, list[tuple[Tally, Tally]]] = defaultdict(list)
    for old, new in both:
        for category in old.categories.keys() & new.categories.keys():
            groups[category].append((Tally(*old.categories[category]), Tally(*new.categories[category])))
    return _groups(groups)


def _by_kind(suite: Suite, both: Sequence[tuple[CaseScores, CaseScores]]) -> tuple[Compared, ...]:
    """The headline by the surest kind of change that the first run has read."""
    groups: dict[str, list[tuple[Tally, Tally]]] = defaultdict(list)
    for old, new in both:
        pair = tuple(one.scores().tallies.get(suite.headline, WORTH_NOTHING) for one in (old, new))
        groups[old.kinds[0] if old.kinds else "none recognised"].append((pair[0], pair[1]))
    return _groups(groups) if any(old.kinds for old, _ in both) else ()


def _groups(groups: Mapping[str, Sequence[tuple[Tally, Tally]]]) -> tuple[Compared, ...]:
    rows = []
    for name, pairs in groups.items():
        old, new = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        was, now, change = estimate(old), estimate(new), difference(old, new)
        if was and now and change:
            rows.append(Compared(name, was.value, now.value, Figure.of(change)))
    return tuple(sorted(rows, key=lambda row: (-row.change.n, row.name)))


def _notes(before: Results, after: Results, common: int, missing: Sequence[str]) -> tuple[str, ...]:
    notes = []
    for name, results in (("first", before), ("second", after)):
        if results.partial:
            notes.append(f"The {name} run was interrupted: {results.run.done} of {results.run.cases} cases.")
    if common < max(len(before.cases), len(after.cases)):
        notes.append(f"Only the {common} cases that both runs have are compared.")
    if before.run.cases_digest != after.run.cases_digest:
        notes.append("The files of cases differ.")
    judges = (before.run.judge, after.run.judge)
    if judges[0] and judges[1] and judges[0].digest != judges[1].digest:
        notes.append("The very thing was judged by two different matchers.")
    notes += [f"{name} was not measured in both runs." for name in missing]
    return tuple(notes)
