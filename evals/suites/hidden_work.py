"""The hidden-work suite: of what later surfaced, how much had the draft asked before work began?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from evals.cases import Case
from evals.intervals import Tally
from evals.judging.matcher import Matcher
from evals.judging.pair_features import Asked, clauses
from evals.metrics import MOST, Scores, category_tallies, size_tallies, very_thing_tallies
from evals.results import CurvePoint, Judge
from evals.running.solving import Solved, solve
from evals.scoring.baselines import (
    FREQUENT,
    KEYWORDS,
    NEAREST,
    NearestCases,
    by_keywords,
    most_frequent,
    others,
)
from evals.scoring.scored import Material, Remark, Scored, effort
from triage.domain import Category, Draft
from triage.ports import Encoder

__all__ = ["HiddenWork", "curve", "open_scorer", "solve"]

VERY_THING = f"very_thing@{MOST}"
RECALL = f"recall@{MOST}"


def open_scorer(material: Material) -> HiddenWork:
    """The scorer of this suite; the matcher keeps to the encoder it was trained with."""
    from triage.retrieval.embed import PACKAGED_NAME, SentenceEncoder

    own = material.encoder if material.encoder.name == PACKAGED_NAME else SentenceEncoder()
    return HiddenWork(Matcher.load(own), own, material.cases, stream=material.stream)


class HiddenWork:
    """Implements `Scorer`."""

    heading = "Surfaced later"

    def __init__(self, matcher: Matcher, encoder: Encoder, cases: Sequence[Case], *, stream: bool) -> None:
        self._matcher = matcher
        self._threshold = matcher.trained.threshold
        self._encoder = encoder
        self._cases = cases
        self._stream = stream
        held_out = matcher.trained.held_out
        self.judge = Judge(digest=matcher.trained.digest, kappa=held_out.kappa, bias=held_out.hard_bias)

    @cached_property
    def _nearest(self) -> NearestCases:
        """Opened with the first case, while the second is being drafted. The labels are encoded at once,
        which takes half as long as one by one."""
        self._encoder.encode(_label_texts(self._cases))
        return NearestCases(self._cases, self._encoder, stream=self._stream)

    def score(self, solved: Solved) -> Scored:
        """See `Scorer`."""
        case = solved.case
        near = self._nearest.ask(case)
        rows = [self._rows(case, _asked(draft)) for draft in solved.drafts]
        five = most_frequent(others(self._cases, case))
        keywords = by_keywords(case.request)
        near_rows = self._rows(case, [Asked(item.question, item.category.value) for item in near])
        checklists = {FREQUENT: five, KEYWORDS: keywords, NEAREST: tuple(item.category for item in near)}
        baselines = {name: category_tallies(case, asked) for name, asked in checklists.items()}
        baselines[NEAREST] |= self._very_thing(near_rows)  # the others have no words
        return Scored(
            solved,
            tuple(self._scores(case, draft, row) for draft, row in zip(solved.drafts, rows, strict=True)),
            self._remarks(case, rows[0]),
            {name: Scores(case.id, tallies) for name, tallies in baselines.items()},
            self._by_category(case, solved.draft, rows[0], checklists),
        )

    def _scores(self, case: Case, draft: Draft, rows: Sequence[Sequence[float]]) -> Scores:
        tallies = {
            **category_tallies(case, [question.category for question in draft.questions]),
            **size_tallies(case, draft.size.label),
            **self._very_thing(rows),
            **effort(draft),
        }
        return Scores(case.id, tallies)

    def _very_thing(self, rows: Sequence[Sequence[float]]) -> dict[str, Tally]:
        """Nothing when the matcher agrees too little with people."""
        return {} if self.judge.withheld else very_thing_tallies(rows, self._threshold)

    def _remarks(self, case: Case, rows: Sequence[Sequence[float]]) -> tuple[Remark, ...]:
        remarks = []
        for item, row in zip(case.hidden, rows, strict=True):
            place = _place(row, self._threshold)
            verdict = "not asked" if place is None else f"asked by question {place + 1}"
            remarks.append(
                Remark(item.question, place is not None, f"{item.category} · {verdict}", item.evidence)
            )
        return tuple(remarks)

    def _by_category(
        self,
        case: Case,
        draft: Draft,
        rows: Sequence[Sequence[float]],
        checklists: Mapping[str, Sequence[Category]],
    ) -> dict[str, dict[str, Tally]]:
        lists = {RECALL: [q.category for q in draft.questions], **checklists}
        items: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
        for item, row in zip(case.hidden, rows, strict=True):
            columns = items[item.category.value]
            if not self.judge.withheld:
                columns[VERY_THING].append(_place(row, self._threshold) is not None)
            for name, asked in lists.items():
                columns[name].append(item.category in asked[:MOST])
        return {
            category: {name: Tally(sum(hits), len(hits)) for name, hits in columns.items()}
            for category, columns in items.items()
        }

    def _rows(self, case: Case, asked: Sequence[Asked]) -> list[list[float]]:
        if case.hidden:
            self._encoder.encode([text for one in asked for text in (one.question, *clauses(one.question))])
        return self._matcher.probabilities(case.request, case.hidden, asked)


def curve(scored: Sequence[Scored]) -> tuple[CurvePoint, ...]:
    """The very thing@5 over time, cumulative; nothing where it is withheld."""
    points: list[CurvePoint] = []
    hits, hidden = 0.0, 0
    for each in scored:
        tally = each.scores.tallies.get(VERY_THING)
        if tally is None:
            return ()
        hits += tally.part
        hidden += round(tally.whole)
        case = each.solved.case
        points.append(
            CurvePoint(
                id=case.id,
                opened=case.opened,
                known=each.solved.known,
                hits=round(hits, 4),
                hidden=hidden,
                share=round(hits / hidden, 4) if hidden else 0.0,
            )
        )
    return tuple(points)


def _asked(draft: Draft) -> list[Asked]:
    return [Asked(q.question, q.category.value) for q in draft.questions[:MOST]]


def _label_texts(cases: Sequence[Case]) -> list[str]:
    """What the matcher will want of the labels, as items to be found and as questions of the nearest case."""
    items = [item for case in cases for item in case.hidden]
    wholes = [f"{item.question} {item.evidence}".strip() for item in items]
    return [*wholes, *(text for item in items for text in (item.question, *clauses(item.question)))]


def _place(row: Sequence[float], threshold: float) -> int | None:
    best = max(range(len(row)), key=row.__getitem__, default=None)
    return best if best is not None and row[best] >= threshold else None
