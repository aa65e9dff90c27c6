"""The company's own finished sizes as the pipeline asks for them: fitted once, and again when they change.

Implements `ports.SizeHistory`. The texts' vectors come from the index where it has them. How often the
ranges would have held is replayed from the history itself, so there is no state that could be lost.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from triage.catalogue import Catalogue
from triage.domain import Days, KindFound, PastRequest, Reading, Request, SizeOpinion
from triage.estimating.estimator import Estimate, SizeEstimator
from triage.estimating.features import length_features
from triage.estimating.history import MOST_ITEMS, Items
from triage.estimating.outside import OutsideVoice, PastOpinion, cold_start, opinion
from triage.ports import Encoder, KnowledgeSource, VectorIndex
from triage.retrieval.index import collection_name
from triage.retrieval.texts import TitledText, of_past, of_request
from triage.sizing import LEAST_DAYS, cold_start_table

if TYPE_CHECKING:
    import numpy as np


class OwnSizes:
    """May be shared by threads; one of them fits, the others wait for it."""

    def __init__(
        self, catalogue: Catalogue, source: KnowledgeSource, index: VectorIndex, encoder: Encoder
    ) -> None:
        self._catalogue = catalogue
        self._source = source
        self._index = index
        self._encoder = encoder
        self._lock = threading.Lock()
        self._digest = ""
        self._estimator: SizeEstimator | None = None
        self._opinions: tuple[PastOpinion, ...] = ()

    def estimate(self, request: Request, reading: Reading, table: Days, said: SizeOpinion | None) -> Estimate:
        """Whole size in engineer-days.

        The table counts as it is shipped until there is enough history to put it right; a model's opinion
        only when its past ones are known.
        """
        estimator, opinions = self._fitted()
        voices: list[OutsideVoice | None] = []
        if not estimator.corrects_table:
            low = max(LEAST_DAYS, table.low)
            voices.append(cold_start(low, max(low, table.high), estimator.items))
        if said is not None:
            voices.append(opinion(said.days.middle, opinions))
        text = of_request(request)
        kinds = tuple(kind.id for kind in reading.sure_kinds)
        item = _items([request.id], [text], [request.wish()], [kinds], self._encoded([text]), [table])
        return estimator.estimate(item, [voice for voice in voices if voice])

    def _fitted(self) -> tuple[SizeEstimator, tuple[PastOpinion, ...]]:
        with self._lock:
            digest = self._source.sizes_digest()
            if self._estimator is None or digest != self._digest:
                past = self._source.sized_past(MOST_ITEMS)
                self._estimator = self._fit(past)
                self._opinions = tuple(
                    PastOpinion(each.model_days, each.size_days)
                    for each in past
                    if each.model_days and each.size_days
                )
                self._digest = digest
            return self._estimator, self._opinions

    def _fit(self, past: Sequence[PastRequest]) -> SizeEstimator:
        ids, texts = [each.id for each in past], [of_past(each) for each in past]
        items = _items(
            ids,
            texts,
            [each.body for each in past],
            [each.kinds for each in past],
            self._vectors(ids, texts),
            [self._table_of(each.kinds) for each in past],
        )
        return SizeEstimator.fit(items, [each.size_days for each in past], self._estimator)

    def _table_of(self, kinds: Sequence[str]) -> Days:
        """What the table would have said of a past request of these kinds."""
        reading = Reading(kinds=tuple(KindFound(id=kind, name=kind, score=1.0) for kind in kinds))
        return cold_start_table(self._catalogue, reading).total

    def _vectors(self, ids: Sequence[str], texts: Sequence[TitledText]) -> np.ndarray:
        import numpy as np

        if not ids:
            return np.zeros((0, self._encoder.dimension))
        known = self._index.vectors(collection_name("past", self._encoder), ids)
        missing = [place for place, id_ in enumerate(ids) if id_ not in known]
        known |= dict(
            zip(
                [ids[place] for place in missing],
                self._encoded([texts[place] for place in missing]) if missing else [],
                strict=True,
            )
        )
        return np.stack([known[id_] for id_ in ids])

    def _encoded(self, texts: Sequence[TitledText]) -> np.ndarray:
        """Rows of length 1; all 0 where a text has no words."""
        vectors = self._encoder.encode([text.full for text in texts]).astype(float)
        for row, text in enumerate(texts):
            if not text.full:
                vectors[row] = 0.0
        return vectors


def _items(
    ids: Sequence[str],
    texts: Sequence[TitledText],
    bodies: Sequence[str],
    kinds: Sequence[tuple[str, ...]],
    vectors: np.ndarray,
    tables: Sequence[Days],
) -> Items:
    import numpy as np

    rows = [length_features(text.title, body) for text, body in zip(texts, bodies, strict=True)]
    features = np.array(rows) if rows else np.zeros((0, len(length_features("", ""))))
    middles = np.array([max(LEAST_DAYS, table.middle) for table in tables])
    return Items(vectors, features, tuple(kinds), middles, tuple(ids))
