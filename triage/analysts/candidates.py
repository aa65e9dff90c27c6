"""A question on its way into the draft, with everything that points to it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.catalogue import Catalogue, CatalogueQuestion
from triage.domain import Category, Citation, Cleared, Reading

if TYPE_CHECKING:
    import numpy as np

SURENESS = 1.3  # exponent on a kind's probability: what is unsure says a little less
GENERAL = 0.2  # share of its weight with which a general question competes with those of the kinds
APTNESS = 2.0  # how far nearness to the words of the request lifts a question (see `weigh_aptness`)
MOST_PROBABLE = 0.95
WORTH_ASKING = 0.03  # rank below which a question is not drafted at all
_IMPACT = {1: 0.6, 2: 0.85, 3: 1.0}


@dataclass
class Candidate:
    """One concern. `question` is None for a past surprise that the catalogue does not know; `text` is the
    wording of such a one, and of a question about a part of the product map."""

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

    def scale(self, factor: float) -> None:
        """Less or more likely by `factor`, never certain."""
        self.probability = min(MOST_PROBABLE, self.probability * factor)

    @property
    def key(self) -> str:
        """What tells it from every other."""
        if self.text:
            return f"{self.evidence[0].id}: {self.text}"
        return self.question.id if self.question else ""

    @property
    def rank(self) -> float:
        """Probability that it surfaces times impact, 0..1."""
        return self.probability * _IMPACT[self.question.impact if self.question else 2]


def from_kinds(catalogue: Catalogue, reading: Reading) -> dict[str, Candidate]:
    """The questions of every kind found, and the general ones, by id."""
    candidates: dict[str, Candidate] = {}
    for found in reading.kinds:
        kind = catalogue.kinds.get(found.id)
        for question in kind.questions if kind else ():
            candidate = candidates.setdefault(question.id, Candidate(question, question.category))
            candidate.support(question.weight * found.score**SURENESS, found.quote)
    for question in catalogue.general:
        candidates.setdefault(question.id, Candidate(question, question.category)).support(
            question.weight * GENERAL
        )
    return candidates


def clear_answered(text: str, candidates: dict[str, Candidate]) -> dict[Category, Cleared]:
    """Take out what the request already answers; it is marked clear with the quote."""
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


def weigh_aptness(candidates: Sequence[Candidate], cosines: np.ndarray) -> None:
    """Lift the questions whose words are nearer to those of the request than its other questions'.

    Nearness says nothing about what is hidden, but a good deal about what would sound absurd: over the
    developers' cases this took a tenth of the irrelevant questions out and put better ones in their place.

    Args:
        candidates: questions of the catalogue.
        cosines: of each with the whole request, shape (candidates,).
    """
    worth = [cosine for c, cosine in zip(candidates, cosines, strict=True) if c.rank >= WORTH_ASKING]
    usual = sum(worth) / len(worth) if worth else 0.0
    for candidate, cosine in zip(candidates, cosines, strict=True):
        candidate.scale(math.exp(APTNESS * float(cosine - usual)))


def surfacing(candidates: Iterable[Candidate]) -> dict[Category, float]:
    """Probability that anything of a category surfaces, 0..1."""
    silent = dict.fromkeys(Category, 1.0)
    for candidate in candidates:
        silent[candidate.category] *= 1 - candidate.probability
    return {category: 1 - probability for category, probability in silent.items()}


def _answer_in(text: str, question: CatalogueQuestion | None) -> str:
    for pattern in question.answered_by if question else ():
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            return match[0]
    return ""
