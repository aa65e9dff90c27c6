"""Which kinds of change a request asks for: likeness to the catalogue's exemplars and cues, weighed by a
small logistic model that was fitted on labelled requests (`evals/learning/training.py`).

The request is compared sentence by sentence, because a mail of twelve sentences asks for its change in
one or two of them. A kind's score is the probability that it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from triage.analysts import phrases
from triage.analysts.vectors import CatalogueVectors
from triage.analysts.weights import load_weights
from triage.catalogue import Catalogue, ChangeKind
from triage.domain import KindFound, Request
from triage.ports import Encoder

if TYPE_CHECKING:
    import numpy as np

# The features of one kind, in the order of knowledge/weights/kinds.json. Cosines unless said.
FEATURES = (
    "best_sentence",  # best exemplar in the best sentence
    "subject",  # best exemplar in the first part: the subject line, when there is one
    "whole",  # the whole request against the middle of the exemplars
    "cue_subject",  # 1 when a cue stands in the first part
    "cue_body",  # 1 when a cue stands in any other
    "behind_best",  # best_sentence minus that of the likeliest kind
    "stands_out",  # best_sentence in standard deviations above the mean of all kinds
)
MIN_SCORE = 0.15
MAX_KINDS = 4
MAX_SENTENCES = 24  # most mails have fewer; the rest is rarely where the wish stands


@dataclass(frozen=True)
class Signs:
    """What was seen of every kind: `rows` of shape (kinds, features), and where each showed best."""

    rows: np.ndarray
    quotes: tuple[str, ...]


class KindDetector:
    """Finds kinds of change in a request."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, vectors: CatalogueVectors) -> None:
        self._kinds = list(catalogue.kinds.values())
        self._encoder = encoder
        self._vectors = vectors
        self._cues = [[re.compile(cue, re.IGNORECASE) for cue in kind.cues] for kind in self._kinds]

    def find(self, request: Request) -> tuple[KindFound, ...]:
        """Kinds asked for, likeliest first, at most four, each with the sentence that gave it away."""
        signs = self.signs(request)
        if signs is None:
            return ()
        scores = load_weights("kinds").probabilities(signs.rows)
        return likeliest(self._kinds, signs.quotes, scores)

    def signs(self, request: Request) -> Signs | None:
        """The features of every kind for this request; None when it has no words."""
        import numpy as np

        parts = self._parts(request)
        if not parts:
            return None
        *sentences, whole = self._encoder.encode([*(part[:500] for part in parts), request.ask_text()])
        cosines = np.stack(sentences) @ self._exemplars.T
        per_kind = np.stack([cosines[:, start:stop].max(axis=1) for start, stop in self._spans], axis=1)
        cued = self._cued(parts)
        best = per_kind.max(axis=0)
        rows = np.column_stack(
            [
                best,
                per_kind[0],
                self._middles @ whole,
                cued[0],
                cued[1:].any(axis=0),
                best - best.max(),
                (best - best.mean()) / max(float(best.std()), 1e-6),
            ]
        ).astype(float)
        where = [int((cued if cued[:, k].any() else per_kind)[:, k].argmax()) for k in range(len(best))]
        return Signs(rows, tuple(parts[index][:300] for index in where))

    def _parts(self, request: Request) -> list[str]:
        """The subject and the sentences in which a wish can stand, without greetings and signatures."""
        body = phrases.sentences(request.wish())
        wishes = [sentence for sentence in body if len(sentence.split()) >= 4][:MAX_SENTENCES]
        return ([request.subject] if request.subject.strip() else []) + (wishes or body[:1])

    def _cued(self, parts: Sequence[str]) -> np.ndarray:
        """Booleans of shape (parts, kinds)."""
        import numpy as np

        return np.array([[any(cue.search(part) for cue in cues) for cues in self._cues] for part in parts])

    @cached_property
    def _exemplars(self) -> np.ndarray:
        return self._vectors.of([exemplar for kind in self._kinds for exemplar in kind.exemplars])

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return _spans(self._kinds)

    @cached_property
    def _middles(self) -> np.ndarray:
        import numpy as np

        middles = np.stack([self._exemplars[start:stop].mean(axis=0) for start, stop in self._spans])
        lengths: np.ndarray = np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-9)
        unit: np.ndarray = middles / lengths
        return unit


def likeliest(
    kinds: Sequence[ChangeKind], quotes: Sequence[str], scores: np.ndarray
) -> tuple[KindFound, ...]:
    """The kinds that are likely enough to speak of, likeliest first."""
    found = [
        KindFound(id=kind.id, name=kind.name, quote=quote, score=round(float(score), 3))
        for kind, quote, score in zip(kinds, quotes, scores, strict=True)
        if score >= MIN_SCORE
    ]
    return tuple(sorted(found, key=lambda kind: -kind.score)[:MAX_KINDS])


def _spans(kinds: Sequence[ChangeKind]) -> list[tuple[int, int]]:
    """Where each kind's exemplars stand in the list of all."""
    spans, start = [], 0
    for kind in kinds:
        spans.append((start, start + len(kind.exemplars)))
        start += len(kind.exemplars)
    return spans
