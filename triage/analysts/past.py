"""What this team's own past says about a request: base rates of its surprises, and single lessons.

Both are updates of the shipped tables by the team's own counts, so they work from the first closed
request on, are gentle while there are few, and can be read off the record.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from triage.analysts.candidates import GENERAL
from triage.analysts.vectors import CatalogueVectors
from triage.catalogue import Catalogue, CatalogueQuestion
from triage.domain import Category, Evidence, SimilarRequest, Surprise, TrackRecord
from triage.ports import Encoder

if TYPE_CHECKING:
    import numpy as np

PRIOR = 8  # own requests that hid something, at which their counts weigh as much as the shipped base rates
USUAL_SCORE = 0.6  # probability of a kind that was read out of a past request
SAME_CONCERN = 0.62  # cosine from which a past surprise and a catalogue question are one concern
PAST_WEIGHT = 0.8  # probability that a surprise of a wholly similar request comes back
UNLIKE, ALIKE = 0.35, 1.0  # cosines of two requests that mean 0 and 1 here
ENOUGH = 10  # past requests at which their usual length weighs as much as the shipped one


@dataclass(frozen=True)
class Lesson:
    """A past surprise; `known` is the catalogue's question that asks it; `likely` (0..1) that it is back."""

    similar: SimilarRequest
    surprise: Surprise
    known: CatalogueQuestion | None
    likely: float


class OwnPast:
    """Reads the track record and the nearest past requests beside the catalogue."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, vectors: CatalogueVectors) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._vectors = vectors

    def lifts(self, record: TrackRecord) -> dict[Category, float]:
        """How many times more often than the catalogue expects an area surprises this team.

        What the shipped table expects of the kinds those past requests asked for is compared with what
        surfaced: (PRIOR · base + surfaced) / (PRIOR · base + expected), the mean of a gamma prior with
        Poisson counts. The expected counts are scaled to the same total, so only the mix of areas counts.
        """
        expected = {category: self._expected(category, record) for category in Category}
        total = sum(expected.values())
        if not record.surprised or not total:
            return dict.fromkeys(Category, 1.0)
        scale = sum(record.by_category.values()) / total
        lifts = {}
        for category, info in self._catalogue.categories.items():
            prior = max(PRIOR * info.base_rate, 1e-6)
            surfaced = record.by_category.get(category, 0)
            lifts[category] = (prior + surfaced) / (prior + scale * expected[category])
        return lifts

    def lessons(self, evidence: Evidence) -> tuple[Lesson, ...]:
        """What surfaced behind the nearest past requests, each as likely as the two requests are alike."""
        found = [
            (similar, surprise, likely)
            for similar in evidence.precedents
            if (likely := _likely(similar.cosine)) > 0
            for surprise in similar.past.surprises
        ]
        if not found:
            return ()
        vectors = self._encoder.encode([surprise.question for _, surprise, _ in found])
        return tuple(
            Lesson(similar, surprise, self._same_concern(surprise, vector), likely)
            for (similar, surprise, likely), vector in zip(found, vectors, strict=True)
        )

    def _expected(self, category: Category, record: TrackRecord) -> float:
        of_kinds = sum(
            number * USUAL_SCORE * self._by_kind[kind][category]
            for kind, number in record.by_kind.items()
            if kind in self._by_kind
        )
        return of_kinds + record.surprised * self._by_anything[category]

    def _same_concern(self, surprise: Surprise, vector: np.ndarray) -> CatalogueQuestion | None:
        """The catalogue's question that asks what once surfaced, when there is one."""
        questions, vectors = self._questions[surprise.category]
        if not questions:
            return None
        cosines = vectors @ vector
        best = int(cosines.argmax())
        return questions[best] if cosines[best] >= SAME_CONCERN else None

    @cached_property
    def _by_kind(self) -> dict[str, Mapping[Category, float]]:
        return {kind.id: _any_of(kind.questions, 1.0) for kind in self._catalogue.kinds.values()}

    @cached_property
    def _by_anything(self) -> Mapping[Category, float]:
        return _any_of(self._catalogue.general, GENERAL)

    @cached_property
    def _questions(self) -> dict[Category, tuple[list[CatalogueQuestion], np.ndarray]]:
        asked = {c: [q for q in self._catalogue.all_questions() if q.category is c] for c in Category}
        return {
            c: (questions, self._vectors.of([q.plain for q in questions])) for c, questions in asked.items()
        }


def usual_length(record: TrackRecord, shipped: float) -> float:
    """Distinct words of a usual request here: the team's own, pulled towards the shipped figure while there
    are few of them."""
    if not record.requests:
        return shipped
    own, weight = math.log(max(1.0, record.typical_words)), record.requests / (record.requests + ENOUGH)
    return math.exp(weight * own + (1 - weight) * math.log(shipped))


def _any_of(questions: Sequence[CatalogueQuestion], share: float) -> Mapping[Category, float]:
    """Probability that any of the questions of a category surfaces."""
    silent = dict.fromkeys(Category, 1.0)
    for question in questions:
        silent[question.category] *= 1 - share * question.weight
    return {category: 1 - probability for category, probability in silent.items()}


def _likely(cosine: float) -> float:
    return PAST_WEIGHT * max(0.0, min(1.0, (cosine - UNLIKE) / (ALIKE - UNLIKE)))
