"""How a drafted question and a hidden item resemble each other: the five figures the matcher weighs.

A hidden item is the question somebody should have asked, with the evidence of how it surfaced. Words are
compared by their stems and weighted by rarity, so that "asset" in a tool for assets counts little.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from triage.domain import Surprise
from triage.ports import Encoder
from triage.retrieval.words import content_words

FEATURES = (
    "cosine",  # question to hidden question with its evidence
    "clause_cosine",  # best clause of the question to best clause of the hidden question
    "same_category",
    "new_words_shared",  # rare words of the question that the request lacks, found in the hidden item
    "hidden_words_asked",  # rare words of the hidden question found in the question
)

_CLAUSE = re.compile(r"[,;:?.()]| and | or | but | - ")
_ENDINGS = ("ing", "ed", "er", "ion", "ment", "ly", "able", "al", "ive", "or")
_SHORTEST_STEM = 4


@dataclass(frozen=True)
class Asked:
    """A drafted question as the matcher sees it."""

    question: str
    category: str


@dataclass(frozen=True)
class Rarity:
    """How rare a stem is among the texts the matcher was trained on."""

    documents: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Rarity:
        """Counted over `texts`."""
        return cls(len(texts), Counter(stem for text in texts for stem in stems(text)))

    def weight(self, found: frozenset[str]) -> float:
        """Sum of inverse document frequencies."""
        return sum(math.log((self.documents + 1) / (self.counts.get(stem, 0) + 0.5)) for stem in found)

    def share(self, wanted: frozenset[str], present: frozenset[str]) -> float:
        """The part of `wanted` that is `present`, by weight, 0..1."""
        whole = self.weight(wanted)
        return self.weight(wanted & present) / whole if whole > 0 else 0.0


def features(
    encoder: Encoder, rarity: Rarity, request: str, hidden: Surprise, asked: Sequence[Asked]
) -> np.ndarray:
    """One row per question, columns as in `FEATURES`; shape (len(asked), len(FEATURES))."""
    whole = f"{hidden.question} {hidden.evidence}".strip()
    cosines = encoder.encode([one.question for one in asked]) @ encoder.encode([whole])[0]
    hidden_clauses = encoder.encode(clauses(hidden.question))
    there, wanted, known = stems(whole), stems(hidden.question), stems(request)
    rows = np.zeros((len(asked), len(FEATURES)))
    for row, one in enumerate(asked):
        words = stems(one.question)
        rows[row] = (
            cosines[row],
            (hidden_clauses @ encoder.encode(clauses(one.question)).T).max(),
            one.category == hidden.category.value,
            rarity.share(words - known, there),
            rarity.share(wanted, words),
        )
    return rows


def clauses(text: str) -> list[str]:
    """The parts of a sentence of two words or more; the whole when there are none."""
    parts = [part.strip() for part in _CLAUSE.split(text)]
    return [part for part in parts if " " in part] or [text]


def stems(text: str) -> frozenset[str]:
    """The words of `text` that carry meaning, without common endings."""
    return frozenset(map(_stem, content_words(text)))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word[:-1] if word.endswith("e") and len(word) > _SHORTEST_STEM else word
