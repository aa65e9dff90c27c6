"""Plays a collection in time order through the product's own store, index and search.

Whatever a query may find is put there before it is asked, and nothing else: neither the texts nor the
counts of words nor the middle of the vectors know of anything later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.retrieval.data import Collection, Report
from triage.analysts.weights import load_weights
from triage.domain import PastRequest
from triage.ports import Allowed, Encoder
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.retrieval.candidates import Candidates, Query
from triage.retrieval.index import ChromaIndex
from triage.retrieval.indexing import apply_changes
from triage.retrieval.search import WEIGHTS
from triage.retrieval.similar import SimilarSearch, query_of
from triage.retrieval.texts import of_past

THREADS = 2
TEXTS = 64  # encoded at a time

Progress = Callable[[int, int], None]
"""(done, total)"""


@dataclass(frozen=True)
class Asked:
    """One query at the moment when all that is earlier is known."""

    report: Report
    query: Query
    found: Candidates[PastRequest]


class Replay:
    """The product's search over a collection that grows. Use as a context: it holds an index in memory."""

    def __init__(self, collection: Collection, encoder: Encoder) -> None:
        self._collection = collection
        self._encoder = encoder
        self._database = open_database("sqlite://")
        migrate(self._database)
        self.store = KnowledgeStore(self._database)
        self.index = ChromaIndex()
        self.search = SimilarSearch(self.store, self.index, encoder, load_weights(WEIGHTS))
        self._known = 0

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None:
        self.index.close()
        self._database.dispose()

    def ask(self, split: str) -> Iterator[Asked]:
        """The queries of a split in time order, each with its candidates."""
        for report in self._collection.queries(split):
            self._learn(self._collection.earlier(report))
            query = query_of(report.request(), self._encoder)
            if query is not None:
                yield Asked(report, query, self.search.candidates(query, Allowed(), without=report.id))

    def _learn(self, number: int) -> None:
        """Make the first `number` reports known."""
        if number > self._known:
            self.store.put_past([report.past() for report in self._collection.reports[self._known : number]])
            apply_changes(self.store, self.index, self._encoder)
            self._known = number


class KnownVectors:
    """An encoder that has the texts of a collection ready; what it does not know it computes."""

    def __init__(self, encoder: Encoder, vectors: dict[str, np.ndarray]) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder = encoder
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `ports.Encoder`."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            self._vectors |= dict(zip(missing, self._encoder.encode(missing), strict=True))
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([self._vectors[text] for text in texts])


def encode_collection(
    collection: Collection, encoder: Encoder, cache: Path, progress: Progress = lambda done, total: None
) -> KnownVectors:
    """All texts of a collection, computed on two cores, or read from `cache` when it holds them already."""
    titled = [of_past(report.past()) for report in collection.reports]
    texts = list(dict.fromkeys(text for each in titled for text in (each.full, each.title)))
    path = cache / f"vectors-{collection.digest[:12]}-{encoder.name}.npy"
    rows = _read(path, len(texts))
    if rows is None:
        rows = _encoded(texts, encoder, progress)
        np.save(path, rows)
    return KnownVectors(encoder, dict(zip(texts, rows, strict=True)))


def _encoded(texts: Sequence[str], encoder: Encoder, progress: Progress) -> np.ndarray:
    """Long texts beside long ones, so that both threads end at about the same time."""
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    encoder.encode([texts[place] for place in order[-1:]])  # loads the model once
    rows = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    done = 0
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [order[start : start + TEXTS] for start in range(0, len(order), TEXTS)]
        work = pool.map(lambda part: encoder.encode([texts[place] for place in part]), parts)
        for part, vectors in zip(parts, work, strict=True):
            rows[part] = vectors
            done += len(part)
            progress(done, len(texts))
    return rows


def _read(path: Path, number: int) -> np.ndarray | None:
    """Vectors kept by an earlier run; None when there are none, or not of these texts."""
    try:
        rows: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows if rows.ndim == 2 and len(rows) == number else None
