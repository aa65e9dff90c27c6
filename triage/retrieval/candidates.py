"""What may resemble a text: found by its words and by two vectors, known to SQL, allowed to be shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from triage.domain import Passage, PastRequest
from triage.ports import Allowed, Encoder, KeywordHit, KnowledgeSource, VectorIndex
from triage.retrieval.index import collection_name
from triage.retrieval.texts import TitledText, of_passage, of_past

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")

CANDIDATES = 50  # from each of: words, whole texts, titles
MOST_ENCODED = 16  # candidates whose vectors may be computed on the spot when the index lacks them


@dataclass(frozen=True)
class Query:
    """A text as it is searched for, with the vectors of the whole and of its title."""

    text: TitledText
    full: np.ndarray
    title: np.ndarray


@dataclass(frozen=True)
class Candidates(Generic[T]):
    """What was found, one a row: vectors of shape (n, d), BM25 shares 0..1 of shape (n,)."""

    items: tuple[T, ...]
    full: np.ndarray
    title: np.ndarray
    words: np.ndarray


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """One kind of knowledge as SQL gives it."""

    kind: str  # names the collections of its vectors
    match: Callable[[str, str, int, Collection[str]], list[KeywordHit]]
    fetch: Callable[[Sequence[str], Allowed | None], dict[str, T]]
    text_of: Callable[[T], TitledText]


def past_shelf(source: KnowledgeSource) -> Shelf[PastRequest]:
    """The past requests."""
    return Shelf("past", source.match_past, source.past_requests, of_past)


def note_shelf(source: KnowledgeSource) -> Shelf[Passage]:
    """The passages of the architecture notes."""
    return Shelf("note", source.match_passages, source.passages, of_passage)


class CandidateSearch(Generic[T]):
    """Finds candidates on one shelf."""

    def __init__(self, shelf: Shelf[T], index: VectorIndex, encoder: Encoder) -> None:
        self._shelf = shelf
        self._index = index
        self._encoder = encoder

    @property
    def collections(self) -> tuple[str, str]:
        """Where the vectors of the whole texts and of their titles are."""
        kind = self._shelf.kind
        return collection_name(kind, self._encoder), collection_name(f"{kind}-title", self._encoder)

    def find(self, query: Query, allowed: Allowed, without: str = "") -> Candidates[T]:
        """Whatever SQL knows and allows; `without` is an id that does not count."""
        text = query.text
        near = self._near(query)
        hits = self._shelf.match(text.subject, text.body, CANDIDATES + bool(without), near)
        shares = dict.fromkeys(near, 0.0) | {hit.id: hit.score for hit in hits}
        ids = [id_ for id_ in dict.fromkeys([hit.id for hit in hits] + near) if id_ != without]
        known = self._shelf.fetch(ids, allowed) if ids else {}
        full, title = self._vectors({id_: self._shelf.text_of(known[id_]) for id_ in ids if id_ in known})
        held = [id_ for id_ in ids if id_ in full and id_ in title]
        return Candidates(
            items=tuple(known[id_] for id_ in held),
            full=_rows(full, held, query.full),
            title=_rows(title, held, query.title),
            words=_column([shares[id_] for id_ in held]),
        )

    def _near(self, query: Query) -> list[str]:
        """Found by their vectors."""
        full, title = self.collections
        near = self._index.query(full, query.full, CANDIDATES)
        near += self._index.query(title, query.title, CANDIDATES)
        return [hit.id for hit in near]

    def _vectors(
        self, texts: Mapping[str, TitledText]
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        whole, titles = self.collections
        full = self._index.vectors(whole, list(texts))
        title = self._index.vectors(titles, list(texts))
        missing = [id_ for id_ in texts if id_ not in full or id_ not in title][:MOST_ENCODED]
        full |= self._encoded({id_: texts[id_].full for id_ in missing})
        title |= self._encoded({id_: texts[id_].title for id_ in missing})
        return full, title

    def _encoded(self, texts: Mapping[str, str]) -> dict[str, np.ndarray]:
        """For what was added a moment ago, or when this process holds no index."""
        return dict(zip(texts, self._encoder.encode(list(texts.values())), strict=True)) if texts else {}


def _rows(vectors: Mapping[str, np.ndarray], ids: Sequence[str], like: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.stack([vectors[id_] for id_ in ids]) if ids else np.empty((0, len(like)), dtype=np.float32)


def _column(values: Sequence[float]) -> np.ndarray:
    import numpy as np

    return np.asarray(values, dtype=float)
