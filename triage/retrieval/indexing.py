"""SQL is the truth, the vector index follows: changes one by one, or everything anew.

Four collections per model: "past" and "note" hold the vectors of whole texts, "past-title" and "note-title"
those of their titles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from triage.domain import Passage, PastRequest
from triage.ports import Encoder, VectorIndex
from triage.retrieval.index import collection_name
from triage.retrieval.texts import TitledText, of_passage, of_past

BATCH = 64  # texts encoded and written at a time
KINDS = ("past", "note")


class Change(Protocol):
    """One thing the index does not know yet."""

    @property
    def id(self) -> int:
        """Number of the change."""

    @property
    def kind(self) -> str:
        """ "past" or "note"."""

    @property
    def key(self) -> str:
        """Id of the past request or passage."""


class IndexSource(Protocol):
    """What indexing needs of the records; `KnowledgeStore` is the real one."""

    def past_requests(self, ids: Sequence[str]) -> dict[str, PastRequest]:
        """The active past requests among `ids`, by id."""

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The active note passages among `ids`, by id."""

    def all_past(self, limit: int = 500, offset: int = 0) -> list[PastRequest]:
        """A page of all past requests in a stable order."""

    def all_passages(self) -> list[Passage]:
        """Every note passage."""

    def known(self) -> tuple[int, int]:
        """How many active past requests and how many note passages there are."""

    def recount_words(self) -> None:
        """Count the words of everything anew."""

    def pending_index_changes(self, limit: int = 200) -> Sequence[Change]:
        """Oldest first."""

    def index_changes_done(self, ids: Sequence[int]) -> None:
        """Forget these changes."""


def apply_changes(
    source: IndexSource, index: VectorIndex, encoder: Encoder, *, most: int | None = None
) -> int:
    """Bring the index up to date with what is pending; returns how many changes were applied.

    With `most` it stops after about that many, so that other work gets its turn; the rest stays pending.
    What stands in SQL now decides, not what the change says, so that repeats and late changes do no harm.
    A change is done only after the index holds it: after a crash it is applied again.
    """
    applied = 0
    while (most is None or applied < most) and (changes := source.pending_index_changes(BATCH)):
        _put(index, encoder, "past", _keys(changes, "past"), _past_texts(source, _keys(changes, "past")))
        _put(index, encoder, "note", _keys(changes, "note"), _note_texts(source, _keys(changes, "note")))
        source.index_changes_done([change.id for change in changes])
        applied += len(changes)
    return applied


def reindex(
    source: IndexSource,
    index: VectorIndex,
    encoder: Encoder,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Count all words anew, drop this model's collections and fill them from SQL; returns how many texts
    were indexed.

    `progress` is called with (done, total) after every batch.
    """
    source.recount_words()
    passages = source.all_passages()
    total = sum(source.known())
    for kind in KINDS:
        for part in (kind, f"{kind}-title"):
            index.reset(collection_name(part, encoder))
    done = 0
    progress(done, total)
    for kind, texts in _batches(_all_past(source), passages):
        _put(index, encoder, kind, list(texts), texts)
        done += len(texts)
        progress(done, max(done, total))
    apply_changes(source, index, encoder)
    return done


def index_is_incomplete(source: IndexSource, index: VectorIndex, encoder: Encoder) -> bool:
    """True when nothing is pending and yet the index of this model does not hold what SQL holds: it was
    deleted, the model was changed, or a backup of one of the two was put back. Then `reindex`.

    It must be seen twice, because another process may change both between two looks.
    """
    return all(_differs(source, index, encoder) for _ in range(2))


def _differs(source: IndexSource, index: VectorIndex, encoder: Encoder) -> bool:
    known = dict(zip(KINDS, source.known(), strict=True))
    differing = [
        kind
        for kind, number in known.items()
        for part in (kind, f"{kind}-title")
        if index.count(collection_name(part, encoder)) != number
    ]
    return bool(differing) and not source.pending_index_changes(1)


def _put(
    index: VectorIndex, encoder: Encoder, kind: str, keys: Sequence[str], texts: Mapping[str, TitledText]
) -> None:
    ids = list(texts)
    vectors = encoder.encode([texts[id_].full for id_ in ids] + [texts[id_].title for id_ in ids])
    gone = [key for key in keys if key not in texts]
    for part, rows in ((kind, vectors[: len(ids)]), (f"{kind}-title", vectors[len(ids) :])):
        name = collection_name(part, encoder)
        if ids:
            index.upsert(name, ids, rows)
        if gone:
            index.delete(name, gone)


def _keys(changes: Sequence[Change], kind: str) -> list[str]:
    return list(dict.fromkeys(change.key for change in changes if change.kind == kind))


def _past_texts(source: IndexSource, keys: Sequence[str]) -> dict[str, TitledText]:
    found = source.past_requests(keys) if keys else {}
    return {id_: of_past(past) for id_, past in found.items()}


def _note_texts(source: IndexSource, keys: Sequence[str]) -> dict[str, TitledText]:
    found = source.passages(keys) if keys else {}
    return {id_: of_passage(passage) for id_, passage in found.items()}


def _all_past(source: IndexSource) -> Iterator[PastRequest]:
    offset = 0
    while page := source.all_past(limit=500, offset=offset):
        yield from page
        offset += len(page)


def _batches(
    past: Iterator[PastRequest], passages: Sequence[Passage]
) -> Iterator[tuple[str, dict[str, TitledText]]]:
    while batch := {one.id: of_past(one) for one in islice(past, BATCH)}:
        yield "past", batch
    rest = iter(passages)
    while notes := {one.id: of_passage(one) for one in islice(rest, BATCH)}:
        yield "note", notes
