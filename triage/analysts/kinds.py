"""Which kinds of change a request asks for: cues first, then likeness to the catalogue's exemplars.

The request is compared sentence by sentence, because a mail of twelve sentences asks for its change in
one or two of them. Likeness is the cosine of sentence embeddings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from triage.analysts import phrases
from triage.analysts.vectors import CatalogueVectors
from triage.catalogue import Catalogue, ChangeKind
from triage.domain import KindFound, Request
from triage.ports import Encoder

if TYPE_CHECKING:
    import numpy as np

FLOOR = 0.42  # cosine below which a sentence says nothing about a kind
CEILING = 0.78  # cosine from which likeness alone is as good as certain
CUE_BONUS = 0.30  # what a cue adds; cues alone, without any likeness, reach CUE_ALONE
CUE_ALONE = 0.45
SUBJECT_BONUS = 0.10  # the subject line is the writer's own summary
MIN_SCORE = 0.30
MAX_KINDS = 4
MAX_SENTENCES = 24  # most mails have fewer; the rest is rarely where the wish stands


class KindDetector:
    """Finds kinds of change in a request."""

    def __init__(self, catalogue: Catalogue, encoder: Encoder, vectors: CatalogueVectors) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._vectors = vectors

    def find(self, request: Request) -> tuple[KindFound, ...]:
        """Kinds asked for, strongest first, at most four, each with the sentence that gave it away."""
        parts = self.sentences(request)
        if not parts:
            return ()
        likeness = self.likeness(parts)
        found = [self._score(kind, column, parts, likeness) for column, kind in enumerate(self._kinds)]
        strong = [kind for kind in found if kind.score >= MIN_SCORE]
        return tuple(sorted(strong, key=lambda kind: -kind.score)[:MAX_KINDS])

    def sentences(self, request: Request) -> list[str]:
        """The subject and the sentences in which a wish can stand, without greetings and signatures."""
        body = phrases.sentences(request.body or request.forwarder_note)
        wishes = [sentence for sentence in body if len(sentence.split()) >= 4][:MAX_SENTENCES]
        return ([request.subject] if request.subject.strip() else []) + wishes

    def likeness(self, parts: Sequence[str]) -> np.ndarray:
        """Cosines of shape (len(parts), number of kinds): the best exemplar of each kind counts."""
        import numpy as np

        vectors = self._encoder.encode([part[:500] for part in parts])
        cosines = vectors @ self._exemplar_vectors.T
        columns = [cosines[:, start:stop].max(axis=1) for start, stop in self._spans]
        return np.stack(columns, axis=1)

    def _score(self, kind: ChangeKind, column: int, parts: list[str], likeness: np.ndarray) -> KindFound:
        cosines = likeness[:, column].copy()
        cosines[0] += SUBJECT_BONUS
        best = int(cosines.argmax())
        score = min(1.0, max(0.0, (float(cosines[best]) - FLOOR) / (CEILING - FLOOR)))
        cued = next((index for index, part in enumerate(parts) if self._cued(kind, part)), None)
        if cued is not None:
            score = max(CUE_ALONE, min(1.0, score + CUE_BONUS))
            best = cued if score == CUE_ALONE else best
        return KindFound(id=kind.id, name=kind.name, quote=parts[best][:300], score=round(score, 3))

    def _cued(self, kind: ChangeKind, part: str) -> bool:
        return any(cue.search(part) for cue in self._cues[kind.id])

    @cached_property
    def _kinds(self) -> list[ChangeKind]:
        return list(self._catalogue.kinds.values())

    @cached_property
    def _cues(self) -> dict[str, list[re.Pattern[str]]]:
        return {kind.id: [re.compile(cue, re.IGNORECASE) for cue in kind.cues] for kind in self._kinds}

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        spans, start = [], 0
        for kind in self._kinds:
            spans.append((start, start + len(kind.exemplars)))
            start += len(kind.exemplars)
        return spans

    @cached_property
    def _exemplar_vectors(self) -> np.ndarray:
        return self._vectors.of([exemplar for kind in self._kinds for exemplar in kind.exemplars])
