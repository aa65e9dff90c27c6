"""Which questions to ask: typical surprises of the kinds found, what surprised this team before, and
what the product map touches; ranked by impact x probability, one concern each.

The rank of a question is the probability that it surfaces (a noisy-or over everything that points to
it) times its impact. A second question of the same category counts less, so that three on top open
three doors instead of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from triage.analysts.slots import Slots
from triage.analysts.vectors import CatalogueVectors, text_key
from triage.catalogue import Catalogue, CatalogueQuestion
from triage.domain import (
    MAX_QUESTIONS,
    Category,
    Citation,
    Cleared,
    Evidence,
    EvidenceKind,
    Gaps,
    Question,
    Reading,
    Request,
    SimilarRequest,
    Surprise,
    TrackRecord,
)
from triage.ports import Encoder
from triage.sizing import trip_wires

if TYPE_CHECKING:
    import numpy as np

SAME_CATEGORY = 0.4  # factor for every further question of a category already asked
SAME_CATEGORY_FOLDED = 0.8  # likewise in the fold, where there is room for more of a kind
SURENESS = 1.3  # exponent on a kind's probability: what is unsure says a little less
GENERAL = 0.2  # share of its weight with which a general question competes with those of the kinds
SAME_CONCERN = 0.62  # cosine from which a past surprise and a catalogue question are one concern
TWIN = 0.66  # cosine from which two candidates of one category are one concern
PAST_WEIGHT = 0.55  # probability that a surprise of a wholly similar request comes back
UNLIKE, ALIKE = 0.45, 1.25  # similarity scores (see `triage.retrieval.ranking`) that mean 0 and 1 here
OWN_RECORD = 12  # own requests that hid something, at which own base rates weigh as much as the shipped ones
RECORD_POWER = 0.75  # how far a category that surprises this team more often lifts its questions
WORTH_ASKING = 0.03  # rank below which a question is not drafted at all
WORTH_TOP = 0.05  # rank below which it is folded
SMALL = 0.33  # smallness from which nothing is asked on top, unless a wire is tripped
MAX_FOLDED = 16
_IMPACT = {1: 0.6, 2: 0.85, 3: 1.0}


@dataclass
class Candidate:
    """A question on its way into the draft, with everything that points to it."""

    question: CatalogueQuestion | None
    category: Category
    text: str = ""
    probability: float = 0.0
    quote: str = ""
    evidence: list[Citation] = field(default_factory=list)

    def support(self, probability: float, quote: str = "") -> None:
        """Noisy-or: independent reasons add up without passing 1."""
        if probability > self.probability:
            self.quote = quote or self.quote
        self.probability = 1 - (1 - self.probability) * (1 - probability)

    @property
    def key(self) -> str:
        return self.question.id if self.question else f"{self.evidence[0].id}: {self.text}"

    @property
    def rank(self) -> float:
        return self.probability * _IMPACT[self.question.impact if self.question else 2]


class GapFinder:
    """Walks the catalogue for one request."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, vectors: CatalogueVectors) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._vectors = vectors

    def find(self, request: Request, reading: Reading, evidence: Evidence) -> Gaps:
        """At most five questions, the rest folded, every remaining category cleared with a reason."""
        candidates = self._from_kinds(reading)
        self._apply_record(candidates, evidence.record)
        self._add_past_surprises(candidates, evidence)
        cleared = self._clear_answered(request, candidates)
        slots = Slots(reading, evidence.map_parts)
        worth = self._merged([c for c in candidates.values() if c.rank >= WORTH_ASKING])
        small = reading.smallness >= SMALL and not trip_wires(self._catalogue, request, reading)
        top = [] if small else _diversified(worth, SAME_CATEGORY, MAX_QUESTIONS, WORTH_TOP)
        left = [candidate for candidate in worth if candidate not in top]
        rest = _diversified(left, SAME_CATEGORY_FOLDED, MAX_FOLDED)
        questions = tuple(self._question(c, slots, reading) for c in top)
        folded = tuple(self._question(c, slots, reading) for c in rest)
        asked = {question.category for question in (*questions, *folded)}
        cleared.update(self._not_relevant(asked | set(cleared), reading))
        return Gaps(questions=questions, folded=folded, cleared=tuple(cleared.values()))

    def _from_kinds(self, reading: Reading) -> dict[str, Candidate]:
        candidates: dict[str, Candidate] = {}
        for found in reading.kinds:
            kind = self._catalogue.kinds.get(found.id)
            for question in kind.questions if kind else ():
                candidate = candidates.setdefault(question.id, Candidate(question, question.category))
                candidate.support(question.weight * found.score**SURENESS, found.quote)
        for question in self._catalogue.general:
            candidates.setdefault(question.id, Candidate(question, question.category)).support(
                question.weight * GENERAL
            )
        return candidates

    def _clear_answered(self, request: Request, candidates: dict[str, Candidate]) -> dict[Category, Cleared]:
        """What the request already answers needs no question; it is marked clear with the quote."""
        text = request.text()
        cleared: dict[Category, Cleared] = {}
        for key, candidate in list(candidates.items()):
            quote = _answer_in(text, candidate.question)
            if quote and candidate.question:
                del candidates[key]
                reason = f"The request says it: {candidate.question.plain}"
                cleared.setdefault(
                    candidate.category, Cleared(category=candidate.category, reason=reason, quote=quote)
                )
        return cleared

    def _apply_record(self, candidates: dict[str, Candidate], record: TrackRecord) -> None:
        """Areas that surprise this team more often than others come up sooner: the shipped base rate of a
        category is updated by the team's own count (the mean of a beta prior of weight OWN_RECORD)."""
        for candidate in candidates.values():
            shipped = self._catalogue.categories[candidate.category].base_rate
            seen = record.by_category.get(candidate.category, 0)
            own = (seen + OWN_RECORD * shipped) / (record.surprised + OWN_RECORD)
            lift = (own / shipped) ** RECORD_POWER if shipped else 1.0
            candidate.probability = min(0.95, candidate.probability * lift)

    def _add_past_surprises(self, candidates: dict[str, Candidate], evidence: Evidence) -> None:
        """What surprised this team before: backs a catalogue question or becomes one of its own."""
        lessons = [(similar, surprise) for similar in evidence.similar for surprise in similar.past.surprises]
        if not lessons:
            return
        learnt = self._encoder.encode([surprise.question for _, surprise in lessons])
        for number, (similar, surprise) in enumerate(lessons):
            known = self._same_concern(surprise, learnt[number])
            key = known.id if known else f"past.{similar.past.id}.{number}"
            candidate = candidates.setdefault(key, Candidate(known, surprise.category, surprise.question))
            likely = (similar.score - UNLIKE) / (ALIKE - UNLIKE)
            candidate.support(PAST_WEIGHT * max(0.0, min(1.0, likely)))
            candidate.evidence.append(_cite(similar, surprise))

    def _merged(self, candidates: list[Candidate]) -> list[Candidate]:
        """Strongest first; one concern that several kinds raise stands once, and is the likelier for it."""
        kept: list[Candidate] = []
        vectors = self._vectors_of(candidates)
        for candidate in sorted(candidates, key=_strongest_first):
            same = [k for k in kept if k.category is candidate.category]
            twin = next((k for k in same if vectors[k.key] @ vectors[candidate.key] >= TWIN), None)
            if twin is None:
                kept.append(candidate)
            else:
                twin.support(candidate.probability)
                twin.evidence += [c for c in candidate.evidence if c not in twin.evidence]
        return sorted(kept, key=_strongest_first)

    def _vectors_of(self, candidates: list[Candidate]) -> dict[str, np.ndarray]:
        known = [c for c in candidates if c.question]
        rows = self._vectors.of([c.question.plain for c in known if c.question])
        learnt = [c for c in candidates if not c.question]
        own = list(self._encoder.encode([c.text for c in learnt])) if learnt else []
        return dict(zip([c.key for c in (*known, *learnt)], [*rows, *own], strict=True))

    def _same_concern(self, surprise: Surprise, vector: np.ndarray) -> CatalogueQuestion | None:
        """The catalogue's question that asks what once surfaced, when there is one."""
        questions, vectors = self._by_category[surprise.category]
        cosines = vectors @ vector
        best = int(cosines.argmax()) if questions else 0
        return questions[best] if questions and cosines[best] >= SAME_CONCERN else None

    @cached_property
    def _by_category(self) -> dict[Category, tuple[list[CatalogueQuestion], np.ndarray]]:
        asked = {c: [q for q in self._catalogue.all_questions() if q.category is c] for c in Category}
        return {
            c: (questions, self._vectors.of([q.plain for q in questions])) for c, questions in asked.items()
        }

    def _question(self, candidate: Candidate, slots: Slots, reading: Reading) -> Question:
        catalogue = candidate.question
        if catalogue is None:
            return _from_past(candidate)
        text, parts = slots.fill(catalogue)
        evidence = (
            *candidate.evidence,
            *(Citation(kind=EvidenceKind.MAP, id=p.id, title=p.role, passage=p.text) for p in parts),
        )
        return Question(
            id=catalogue.id,
            question=text,
            category=catalogue.category,
            why=catalogue.why,
            quote=candidate.quote,
            ask=catalogue.ask,
            effect=catalogue.effect,
            evidence=evidence,
            score=round(candidate.rank, 4),
            origin="map" if parts else "catalogue",
        )

    def _not_relevant(self, settled: set[Category], reading: Reading) -> dict[Category, Cleared]:
        kinds = " and ".join(kind.name.lower() for kind in reading.kinds[:2]) or "this kind of request"
        return {
            category: Cleared(category=category, reason=info.not_relevant.replace("{kinds}", kinds))
            for category, info in self._catalogue.categories.items()
            if category not in settled
        }


