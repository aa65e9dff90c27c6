"""The grounding suite: does what a draft cites, quotes and names hold?

`triage.steps.check` takes out what does not hold before a reviewer sees it. This suite looks again, with
eyes of its own, at everything in a draft that claims a source, and counts what the checks had to take out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.intervals import Tally
from evals.metrics import WORTH_NOTHING, Scores
from evals.results import Judge
from evals.running.solving import Solved
from evals.scoring.scored import Material, Remark, Scored, effort
from triage.domain import Draft, PastRequest, Request

_TAKEN_OUT = re.compile(r"(?:was removed from|was replaced in)")


def open_scorer(material: Material) -> GroundingScorer:
    """The scorer of this suite."""
    return GroundingScorer(material.history)


class GroundingScorer:
    """Implements `Scorer`. `history`: past requests of other customers that every draft could look up."""

    heading = "What does not hold"
    judge: Judge | None = None

    def __init__(self, history: Sequence[PastRequest]) -> None:
        self._customers = sorted({past.customer.strip() for past in history if past.customer.strip()})

    def score(self, solved: Solved) -> Scored:
        """See `Scorer`."""
        case = solved.case
        found = [findings(case.request, draft, self._customers) for draft in solved.drafts]
        rounds = (
            Scores(case.id, tallies(draft, one)) for draft, one in zip(solved.drafts, found, strict=True)
        )
        return Scored(solved, tuple(rounds), found[0].remarks())


class Findings:
    """What one draft claims, and which of it does not hold."""

    def __init__(
        self, citations: list[tuple[str, bool]], quotes: list[tuple[str, bool]], names: list[tuple[str, bool]]
    ) -> None:
        self.citations = citations
        self.quotes = quotes
        self.names = names  # of other customers, True: not in the draft

    @property
    def holds(self) -> bool:
        """True when all of it does."""
        return all(good for _, good in (*self.citations, *self.quotes, *self.names))

    def remarks(self) -> tuple[Remark, ...]:
        """What the report says: only what does not hold."""
        kinds = (
            ("cited, but never retrieved", self.citations),
            ("quoted, but not in the request", self.quotes),
            ("the name of another customer", self.names),
        )
        return tuple(
            Remark(text, False, verdict) for verdict, found in kinds for text, good in found if not good
        )


def findings(request: Request, draft: Draft, customers: Sequence[str]) -> Findings:
    """Look at every citation, quote and name. `customers` are others' names known beforehand."""
    text = request.text()
    retrieved = _retrieved(draft)
    outgoing = "\n".join(_outgoing(draft))
    return Findings(
        [(cited, cited in retrieved) for cited in _cited(draft)],
        [(quote, quote in text) for quote in _quotes(draft)],
        [(name, not _names(outgoing, name)) for name in _others(request, draft, customers)],
    )


def tallies(draft: Draft, found: Findings) -> dict[str, Tally]:
    """What one draft adds to each measure of this suite."""
    taken_out = sum(bool(_TAKEN_OUT.search(flag)) for flag in draft.flags)
    return {
        "grounded": Tally(found.holds, 1),
        "citations_retrieved": _share(found.citations),
        "quotes_literal": _share(found.quotes),
        "clean_of_others": Tally(all(good for _, good in found.names), 1) if found.names else WORTH_NOTHING,
        "taken_out": Tally(taken_out, 1),
        **effort(draft),
    }


def _share(found: Sequence[tuple[str, bool]]) -> Tally:
    return Tally(sum(good for _, good in found), len(found))


def _cited(draft: Draft) -> list[str]:
    questions = (*draft.questions, *draft.folded)
    return [c.id for question in questions for c in question.evidence] + [
        c.id for c in draft.size.comparables
    ]


def _retrieved(draft: Draft) -> set[str]:
    evidence = draft.evidence
    past = [similar.past.id for similar in (*evidence.similar, *evidence.related)]
    notes = [found.passage.id for found in evidence.notes]
    return {*past, *notes, *(part.id for part in evidence.map_parts)}


def _quotes(draft: Draft) -> list[str]:
    """Everything that is shown as the customer's own words."""
    reading = draft.reading
    found = [question.quote for question in (*draft.questions, *draft.folded)]
    found += [cleared.quote for cleared in draft.cleared] + [kind.quote for kind in reading.kinds]
    found += [promise.quote for promise in reading.promises]
    found += [wire.quote for wire in draft.size.trip_wires]
    found += [response.quote for response in draft.answer.promises]
    found += [*reading.minimisers, reading.deadline.quote if reading.deadline else ""]
    return [quote for quote in found if quote]


def _others(request: Request, draft: Draft, customers: Sequence[str]) -> list[str]:
    """Customers whose names must not leave with this draft: all but those the request itself names."""
    seen = {similar.past.customer.strip() for similar in draft.evidence.precedents}
    own = f"{request.text()}\n{request.customer}"
    return sorted(name for name in seen | set(customers) if name and not _names(own, name))


def _outgoing(draft: Draft) -> Iterator[str]:
    """All texts that a customer or salesperson may come to see."""
    for question in (*draft.questions, *draft.folded):
        yield from (question.question, question.why, question.effect, question.ask)
    yield from (cleared.reason for cleared in draft.cleared)
    answer = draft.answer
    yield from (value for _, value in answer if isinstance(value, str))
    yield from (*answer.conditions, *answer.checklist)
    for shown in (*answer.moves, *answer.options, *answer.promises):
        yield from (value for _, value in shown if isinstance(value, str))


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", text) is not None
