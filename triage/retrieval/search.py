"""Finds what resembles a request: past requests and notes by words and by meaning, and the map's parts.

Words find the same names, vectors find the same thing said differently. Both give candidates, SQL says which
of them still exist, one formula (`ranking`) puts them in order, and a floor keeps out what is merely nearest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

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
from triage.ports import Encoder, KeywordHit, KnowledgeSource, VectorIndex
from triage.product_map import ProductMap
from triage.retrieval.index import collection_name
from triage.retrieval.likeness import same_area, shared_kind, what_differs, what_is_same
from triage.retrieval.parts import MapSearch
from triage.retrieval.ranking import Likeness, age_in_days, aged, keyword_shares
from triage.retrieval.texts import TitledText, of_passage, of_past, of_request
from triage.retrieval.words import common_words

if TYPE_CHECKING:
    import numpy as np

CANDIDATES = 50  # from each of: words, whole texts, titles
MOST_SIMILAR = 6
RECENT = 300  # past requests that the base rates are counted over
MOST_NOTES = 4
MOST_RELATED = 6  # further past requests whose surprises may teach something here
LEAST_SIMILAR = 0.60  # `Likeness.score` below which a past request is only the nearest, not similar
LEAST_RELATED = 0.30  # cosine of the whole texts below which nothing carries over
LEAST_NOTE = 0.50  # notes are short and speak of parts, a request of wishes: they score lower
MOST_ENCODED = 16  # candidates whose vectors may be computed on the spot when the index lacks them


@dataclass(frozen=True)
class _Query:
    """The request as it is searched for."""

    text: str
    full: np.ndarray
    title: np.ndarray


class HybridRetriever:
    """Implements `ports.Retriever`. `product_map` may be replaced while running."""

    def __init__(
        self,
        source: KnowledgeSource,
        index: VectorIndex,
        encoder: Encoder,
        product_map: ProductMap | None = None,
    ) -> None:
        self.product_map = product_map
        self._source = source
        self._index = index
        self._encoder = encoder
        self._map_search = MapSearch(encoder)

    def retrieve(self, request: Request, reading: Reading) -> Evidence:
        """At most six similar past requests, four passages and eight map parts, best first. `score` is the
        formula of `ranking`: about 0.5 where things begin to be alike, 1.65 for the same words today."""
        texts = of_request(request)
        if not texts.full:
            return Evidence()
        full, title = self._encoder.encode([texts.full, texts.title])
        query = _Query(texts.full, full, title)
        parts = self.product_map.parts if self.product_map else ()
        touched = self._map_search.touched(parts, request, reading)
        similar, related = self._precedents(query, request, reading)
        return Evidence(
            record=self._record(request),
            similar=similar,
            related=related,
            notes=self._notes(query),
            map_parts=tuple(part for part, _ in touched),
            touch={part.id: touch for part, touch in touched},
        )

    def recall(self, request: Request, reading: Reading, found: Sequence[Found]) -> Evidence:
        """Rebuild evidence from its pointers; what has gone from SQL or the map since is left out."""
        past = self._source.past_requests([f.id for f in found if f.kind is EvidenceKind.PAST])
        notes = self._source.passages([f.id for f in found if f.kind is EvidenceKind.NOTE])
        parts = {part.id: part for part in self.product_map.parts} if self.product_map else {}
        return Evidence(
            similar=tuple(_similar(past[f.id], f) for f in found if f.id in past and not f.related),
            related=tuple(_similar(past[f.id], f) for f in found if f.id in past and f.related),
            notes=tuple(FoundPassage(passage=notes[f.id], score=f.score) for f in found if f.id in notes),
            map_parts=tuple(parts[f.id] for f in found if f.id in parts),
            touch={f.id: f.score for f in found if f.id in parts},
        )

    def _record(self, request: Request) -> TrackRecord:
        recent = self._source.all_past(limit=RECENT)
        return TrackRecord.of(past for past in recent if past.id != request.id)

    def _precedents(
        self, query: _Query, request: Request, reading: Reading
    ) -> tuple[tuple[SimilarRequest, ...], tuple[SimilarRequest, ...]]:
        """The comparable past requests, best first, and the next nearest."""
        hits = self._source.match_past(query.text, CANDIDATES + 1)
        ids = [id_ for id_ in self._candidates("past", query, hits) if id_ != request.id]
        known = self._source.past_requests(ids) if ids else {}
        texts = {id_: of_past(known[id_]) for id_ in ids if id_ in known}
        scores, cosines, alike = dict[str, float](), dict[str, float](), set[str]()
        for id_, words in self._likeness("past", query, hits, texts).items():
            past = known[id_]
            likeness = replace(words, kind=shared_kind(reading, past), area=float(same_area(request, past)))
            scores[id_] = aged(likeness.score, age_in_days(past.opened or past.closed, request.received))
            cosines[id_] = likeness.full
            if likeness.score >= LEAST_SIMILAR:
                alike.add(id_)
        common = common_words([text.full for text in texts.values()]) if scores else frozenset()

        def compared(id_: str) -> SimilarRequest:
            return SimilarRequest(
                past=known[id_],
                score=round(scores[id_], 4),
                same=what_is_same(request, reading, known[id_], common),
                differs=what_differs(request, reading, known[id_]),
                cosine=round(cosines[id_], 4),
            )

        best = _best({id_: scores[id_] for id_ in alike}, MOST_SIMILAR)
        rest = {id_: near for id_, near in cosines.items() if near >= LEAST_RELATED and id_ not in best}
        return tuple(map(compared, best)), tuple(map(compared, _best(rest, MOST_RELATED)))

    def _notes(self, query: _Query) -> tuple[FoundPassage, ...]:
        hits = self._source.match_passages(query.text, CANDIDATES)
        ids = self._candidates("note", query, hits)
        known = self._source.passages(ids) if ids else {}
        texts = {id_: of_passage(known[id_]) for id_ in ids if id_ in known}
        likeness = self._likeness("note", query, hits, texts)
        scores = {id_: found.score for id_, found in likeness.items() if found.score >= LEAST_NOTE}
        return tuple(
            FoundPassage(passage=known[id_], score=round(scores[id_], 4)) for id_ in _best(scores, MOST_NOTES)
        )

    def _candidates(self, kind: str, query: _Query, hits: Sequence[KeywordHit]) -> list[str]:
        near = self._index.query(self._collection(kind), query.full, CANDIDATES)
        near += self._index.query(self._collection(f"{kind}-title"), query.title, CANDIDATES)
        return list(dict.fromkeys([hit.id for hit in hits] + [hit.id for hit in near]))

    def _likeness(
        self, kind: str, query: _Query, hits: Sequence[KeywordHit], texts: Mapping[str, TitledText]
    ) -> dict[str, Likeness]:
        """`texts` in the order of the candidates: those found by words come first, best first."""
        shares = keyword_shares(query.text, hits, {id_: text.full for id_, text in texts.items()})
        full = self._index.vectors(self._collection(kind), list(texts))
        title = self._index.vectors(self._collection(f"{kind}-title"), list(texts))
        missing = [id_ for id_ in texts if id_ not in full or id_ not in title][:MOST_ENCODED]
        full |= self._encoded({id_: texts[id_].full for id_ in missing})
        title |= self._encoded({id_: texts[id_].title for id_ in missing})
        both = [id_ for id_ in texts if id_ in full and id_ in title]
        return {
            id_: Likeness(
                full=float(query.full @ full[id_]),
                title=float(query.title @ title[id_]),
                keyword=shares.get(id_, 0.0),
            )
            for id_ in both
        }

    def _encoded(self, texts: Mapping[str, str]) -> dict[str, np.ndarray]:
        """For what was added a moment ago, or when this process holds no index."""
        return dict(zip(texts, self._encoder.encode(list(texts.values())), strict=True)) if texts else {}

    def _collection(self, kind: str) -> str:
        return collection_name(kind, self._encoder)


def _similar(past: PastRequest, found: Found) -> SimilarRequest:
    return SimilarRequest(
        past=past, score=found.score, same=found.same, differs=found.differs, cosine=found.cosine
    )


def _best(scores: Mapping[str, float], most: int) -> list[str]:
    return sorted(scores, key=lambda id_: (-scores[id_], id_))[:most]
