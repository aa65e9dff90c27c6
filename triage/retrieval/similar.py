"""Past requests that resemble a request, ranked by a small model one can read (`signs`, weights in
`knowledge/weights/similar.json`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.analysts.weights import Logistic
from triage.domain import PastRequest, Reading, Request
from triage.ports import Allowed, Encoder, KnowledgeSource, VectorIndex
from triage.retrieval.candidates import Candidates, CandidateSearch, Query, past_shelf
from triage.retrieval.centre import COMMON, COMMON_TITLE, Centres
from triage.retrieval.signs import SIGNS, UNKNOWN, Facts, facts_of, sign_rows
from triage.retrieval.texts import of_request

if TYPE_CHECKING:
    import numpy as np

COMPARABLE = 0.5  # probability from which two requests are comparable, whatever their age and company
_ASIDE = ("crowded", "age")  # they order comparable requests; they do not make one comparable


@dataclass(frozen=True)
class Compared:
    """A past request beside the one that is asked about."""

    past: PastRequest
    score: float  # 0..1, from all signs
    likeness: float  # 0..1, the same without age and crowd
    cosine: float  # of the whole texts, -1..1
    signs: tuple[float, ...]  # in the order of `SIGNS`

    @property
    def comparable(self) -> bool:
        """True when a person would call the two similar."""
        return self.likeness >= COMPARABLE


class SimilarSearch:
    """Finds and ranks. `model` weighs `SIGNS`; it may be replaced while running."""

    def __init__(
        self, source: KnowledgeSource, index: VectorIndex, encoder: Encoder, model: Logistic
    ) -> None:
        self.model = model
        self._source = source
        self._encoder = encoder
        self._centres = Centres(index)
        self._search = CandidateSearch(past_shelf(source), index, encoder)

    @property
    def collections(self) -> tuple[str, str]:
        """Where the index holds the vectors of whole past requests and of their titles."""
        return self._search.collections

    def search(self, query: Query, request: Request, reading: Reading, allowed: Allowed) -> list[Compared]:
        """Every candidate, the most alike first; never the request itself."""
        found = self.candidates(query, allowed, without=request.id)
        return self.ranked(query, found, [facts_of(request, reading, past) for past in found.items])

    def candidates(self, query: Query, allowed: Allowed, without: str = "") -> Candidates[PastRequest]:
        """What may be similar, unranked."""
        return self._search.find(query, allowed, without)

    def ranked(self, query: Query, found: Candidates[PastRequest], facts: Sequence[Facts]) -> list[Compared]:
        """`found` by score, best first; equal scores by id."""
        rows, model = self.signs_of(query, found, facts), self.model
        scores, likeness = model.probabilities(rows), model.probabilities(without_aside(rows))
        cosines = found.full @ query.full
        compared = [
            Compared(
                past=past,
                score=float(scores[row]),
                likeness=float(likeness[row]),
                cosine=float(cosines[row]),
                signs=tuple(map(float, rows[row])),
            )
            for row, past in enumerate(found.items)
        ]
        return sorted(compared, key=lambda each: (-each.score, each.past.id))

    def signs_of(self, query: Query, found: Candidates[PastRequest], facts: Sequence[Facts]) -> np.ndarray:
        """The signs of each candidate, shape (n, len(SIGNS)): what the model weighs and learns from."""
        edition = self._source.past_edition()
        whole, titles = self.collections
        full = self._centres.of(whole, edition, COMMON)
        title = self._centres.of(titles, edition, COMMON_TITLE)
        return sign_rows(query, found, facts, full, title)


def query_of(request: Request, encoder: Encoder) -> Query | None:
    """The request as it is searched for; None when it has no words."""
    text = of_request(request)
    if not text.full:
        return None
    full, title = encoder.encode([text.full, text.title])
    return Query(text, full, title)


def without_aside(rows: np.ndarray) -> np.ndarray:
    """Sign rows with age and crowd at their neutral figures."""
    plain = rows.copy()
    for sign in _ASIDE:
        plain[:, SIGNS.index(sign)] = UNKNOWN[sign]
    return plain
