"""Finds what resembles a request: past requests and notes by words and by meaning, and the map's parts.

Words find the same names, vectors find the same thing said differently. Both give candidates, SQL says which
of them still exist and may be shown, a small model (`similar`) puts past requests in order, a fixed formula
(`ranking`) the notes, and a floor keeps out what is merely nearest.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from triage.analysts.weights import load_weights
from triage.domain import (
    Evidence,
    EvidenceKind,
    Found,
    FoundPassage,
    PastRequest,
    Reading,
    Request,
    SimilarRequest,
    TrackRecord,
)
from triage.ports import Allowed, Encoder, KnowledgeSource, VectorIndex
from triage.product_map import ProductMap
from triage.retrieval.candidates import CandidateSearch, Query, note_shelf
from triage.retrieval.likeness import what_differs, what_is_same
from triage.retrieval.own_weights import OwnWeights
from triage.retrieval.parts import MapSearch
from triage.retrieval.ranking import fixed_formula
from triage.retrieval.signs import SIGNS
from triage.retrieval.similar import Compared, SimilarSearch, query_of
from triage.retrieval.staleness import why_stale
from triage.retrieval.texts import of_past
from triage.retrieval.words import common_words

MOST_SIMILAR = 6
RECENT = 300  # past requests that the base rates are counted over
MOST_NOTES = 4
MOST_RELATED = 6  # further past requests whose surprises may teach something here
LEAST_RELATED = 0.30  # cosine of the whole texts below which nothing carries over
LEAST_NOTE = 0.50  # notes are short and speak of parts, a request of wishes: they score lower
MOST_TOLD = 40  # nearest candidates whose words tell which ones are common
WEIGHTS = "similar"


class HybridRetriever:
    """Implements `ports.Retriever`. `product_map` may be replaced while running.

    Args:
        allowed: which past requests and notes may be shown; nothing labelled by default.
        own: the weights of likeness as learned here; the shipped ones without it.
    """

    def __init__(
        self,
        source: KnowledgeSource,
        index: VectorIndex,
        encoder: Encoder,
        product_map: ProductMap | None = None,
        allowed: Allowed | None = None,
        own: OwnWeights | None = None,
    ) -> None:
        self.product_map = product_map
        self.similar = SimilarSearch(source, index, encoder, load_weights(WEIGHTS))
        self._source = source
        self._encoder = encoder
        self._own = own
        self._allowed = allowed or Allowed()
        self._notes = CandidateSearch(note_shelf(source), index, encoder)
        self._map_search = MapSearch(encoder)
        self._recent = _Recent(source, self._allowed)

    def retrieve(self, request: Request, reading: Reading) -> Evidence:
        """At most six similar past requests, six related ones, four passages and eight map parts, best first.

        `score` of a past request is the model's, 0..1; that of a passage is the fixed formula's, at most
        1.65. Related are the nearest that are not comparable, by the cosine of the whole texts.
        """
        query = query_of(request, self._encoder)
        if query is None:
            return Evidence()
        parts = self.product_map.parts if self.product_map else ()
        touched = self._map_search.touched(parts, request, reading)
        similar, related = self._precedents(query, request, reading)
        return Evidence(
            record=self._recent.record(request.id),
            similar=similar,
            related=related,
            notes=self._found_notes(query, request),
            map_parts=tuple(part for part, _ in touched),
            touch={part.id: touch for part, touch in touched},
        )

    def recall(self, request: Request, reading: Reading, found: Sequence[Found]) -> Evidence:
        """Rebuild evidence from its pointers; what has gone from SQL or the map since is left out."""
        past = self._source.past_requests([f.id for f in found if f.kind is EvidenceKind.PAST], self._allowed)
        notes = self._source.passages([f.id for f in found if f.kind is EvidenceKind.NOTE], self._allowed)
        parts = {part.id: part for part in self.product_map.parts} if self.product_map else {}
        return Evidence(
            similar=tuple(_similar(past[f.id], f) for f in found if f.id in past and not f.related),
            related=tuple(_similar(past[f.id], f) for f in found if f.id in past and f.related),
            notes=tuple(
                FoundPassage(
                    passage=notes[f.id], score=f.score, stale=why_stale(notes[f.id], request.received)
                )
                for f in found
                if f.id in notes
            ),
            map_parts=tuple(parts[f.id] for f in found if f.id in parts),
            touch={f.id: f.score for f in found if f.id in parts},
        )

    def _precedents(
        self, query: Query, request: Request, reading: Reading
    ) -> tuple[tuple[SimilarRequest, ...], tuple[SimilarRequest, ...]]:
        """The comparable past requests, best first, and the next nearest."""
        if self._own:
            self.similar.model = self._own.model()
        ranked = self.similar.search(query, request, reading, self._allowed)
        similar = [each for each in ranked if each.comparable][:MOST_SIMILAR]
        shown = {each.past.id for each in similar}
        nearest = sorted(ranked, key=lambda each: (-each.cosine, each.past.id))
        common = common_words([of_past(each.past).full for each in nearest[:MOST_TOLD]])
        near = [each for each in nearest if each.cosine >= LEAST_RELATED and each.past.id not in shown]

        def compared(each: Compared) -> SimilarRequest:
            return SimilarRequest(
                past=each.past,
                score=round(each.score, 4),
                same=what_is_same(request, reading, each.past, common),
                differs=what_differs(request, reading, each.past),
                cosine=round(each.cosine, 4),
                signs={sign: round(figure, 4) for sign, figure in zip(SIGNS, each.signs, strict=True)},
            )

        return tuple(map(compared, similar)), tuple(map(compared, near[:MOST_RELATED]))

    def _found_notes(self, query: Query, request: Request) -> tuple[FoundPassage, ...]:
        found = self._notes.find(query, self._allowed)
        scores = fixed_formula(found.full @ query.full, found.title @ query.title, found.words)
        scored = [
            FoundPassage(passage=note, score=round(float(score), 4), stale=why_stale(note, request.received))
            for note, score in zip(found.items, scores, strict=True)
            if score >= LEAST_NOTE
        ]
        return tuple(sorted(scored, key=lambda each: (-each.score, each.passage.id))[:MOST_NOTES])


class _Recent:
    """The latest past requests, read again when they have changed. May be shared by threads."""

    def __init__(self, source: KnowledgeSource, allowed: Allowed) -> None:
        self._source = source
        self._allowed = allowed
        self._lock = threading.Lock()
        self._edition = -1
        self._past: list[PastRequest] = []
        self._record = TrackRecord()

    def record(self, without: str) -> TrackRecord:
        """The track record they add up to, the request itself left out."""
        with self._lock:
            edition = self._source.past_edition()
            if edition != self._edition:
                self._past = self._source.all_past(RECENT, allowed=self._allowed)
                self._record, self._edition = TrackRecord.of(self._past), edition
            if all(past.id != without for past in self._past):
                return self._record
            return TrackRecord.of(past for past in self._past if past.id != without)


def _similar(past: PastRequest, found: Found) -> SimilarRequest:
    return SimilarRequest(
        past=past,
        score=found.score,
        same=found.same,
        differs=found.differs,
        cosine=found.cosine,
        signs=found.signs,
    )
