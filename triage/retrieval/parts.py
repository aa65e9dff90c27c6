"""Which parts of the product map a change touches (P10a): nearness of meaning plus shared words."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from triage.domain import MapPart, Reading, Request
from triage.ports import Encoder
from triage.retrieval.texts import of_request
from triage.retrieval.words import content_words

if TYPE_CHECKING:
    import numpy as np

MOST = 8
MOST_PER_ROLE = 2
MOST_OF = {"route": 3, "surface": 3}  # the other route and the forgotten screen surprise most often,
ROLE_BONUS = {"route": 0.05, "surface": 0.05}  # so they also come first among equals
WORD_BONUS = 0.15  # for a shared word that no other line has; less for a common one
LEAST = 0.34  # below this a line has nothing to do with the request
FULLY = 0.74  # from here on it has all to do with it


class MapSearch:
    """Ranks the parts of a map; their vectors are computed once per wording."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self._known: tuple[tuple[MapPart, ...], np.ndarray] | None = None

    def touched(
        self, parts: Sequence[MapPart], request: Request, reading: Reading
    ) -> list[tuple[MapPart, float]]:
        """At most eight parts, most touched first, at most two of a role (three routes, three surfaces),
        each with how much it is touched, 0..1."""
        if not parts or not of_request(request).full:
            return []
        scores = self._scores(tuple(parts), request, reading)
        order = sorted(range(len(parts)), key=lambda place: (-scores[place], place))
        chosen = _spread([place for place in order if scores[place] >= LEAST], parts)
        return [
            (parts[place], round(min(1.0, (scores[place] - LEAST) / (FULLY - LEAST)), 4)) for place in chosen
        ]

    def _scores(self, parts: tuple[MapPart, ...], request: Request, reading: Reading) -> list[float]:
        texts = of_request(request)
        thing = f"{reading.action} {reading.object}".strip()
        views = dict.fromkeys(text for text in (texts.title, reading.ask, thing, texts.full) if text.strip())
        cosines = (self._vectors(parts) @ self._encoder.encode(list(views)).T).max(axis=1)
        shared = _shared_words(content_words(f"{thing} {texts.title}"), parts)
        return [
            float(near) + WORD_BONUS * held + ROLE_BONUS.get(part.role, 0.0)
            for part, near, held in zip(parts, cosines, shared, strict=True)
        ]

    def _vectors(self, parts: tuple[MapPart, ...]) -> np.ndarray:
        with self._lock:
            if self._known is None or self._known[0] != parts:
                self._known = (parts, self._encoder.encode([part.text for part in parts]))
            return self._known[1]


def _shared_words(words: frozenset[str], parts: Sequence[MapPart]) -> list[float]:
    """For each part the shared words, 0..2: one that stands in every line of the map counts nothing."""
    held = [words & content_words(part.text) for part in parts]
    lines = Counter(word for some in held for word in some)
    rarity = {word: 1 - math.log(count) / math.log(len(parts) + 1) for word, count in lines.items()}
    return [min(2.0, sum(rarity[word] for word in some)) for some in held]


def _spread(ranked: Sequence[int], parts: Sequence[MapPart]) -> list[int]:
    taken: list[int] = []
    for place in ranked:
        role = parts[place].role
        if sum(parts[other].role == role for other in taken) < MOST_OF.get(role, MOST_PER_ROLE):
            taken.append(place)
    return taken[:MOST]