def _strongest_first(candidate: Candidate) -> tuple[float, str]:
    return -candidate.rank, candidate.question.id if candidate.question else candidate.text


def _diversified(
    candidates: list[Candidate], discount: float, most: int, least: float = 0.0
) -> list[Candidate]:
    """At most `most`, strongest first, each further one of a category discounted once more; none whose
    discounted rank is below `least`."""
    left, chosen = list(candidates), list[Candidate]()
    seen: dict[Category, int] = {}

    def worth(candidate: Candidate) -> float:
        return candidate.rank * discount ** seen.get(candidate.category, 0)

    while left and len(chosen) < most:
        best = max(left, key=worth)
        if worth(best) < least:
            break
        left.remove(best)
        chosen.append(best)
        seen[best.category] = seen.get(best.category, 0) + 1
    return chosen


def _answer_in(text: str, question: CatalogueQuestion | None) -> str:
    for pattern in question.answered_by if question else ():
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            return match[0]
    return ""


def _cite(similar: SimilarRequest, surprise: Surprise) -> Citation:
    return Citation(
        kind=EvidenceKind.PAST, id=similar.past.id, title=similar.past.subject, passage=surprise.question
    )


def _from_past(candidate: Candidate) -> Question:
    source = candidate.evidence[0]
    return Question(
        id=f"past.{source.id}.{text_key(candidate.text)}",  # it may have surprised us twice
        question=_in_its_place(candidate.text, source.title),
        category=candidate.category,
        why=f"It surfaced on “{source.title}” after we had said yes.",
        ask="whoever built that one",
        effect="compare with what it cost then",
        evidence=tuple(candidate.evidence),
        score=round(candidate.rank, 4),
        origin="past",
    )


def _in_its_place(question: str, title: str) -> str:
    """A number belongs to the request it surfaced on; said without that, it would look like this one's."""
    if any(character.isdigit() for character in question):
        return f"As on “{title}”: {question[:1].lower()}{question[1:]}"
    return question
