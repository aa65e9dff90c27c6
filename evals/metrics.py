"""The figures of the hidden-work suite: pure functions from one case and what was asked to tallies.

recall@k               share of hidden items whose category is among the first k questions
irrelevant_share       share of asked questions whose category makes no sense for the request
questions_on_small     mean number of questions on requests behind which nothing was hidden
size_exact, _within_one, _bias   label against label where the size is known, in steps of XS..XL
very_thing@k           share of hidden items for which one of the first k questions asks this very
                       concern, by the matcher; `_expected` sums its probabilities instead
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.cases import Case
from evals.intervals import Estimate, Tally, difference, estimate
from evals.measures import Measure
from triage.domain import Category, TShirt

TOP = 3
MOST = 5
STEPS = tuple(TShirt)
WORTH_NOTHING = Tally(0, 0)


@dataclass(frozen=True)
class Scores:
    """What one case adds to every measure, by name."""

    case_id: str
    tallies: Mapping[str, Tally]


def category_tallies(case: Case, asked: Sequence[Category]) -> dict[str, Tally]:
    """The measures that need only the categories of the questions, in rank order; at most MOST count."""
    asked = asked[:MOST]
    odd = sum(category in case.irrelevant for category in asked)
    return {
        **{f"recall@{k}": recall(case, asked, k) for k in range(1, MOST + 1)},
        "irrelevant_share": Tally(odd, len(asked)),
        "questions_on_small": Tally(len(asked), 1) if case.small else WORTH_NOTHING,
        "questions": WORTH_NOTHING if case.small else Tally(len(asked), 1),
    }


def recall(case: Case, asked: Sequence[Category], k: int) -> Tally:
    """Hidden items whose category is among the first `k` of `asked`."""
    found = sum(item.category in asked[:k] for item in case.hidden)
    return Tally(found, len(case.hidden))


def size_tallies(case: Case, label: TShirt) -> dict[str, Tally]:
    """The drafted label against the real one; nothing counts when the real one is unknown."""
    if case.size is None:
        return dict.fromkeys(("size_exact", "size_within_one", "size_bias"), WORTH_NOTHING)
    error = STEPS.index(label) - STEPS.index(case.size)
    return {
        "size_exact": Tally(error == 0, 1),
        "size_within_one": Tally(abs(error) <= 1, 1),
        "size_bias": Tally(error, 1),
    }


def very_thing_tallies(probabilities: Sequence[Sequence[float]], threshold: float) -> dict[str, Tally]:
    """Of one row of probabilities per hidden item, one column per question in rank order."""
    tallies = {}
    for k in range(1, MOST + 1):
        best = [max(row[:k], default=0.0) for row in probabilities]
        tallies[f"very_thing@{k}"] = Tally(sum(p >= threshold for p in best), len(best))
        if k in (TOP, MOST):
            tallies[f"very_thing_expected@{k}"] = Tally(sum(best), len(best))
    return tallies


def mean_of(rounds: Sequence[Scores]) -> Scores:
    """One case drafted several times, as one: what it counts for stays the same."""
    names = dict.fromkeys(name for each in rounds for name in each.tallies)
    return Scores(rounds[0].case_id, {name: _mean(_column(rounds, name)) for name in names})


def summarise(scores: Sequence[Scores], measures: Sequence[Measure]) -> dict[str, Estimate]:
    """Every measure that something counts for, in the order of `measures`."""
    found = {m.name: estimate(_column(scores, m.name)) for m in measures}
    return {name: value for name, value in found.items() if value}


def differences(
    before: Sequence[Scores], after: Sequence[Scores], measures: Sequence[Measure]
) -> dict[str, Estimate]:
    """`after` minus `before`, measure by measure, over the cases that both have."""
    earlier = {each.case_id: each for each in before}
    both = [each for each in after if each.case_id in earlier]
    same = [earlier[each.case_id] for each in both]
    found = {m.name: difference(_column(same, m.name), _column(both, m.name)) for m in measures}
    return {name: value for name, value in found.items() if value}


def _column(scores: Sequence[Scores], name: str) -> list[Tally]:
    return [each.tallies.get(name, WORTH_NOTHING) for each in scores]


def _mean(tallies: Sequence[Tally]) -> Tally:
    return Tally(sum(t.part for t in tallies) / len(tallies), sum(t.whole for t in tallies) / len(tallies))
