"""What the company knows: past requests and note passages, searchable, with index changes still to apply.

Implements `ports.KnowledgeSource`. SQL holds the truth; the vector index follows by way of
`pending_index_changes`, so that a command may add knowledge while another process holds the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import sqlalchemy as sa

from triage.domain import Frozen, Passage, PastRequest
from triage.ports import KeywordHit
from triage.records import tables
from triage.records.database import Connected
from triage.records.keyword import Corpus, drop_words, match_words, put_words
from triage.records.text import as_json, clean

_P = tables.past_requests.c
_N = tables.passages.c
_I = tables.index_changes.c


class IndexChange(Frozen):
    """One thing the vector index does not know yet."""

    id: int
    kind: Literal["past", "note"]
    key: str  # id of the past request or passage
    gone: bool = False


class KnowledgeStore(Connected):
    """Past requests and note passages."""

    def put_past(self, requests: Sequence[PastRequest]) -> int:
        """Add or replace past requests; returns how many were new or changed."""
        with self._writing() as connection:
            return sum(write_past(connection, past) for past in requests)

    def put_passages(self, path: str, passages: Sequence[Passage]) -> int:
        """Make `passages` the whole of the note at `path`; returns how many were new, changed or dropped."""
        with self._writing() as connection:
            known = set(connection.execute(sa.select(_N.id).where(_N.path == clean(path))).scalars())
            gone = known - {clean(passage.id) for passage in passages}
            dropped = _drop_passages(connection, gone)
            return dropped + sum(
                _write_passage(connection, path, place, passage) for place, passage in enumerate(passages)
            )

    def drop_notes_not_in(self, paths: Sequence[str]) -> int:
        """Forget notes whose file is no longer there; returns how many passages went."""
        with self._writing() as connection:
            there = {clean(path) for path in paths}
            rows = connection.execute(sa.select(_N.id, _N.path)).all()
            return _drop_passages(connection, [row.id for row in rows if row.path not in there])

    def past_requests(self, ids: Sequence[str]) -> dict[str, PastRequest]:
        """The past requests among `ids`, by id."""
        query = sa.select(_P.id, _P.payload).where(_P.id.in_(ids))
        with self._reading() as connection:
            return {row.id: PastRequest.model_validate_json(row.payload) for row in connection.execute(query)}

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The note passages among `ids`, by id."""
        query = sa.select(_N.id, _N.payload).where(_N.id.in_(ids))
        with self._reading() as connection:
            return {row.id: Passage.model_validate_json(row.payload) for row in connection.execute(query)}

    def all_past(self, limit: int = 500, offset: int = 0) -> list[PastRequest]:
        """Past requests, most recently closed first."""
        query = sa.select(_P.payload).order_by(_P.closed.desc(), _P.id).limit(limit).offset(offset)
        with self._reading() as connection:
            return [PastRequest.model_validate_json(text) for text in connection.execute(query).scalars()]

    def all_passages(self) -> list[Passage]:
        """Every note passage, by file and place in it."""
        query = sa.select(_N.payload).order_by(_N.path, _N.position)
        with self._reading() as connection:
            return [Passage.model_validate_json(text) for text in connection.execute(query).scalars()]

    def match_past(self, text: str, limit: int) -> list[KeywordHit]:
        """Keyword search over past requests, best first."""
        with self._reading() as connection:
            return match_words(connection, Corpus.PAST, text, limit)

    def match_passages(self, text: str, limit: int) -> list[KeywordHit]:
        """Keyword search over note passages, best first."""
        with self._reading() as connection:
            return match_words(connection, Corpus.NOTES, text, limit)

    def size_samples(self, limit: int = 500) -> list[float]:
        """Actual sizes in engineer-days, most recently closed first."""
        query = sa.select(_P.size_days).where(_P.size_days.is_not(None))
        with self._reading() as connection:
            return list(connection.execute(query.order_by(_P.closed.desc(), _P.id).limit(limit)).scalars())

    def pending_index_changes(self, limit: int = 200) -> list[IndexChange]:
        """What the vector index does not know yet, oldest first."""
        query = sa.select(tables.index_changes).order_by(_I.id).limit(limit)
        with self._reading() as connection:
            return [IndexChange.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def index_changes_done(self, ids: Sequence[int]) -> None:
        """These were applied. A key that changed again meanwhile has a new id and stays pending."""
        with self._writing() as connection:
            connection.execute(sa.delete(tables.index_changes).where(_I.id.in_(ids)))


def write_past(connection: sa.Connection, past: PastRequest) -> bool:
    """Add or replace one past request; False when it was there unchanged."""
    payload = as_json(past)
    known = connection.execute(sa.select(_P.payload).where(_P.id == past.id)).scalar_one_or_none()
    if known == payload:
        return False
    values = {"payload": payload, "closed": past.closed, "size_days": past.size_days}
    if known is None:
        connection.execute(sa.insert(tables.past_requests).values(id=past.id, **values))
    else:
        connection.execute(sa.update(tables.past_requests).where(_P.id == past.id).values(values))
    body = "\n".join([past.body, *(surprise.question for surprise in past.surprises)])
    put_words(connection, Corpus.PAST, past.id, past.subject, body)
    _note_change(connection, "past", past.id, gone=False)
    return True


def _write_passage(connection: sa.Connection, path: str, place: int, passage: Passage) -> bool:
    payload = as_json(passage)
    values = {"path": path, "position": place, "payload": payload}
    known = connection.execute(sa.select(_N.payload).where(_N.id == passage.id)).scalar_one_or_none()
    if known is None:
        connection.execute(sa.insert(tables.passages).values(id=passage.id, **values))
    else:
        connection.execute(sa.update(tables.passages).where(_N.id == passage.id).values(values))
    if known == payload:
        return False
    put_words(connection, Corpus.NOTES, passage.id, passage.title, passage.text)
    _note_change(connection, "note", passage.id, gone=False)
    return True


def _drop_passages(connection: sa.Connection, ids: Iterable[str]) -> int:
    dropped = 0
    for key in ids:
        connection.execute(sa.delete(tables.passages).where(_N.id == key))
        drop_words(connection, Corpus.NOTES, key)
        _note_change(connection, "note", key, gone=True)
        dropped += 1
    return dropped


def _note_change(connection: sa.Connection, kind: str, key: str, *, gone: bool) -> None:
    connection.execute(sa.delete(tables.index_changes).where(_I.kind == kind, _I.key == key))
    connection.execute(sa.insert(tables.index_changes).values(kind=kind, key=key, gone=gone))
