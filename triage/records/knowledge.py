"""What the company knows: past requests and note passages, searchable, with index changes still to apply.

Implements `ports.KnowledgeSource`. SQL holds the truth; the vector index follows by way of
`pending_index_changes`, so that a command may add knowledge while another process holds the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

import sqlalchemy as sa

from triage.domain import Frozen, Passage, PastRequest
from triage.ports import Allowed, KeywordHit
from triage.records import tables
from triage.records.database import Connected
from triage.records.facets import put_facets
from triage.records.keyword import (
    Corpus,
    Titled,
    drop_words,
    edition,
    match_words,
    put_words,
    rebuild_words,
)
from triage.records.text import as_json, clean

_P = tables.past_requests.c
_N = tables.passages.c
_I = tables.index_changes.c
_ACTIVE = _P.archived.is_(False)


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
            return write_past(connection, requests)

    def put_passages(self, path: str, passages: Sequence[Passage]) -> int:
        """Make `passages` the whole of the note at `path`; returns how many were new, changed or dropped."""
        with self._writing() as connection:
            known = set(connection.execute(sa.select(_N.id).where(_N.path == clean(path))).scalars())
            gone = known - {clean(passage.id) for passage in passages}
            dropped = _drop_passages(connection, gone)
            changed = [
                passage
                for place, passage in enumerate(passages)
                if _write_passage(connection, path, place, passage)
            ]
            put_words(connection, Corpus.NOTES, {each.id: Titled(each.title, each.text) for each in changed})
            return dropped + len(changed)

    def drop_notes_not_in(self, paths: Sequence[str]) -> int:
        """Forget notes whose file is no longer there; returns how many passages went."""
        with self._writing() as connection:
            there = {clean(path) for path in paths}
            rows = connection.execute(sa.select(_N.id, _N.path)).all()
            return _drop_passages(connection, [row.id for row in rows if row.path not in there])

    def past_requests(self, ids: Sequence[str], allowed: Allowed | None = None) -> dict[str, PastRequest]:
        """The past requests among `ids` that are not archived and allowed (None: all), by id."""
        query = sa.select(_P.id, _P.payload).where(_P.id.in_(ids), *_past_allowed(allowed))
        with self._reading() as connection:
            return {row.id: PastRequest.model_validate_json(row.payload) for row in connection.execute(query)}

    def passages(self, ids: Sequence[str], allowed: Allowed | None = None) -> dict[str, Passage]:
        """The note passages among `ids` that are allowed (None: all), by id."""
        query = sa.select(_N.id, _N.payload).where(_N.id.in_(ids))
        if allowed:
            query = query.where(_N.label.in_(allowed.labels))
        with self._reading() as connection:
            return {row.id: Passage.model_validate_json(row.payload) for row in connection.execute(query)}

    def all_past(
        self, limit: int = 500, offset: int = 0, allowed: Allowed | None = None
    ) -> list[PastRequest]:
        """Past requests that are not archived and allowed (None: all), most recently closed first."""
        query = sa.select(_P.payload).where(*_past_allowed(allowed)).order_by(_P.closed.desc(), _P.id)
        with self._reading() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).scalars()
            return [PastRequest.model_validate_json(text) for text in rows]

    def known(self) -> tuple[int, int]:
        """How many past requests that are not archived, and how many note passages there are."""
        past = sa.select(sa.func.count()).select_from(tables.past_requests).where(_ACTIVE)
        notes = sa.select(sa.func.count()).select_from(tables.passages)
        with self._reading() as connection:
            return connection.execute(past).scalar_one(), connection.execute(notes).scalar_one()

    def all_passages(self) -> list[Passage]:
        """Every note passage, by file and place in it."""
        query = sa.select(_N.payload).order_by(_N.path, _N.position)
        with self._reading() as connection:
            return [Passage.model_validate_json(text) for text in connection.execute(query).scalars()]

    def match_past(self, title: str, body: str, limit: int, also: Collection[str] = ()) -> list[KeywordHit]:
        """Keyword search over past requests: the `limit` best, best first, then the rest of `also`. Ids only:
        `past_requests` says who may be shown."""
        with self._reading() as connection:
            return match_words(connection, Corpus.PAST, Titled(title, body), limit, also)

    def match_passages(
        self, title: str, body: str, limit: int, also: Collection[str] = ()
    ) -> list[KeywordHit]:
        """The same over note passages."""
        with self._reading() as connection:
            return match_words(connection, Corpus.NOTES, Titled(title, body), limit, also)

    def past_edition(self) -> int:
        """A number that grows with every change of the past requests."""
        with self._reading() as connection:
            return edition(connection, Corpus.PAST)

    def recount_words(self) -> None:
        """Count the words of everything anew, for `triage reindex`."""
        with self._writing() as connection:
            past = connection.execute(sa.select(_P.payload).where(_ACTIVE)).scalars()
            requests = [PastRequest.model_validate_json(text) for text in past]
            rebuild_words(connection, Corpus.PAST, {each.id: _searched(each) for each in requests})
            notes = connection.execute(sa.select(_N.payload)).scalars()
            passages = [Passage.model_validate_json(text) for text in notes]
            texts = {each.id: Titled(each.title, each.text) for each in passages}
            rebuild_words(connection, Corpus.NOTES, texts)

    def sized_past(self, limit: int) -> list[PastRequest]:
        """The most recently closed past requests with a known size, oldest first."""
        query = sa.select(_P.payload).where(_P.size_days.is_not(None), _ACTIVE)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(_P.closed.desc(), _P.id.desc()).limit(limit)).scalars()
            return [PastRequest.model_validate_json(row) for row in rows][::-1]

    def sizes_digest(self) -> str:
        """Changes when `sized_past` would give something else: counts and sums over the sized ones."""
        length = sa.func.sum(sa.func.length(_P.payload))
        query = sa.select(sa.func.count(), sa.func.sum(_P.size_days), sa.func.max(_P.closed), length)
        with self._reading() as connection:
            row = connection.execute(query.where(_P.size_days.is_not(None), _ACTIVE)).one()
            return "/".join(str(each) for each in row)

    def pending_index_changes(self, limit: int = 200) -> list[IndexChange]:
        """What the vector index does not know yet, oldest first."""
        query = sa.select(tables.index_changes).order_by(_I.id).limit(limit)
        with self._reading() as connection:
            return [IndexChange.model_validate(dict(row._mapping)) for row in connection.execute(query)]

    def index_changes_done(self, ids: Sequence[int]) -> None:
        """These were applied. A key that changed again meanwhile has a new id and stays pending."""
        with self._writing() as connection:
            connection.execute(sa.delete(tables.index_changes).where(_I.id.in_(ids)))


def _past_allowed(allowed: Allowed | None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [_ACTIVE]
    if allowed:
        conditions.append(_P.label.in_(allowed.labels))
    if allowed and allowed.before:
        conditions += [_P.opened != "", _P.opened < allowed.before]
    return conditions


def write_past(connection: sa.Connection, requests: Sequence[PastRequest]) -> int:
    """Add or replace past requests; returns how many were new or changed."""
    written = [past for past in requests if _write_row(connection, past)]
    newest = {past.id: past for past in written}
    hidden = [key for key, past in newest.items() if past.archived]
    put_facets(connection, newest.values())
    drop_words(connection, Corpus.PAST, hidden)
    put_words(
        connection, Corpus.PAST, {key: _searched(past) for key, past in newest.items() if not past.archived}
    )
    return len(written)


def _write_row(connection: sa.Connection, past: PastRequest) -> bool:
    payload = as_json(past)
    known = connection.execute(sa.select(_P.payload).where(_P.id == past.id)).scalar_one_or_none()
    if known == payload:
        return False
    values = {"payload": payload} | past.model_dump(
        include={"opened", "closed", "size_days", "archived", "label"}
    )
    if known is None:
        connection.execute(sa.insert(tables.past_requests).values(id=past.id, **values))
    else:
        connection.execute(sa.update(tables.past_requests).where(_P.id == past.id).values(values))
    _note_change(connection, "past", past.id, gone=past.archived)
    return True


def _searched(past: PastRequest) -> Titled:
    """What was asked, and what surfaced: a request may speak of what another one forgot."""
    return Titled(past.subject, "\n".join([past.body, *(each.question for each in past.surprises)]))


def _write_passage(connection: sa.Connection, path: str, place: int, passage: Passage) -> bool:
    payload = as_json(passage)
    values = {"path": path, "position": place, "payload": payload, "label": passage.label}
    known = connection.execute(sa.select(_N.payload).where(_N.id == passage.id)).scalar_one_or_none()
    if known is None:
        connection.execute(sa.insert(tables.passages).values(id=passage.id, **values))
    else:
        connection.execute(sa.update(tables.passages).where(_N.id == passage.id).values(values))
    if known == payload:
        return False
    _note_change(connection, "note", passage.id, gone=False)
    return True


def _drop_passages(connection: sa.Connection, ids: Iterable[str]) -> int:
    keys = list(ids)
    for key in keys:
        connection.execute(sa.delete(tables.passages).where(_N.id == key))
        _note_change(connection, "note", key, gone=True)
    drop_words(connection, Corpus.NOTES, keys)
    return len(keys)


def _note_change(connection: sa.Connection, kind: str, key: str, *, gone: bool) -> None:
    connection.execute(sa.delete(tables.index_changes).where(_I.kind == kind, _I.key == key))
    connection.execute(sa.insert(tables.index_changes).values(kind=kind, key=key, gone=gone))
