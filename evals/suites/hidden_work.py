"""The hidden-work suite: cases, the live graph up to the review, scorers, measures.

The headline is the very thing: of what later surfaced, how much had the draft asked before work began?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evals.baselines import FREQUENT, NEAREST, NearestCases, most_frequent, others
from evals.cases import Case
from evals.intervals import Tally
from evals.matcher import Matcher
from evals.metrics import MOST, Scores, category_tallies, size_tallies, very_thing_tallies
from evals.pair_features import Asked
from evals.results import CurvePoint
from evals.stream import known_at
from triage.domain import Draft, PastRequest, Request
from triage.ports import Encoder

NAME = "hidden-work"


class Drafter(Protocol):
    """What is measured; `triage.oneoff.OneOff` is the real one."""

    def draft(self, request: Request) -> Draft:
        """The live graph, up to the review."""

    def learn_past(self, past: Sequence[PastRequest]) -> None:
        """Add or replace past requests for the drafts to come."""


@dataclass(frozen=True)
class Solved:
    """A case with its draft, and how many past requests of the stream it could see."""

    case: Case
    draft: Draft
    known: int = 0


@dataclass(frozen=True)
class Scored:
    """A solved case with what it adds to the measures. `asked` is the place of the question that asks each
    hidden item, or None; `baselines` is what the baselines would have scored on it."""

    solved: Solved
    scores: Scores
    asked: tuple[int | None, ...]
    baselines: Mapping[str, Scores]


def solve(drafter: Drafter, cases: Sequence[Case], *, grows: bool) -> Iterator[Solved]:
    """Draft one case after the other. With `grows` each sees the cases before it as past requests, and of
    their hidden work only what had surfaced by then."""
    kinds: dict[str, tuple[str, ...]] = {}
    learned: dict[str, PastRequest] = {}
    for place, case in enumerate(cases):
        if grows:
            past = known_at(cases[:place], case.opened, kinds)
            news = [each for each in past if learned.get(each.id) != each]
            drafter.learn_past(news)
            learned |= {each.id: each for each in news}
        draft = drafter.draft(case.request)
        kinds[case.id] = tuple(kind.id for kind in draft.reading.kinds)
        yield Solved(case, draft, len(learned))


class Scorer:
    """Counts everything on one case at a time, the baselines too, so that an interrupted run has them."""

    def __init__(self, matcher: Matcher, encoder: Encoder, cases: Sequence[Case], *, stream: bool) -> None:
        self._matcher = matcher
        self._cases = cases
        self._nearest = NearestCases(cases, encoder, stream=stream)

    def score(self, solved: Solved) -> Scored:
        """What the case adds to every measure."""
        case, questions = solved.case, solved.draft.questions[:MOST]
        rows = self._rows(case, [Asked(q.question, q.category.value) for q in questions])
        threshold = self._matcher.trained.threshold
        tallies = {
            **category_tallies(case, [question.category for question in questions]),
            **size_tallies(case, solved.draft.size.label),
            **very_thing_tallies(rows, threshold),
            "seconds": Tally(solved.draft.ms / 1000, 1),
            "cost": Tally(solved.draft.cost, 1),
        }
        asked = tuple(_place(row, threshold) for row in rows)
        return Scored(solved, Scores(case.id, tallies), asked, self._baselines(case))

    def _baselines(self, case: Case) -> dict[str, Scores]:
        """The fixed five have no words, so no very thing."""
        five = most_frequent(others(self._cases, case))
        items = self._nearest.ask(case)
        rows = self._rows(case, [Asked(item.question, item.category.value) for item in items])
        near = {
            **category_tallies(case, [item.category for item in items]),
            **very_thing_tallies(rows, self._matcher.trained.threshold),
        }
        return {
            FREQUENT: Scores(case.id, category_tallies(case, five)),
            NEAREST: Scores(case.id, near),
        }

    def _rows(self, case: Case, asked: Sequence[Asked]) -> list[list[float]]:
        return self._matcher.probabilities(case.request, case.hidden, asked)


def curve(scored: Sequence[Scored]) -> tuple[CurvePoint, ...]:
    """The very thing@5 over time, cumulative."""
    points: list[CurvePoint] = []
    hits = hidden = 0
    for each in scored:
        hits += sum(place is not None for place in each.asked)
        hidden += len(each.asked)
        share = round(hits / hidden, 4) if hidden else 0.0
        case = each.solved.case
        points.append(
            CurvePoint(
                id=case.id,
                opened=case.opened,
                known=each.solved.known,
                hits=hits,
                hidden=hidden,
                share=share,
            )
        )
    return tuple(points)


def _place(row: Sequence[float], threshold: float) -> int | None:
    best = max(range(len(row)), key=row.__getitem__, default=None)
    return best if best is not None and row[best] >= threshold else None
