"""From scored cases to everything `results.json` holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from evals.intervals import Tally, estimate
from evals.measures import EFFORT
from evals.metrics import MOST, WORTH_NOTHING, Scores, differences, summarise
from evals.results import CaseScores, CurvePoint, Figure, Judge, Results, Run, Stability, figures, pairs_of
from evals.scoring.baselines import PREVIOUS
from evals.scoring.scored import Scored
from evals.suites import Suite


def assemble(
    suite: Suite,
    run: Run,
    scored: Sequence[Scored],
    before: Results | None = None,
    curve: tuple[CurvePoint, ...] = (),
) -> Results:
    """All figures of a run, with the baselines and a previous run beside them."""
    scores = [each.scores for each in scored]
    if run.judge:
        judge = run.judge.model_copy(update={"corrected": _corrected(suite, run.judge, scored)})
        run = run.model_copy(update={"judge": judge})
    beside = _beside(scored, before)
    return Results(
        partial=run.done < run.cases,
        run=run,
        metrics=figures(summarise(scores, suite.measures)),
        baselines={name: figures(summarise(theirs, suite.measures)) for name, theirs in beside.items()},
        gains={name: figures(differences(theirs, scores, suite.measures)) for name, theirs in beside.items()},
        curve=curve,
        by_k=_by_k(scores, beside),
        by_category=_by_category(scored),
        by_kind=_by_kind(suite, scored),
        stability=_stability(suite, scored),
        cases=tuple(_case(suite, each) for each in scored),
    )


def _corrected(suite: Suite, judge: Judge, scored: Sequence[Scored]) -> float | None:
    """The headline less the judge's bias; where nothing was asked, judge and people cannot differ."""
    tallies = [each.scores.tallies.get(suite.headline, WORTH_NOTHING) for each in scored]
    asked = sum(t.whole for t, each in zip(tallies, scored, strict=True) if each.solved.draft.questions)
    part, whole = sum(t.part for t in tallies), sum(t.whole for t in tallies)
    return round(min(1.0, max(0.0, (part - judge.bias * asked) / whole)), 4) if whole else None


def with_previous(suite: Suite, results: Results, before: Results) -> Results:
    """A previous run beside the baselines of a suite that assembles its own figures."""
    earlier, now = ([case.scores() for case in one.cases] for one in (before, results))
    gains = figures(differences(earlier, now, suite.measures))
    known = {m.name: before.metrics[m.name] for m in suite.measures if m.name in before.metrics}
    return results.model_copy(
        update={
            "baselines": results.baselines | {PREVIOUS: known},
            "gains": results.gains | {PREVIOUS: gains},
        }
    )


def _beside(scored: Sequence[Scored], before: Results | None) -> dict[str, list[Scores]]:
    """What the baselines would have scored on the same cases."""
    names = dict.fromkeys(name for each in scored for name in each.baselines)
    beside = {name: [each.baselines[name] for each in scored] for name in names}
    if before:
        earlier = {case.id: case.scores() for case in before.cases}
        common = [earlier[each.solved.case.id] for each in scored if each.solved.case.id in earlier]
        beside |= {PREVIOUS: common} if common else {}
    return beside


def _by_k(scores: Sequence[Scores], beside: Mapping[str, Sequence[Scores]]) -> dict[str, tuple[Figure, ...]]:
    """Recall over the first 1, 2, ... questions; the very thing too where it is judged."""
    lines = {"very thing": _line(scores, "very_thing"), "area": _line(scores, "recall")}
    lines |= {f"area, {name}": _line(theirs, "recall") for name, theirs in beside.items()}
    return {name: line for name, line in lines.items() if len(line) == MOST}


def _line(scores: Sequence[Scores], measure: str) -> tuple[Figure, ...]:
    names = [f"{measure}@{k}" for k in range(1, MOST + 1)]
    found = [estimate([each.tallies.get(name, WORTH_NOTHING) for each in scores]) for name in names]
    return tuple(Figure.of(one) for one in found if one)


def _by_category(scored: Sequence[Scored]) -> dict[str, dict[str, Figure]]:
    """The share of hidden items found, by their category; most items first."""
    tallies: dict[str, dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for each in scored:
        for category, columns in each.categories.items():
            for column, tally in columns.items():
                tallies[category][column].append(tally)
    rows = {category: _figures(columns) for category, columns in tallies.items()}
    return dict(sorted(rows.items(), key=lambda row: (-max(one.n for one in row[1].values()), row[0])))


def _figures(columns: Mapping[str, Sequence[Tally]]) -> dict[str, Figure]:
    found = {name: estimate(tallies) for name, tallies in columns.items()}
    return {name: Figure.of(one) for name, one in found.items() if one}


def _by_kind(suite: Suite, scored: Sequence[Scored]) -> dict[str, dict[str, Figure]]:
    """The headline by the surest kind of change; most cases first."""
    groups: dict[str, list[Tally]] = defaultdict(list)
    for each in scored:
        kinds = _kinds(each)
        tally = each.scores.tallies.get(suite.headline, WORTH_NOTHING)
        groups[kinds[0] if kinds else "none recognised"].append(tally)
    ordered = sorted(groups, key=lambda kind: (-len(groups[kind]), kind))
    rows = {kind: _figures({suite.headline: groups[kind]}) for kind in ordered}
    return {kind: row for kind, row in rows.items() if row}


def _stability(suite: Suite, scored: Sequence[Scored]) -> dict[str, Stability]:
    """How far the rounds agree, measure by measure; nothing when there was one round."""
    if all(len(each.rounds) < 2 for each in scored):
        return {}
    effort = {measure.name for measure in EFFORT}
    found = {m.name: _agreement(m.name, scored) for m in suite.measures if m.name not in effort}
    return {name: one for name, one in found.items() if one.cases}


def _agreement(name: str, scored: Sequence[Scored]) -> Stability:
    spreads = []
    for each in scored:
        tallies = [scores.tallies.get(name, WORTH_NOTHING) for scores in each.rounds]
        values = [tally.part / tally.whole for tally in tallies if tally.whole]
        if len(values) > 1:
            spreads.append(max(values) - min(values))
    count = len(spreads)
    return Stability(
        same=round(sum(spread < 1e-9 for spread in spreads) / count, 4) if count else 0.0,
        spread=round(sum(spreads) / count, 4) if count else 0.0,
        cases=count,
    )


def _case(suite: Suite, each: Scored) -> CaseScores:
    case, draft = each.solved.case, each.solved.draft
    tallies, several = each.scores.tallies, len(each.rounds) > 1
    headline = {
        category: columns[suite.headline]
        for category, columns in each.categories.items()
        if suite.headline in columns
    }
    return CaseScores(
        id=case.id,
        tallies=pairs_of(tallies),
        rounds=tuple(pairs_of(scores.tallies) for scores in each.rounds) if several else (),
        kinds=_kinds(each),
        categories=pairs_of(headline),
        size=(case.size.value, draft.size.label.value) if case.size and "size_exact" in tallies else None,
    )


def _kinds(each: Scored) -> tuple[str, ...]:
    return tuple(kind.id for kind in each.solved.draft.reading.sure_kinds)
