"""Keyword search: the database finds texts that hold a query's rarest words, our own counts score them.

FTS5 (SQLite) and tsvector (PostgreSQL) hold nothing but which text has which terms, so candidates are the
same on both; BM25 (`bm25`) is computed from the counts in `word_texts`, `word_counts` and `word_totals`,
which change in the transaction that changes a text. The dialect switch is here and nowhere else; the
tables are made in `migrations/`.

Whatever a user writes is cut into terms, and a term reaches the database as letters and digits in quotes:
no search syntax gets through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import sqlalchemy as sa

from triage.ports import KeywordHit
from triage.records import tables
from triage.records.bm25 import Query, TermStatistics, counted
from triage.records.text import clean

MAX_WORDS = 32  # of one query, the rarest, that the database looks up
POSTINGS = 5_000  # texts looked at for them all together: keeps a query fast in a history of any size
POOL = 200  # texts that are scored, so that the best of them are the best of all
CHUNK = 500  # keys in one statement

_T = tables.word_texts.c
_W = tables.word_counts.c
_S = tables.word_totals.c


class Corpus(StrEnum):
    """A searchable table, named after what it holds."""

    PAST = "past_words"
    NOTES = "passage_words"


@dataclass(frozen=True)
class Titled:
    """A text to be searched, or to be searched for."""

    title: str
    body: str


@dataclass(frozen=True)
class _Known:
    """A text as it is counted now."""

    id: int
    length: int
    counts: dict[str, int]


def put_words(connection: sa.Connection, corpus: Corpus, texts: Mapping[str, Titled]) -> None:
    """Make texts searchable by key, replacing what was there."""
    fresh = {clean(key): counted(text.title, text.body) for key, text in texts.items()}
    for keys in _chunks(fresh):
        _replace(connection, corpus, keys, {key: fresh[key] for key in keys})


def drop_words(connection: sa.Connection, corpus: Corpus, keys: Iterable[str]) -> None:
    """Forget the texts under `keys`."""
    for some in _chunks([clean(key) for key in keys]):
        _replace(connection, corpus, some, {})


def match_words(
    connection: sa.Connection, corpus: Corpus, text: Titled, limit: int, also: Collection[str] = ()
) -> list[KeywordHit]:
    """The texts that share rare words with `text`, best first, at most `limit` of them with scores above 0;
    then those of `also` that are not among them and are known, in that order and whatever their score.
    Nothing for a text without words."""
    query = _query(connection, corpus, text)
    shares = _best_shares(connection, corpus, query, max(POOL, limit)) if limit > 0 else {}
    ranked = sorted(shares, key=lambda key: (-shares[key], key))
    best = {key: shares[key] for key in ranked[:limit] if shares[key] > 0}
    rest = [key for key in map(clean, also) if key not in best]
    if query.counts:
        shares |= _shares(connection, corpus, query, [key for key in rest if key not in shares])
    found = best | {key: shares[key] for key in rest if key in shares}
    return [KeywordHit(id=key, score=share) for key, share in found.items()]


def rebuild_words(connection: sa.Connection, corpus: Corpus, texts: Mapping[str, Titled]) -> None:
    """Forget everything and count `texts` anew."""
    keys = connection.execute(sa.select(_T.key).where(_T.corpus == corpus)).scalars().all()
    drop_words(connection, corpus, keys)
    put_words(connection, corpus, texts)


def edition(connection: sa.Connection, corpus: Corpus) -> int:
    """A number that grows with every change of what is searched."""
    query = sa.select(_S.changes).where(_S.corpus == corpus)
    return connection.execute(query).scalar_one_or_none() or 0


def _query(connection: sa.Connection, corpus: Corpus, text: Titled) -> Query:
    counts = counted(text.title, text.body)
    totals = connection.execute(sa.select(_S.texts, _S.length).where(_S.corpus == corpus)).first()
    held = sa.select(_W.word, _W.texts).where(_W.corpus == corpus, _W.word.in_(list(counts)))
    holding = {row.word: row.texts for row in connection.execute(held).all()} if counts else {}
    return Query(
        counts, TermStatistics(totals.texts if totals else 0, totals.length if totals else 0, holding)
    )


def _best_shares(connection: sa.Connection, corpus: Corpus, query: Query, most: int) -> dict[str, float]:
    """Scores of the texts that hold the rarest words of the query: those whose shared words are together the
    rarest."""
    words = _rarest(query.statistics.holding)
    if not words:
        return {}
    dialect = connection.dialect.name
    values: dict[str, Any] = {"most": most}
    for place, word in enumerate(words):
        values[f"word{place}"] = _QUOTED[dialect].format(_plain(word))
        # whole numbers, so that sums and with them ties are the same everywhere
        values[f"weight{place}"] = round(1000 * query.statistics.rarity(word))
    hits = " UNION ALL ".join(
        _HITS[dialect].format(corpus=corpus, place=place) for place in range(len(words))
    )
    rows = connection.execute(sa.text(_BEST.format(hits=hits)), values).all()
    return {row.key: _share(query, row.length, row.counts) for row in rows}


def _rarest(holding: Mapping[str, int]) -> list[str]:
    """The rarest words that some text holds, until enough texts are looked at. A query of common words only
    is searched for by the rarest of them, unless that one stands nearly everywhere in a large history."""
    words: list[str] = []
    spent = 0
    for word in sorted(holding, key=lambda word: (holding[word], word))[:MAX_WORDS]:
        spent += holding[word]
        if spent > (POSTINGS if words else 4 * POSTINGS):
            break
        words.append(word)
    return words


def _shares(connection: sa.Connection, corpus: Corpus, query: Query, keys: Sequence[str]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for some in _chunks(keys):
        wanted = sa.select(_T.key, _T.length, _T.counts).where(_T.corpus == corpus, _T.key.in_(some))
        rows = connection.execute(wanted).all()
        shares |= {row.key: _share(query, row.length, row.counts) for row in rows}
    return shares


def _share(query: Query, length: int, packed: str) -> float:
    """Only the counts of the query's own terms are read: most of a text's are not asked for."""
    parts = packed.split(" ")
    counts = dict(zip(parts[::2], parts[1::2], strict=False))  # "" has no second half
    return query.share({term: int(counts[term]) for term in query.counts.keys() & counts.keys()}, length)


def _known(connection: sa.Connection, corpus: Corpus, keys: Sequence[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    for some in _chunks(keys):
        query = sa.select(_T.id, _T.key, _T.length, _T.counts).where(_T.corpus == corpus, _T.key.in_(some))
        rows = connection.execute(query).all()
        found |= {row.key: _Known(row.id, row.length, _unpacked(row.counts)) for row in rows}
    return found


def _replace(
    connection: sa.Connection, corpus: Corpus, keys: Sequence[str], fresh: Mapping[str, Counter[str]]
) -> None:
    """Put `fresh` in the place of what is known under `keys`, and move all the counts along."""
    old = _known(connection, corpus, keys)
    if not old and not fresh:
        return
    for known in old.values():
        _forget(connection, corpus, known)
    _insert(connection, corpus, fresh)
    change: Counter[str] = Counter(term for counts in fresh.values() for term in counts)
    change.subtract(term for known in old.values() for term in known.counts)
    _count(connection, corpus, {term: by for term, by in change.items() if by})
    added = sum(sum(counts.values()) for counts in fresh.values())
    gone = sum(known.length for known in old.values())
    _total(connection, corpus, len(fresh) - len(old), added - gone)


def _insert(connection: sa.Connection, corpus: Corpus, fresh: Mapping[str, Counter[str]]) -> None:
    if not fresh:
        return
    highest = connection.execute(sa.select(sa.func.max(_T.id))).scalar_one_or_none() or 0
    rows = [
        {"id": id_, "corpus": corpus, "key": key, "length": sum(counts.values()), "counts": _packed(counts)}
        for id_, (key, counts) in enumerate(fresh.items(), start=highest + 1)
    ]
    connection.execute(sa.insert(tables.word_texts), rows)
    dialect = connection.dialect.name
    words = [{"id": row["id"], "words": _searched(dialect, fresh[str(row["key"])])} for row in rows]
    connection.execute(sa.text(_PUT[dialect].format(corpus=corpus)), words)


def _forget(connection: sa.Connection, corpus: Corpus, known: _Known) -> None:
    dialect = connection.dialect.name
    values: dict[str, Any] = {"id": known.id}
    if dialect == "sqlite":  # a table without contents must be told what it forgets
        values["words"] = _searched(dialect, known.counts)
    connection.execute(sa.text(_DROP[dialect].format(corpus=corpus)), values)
    connection.execute(sa.delete(tables.word_texts).where(_T.id == known.id))


def _count(connection: sa.Connection, corpus: Corpus, change: Mapping[str, int]) -> None:
    if change:
        rows = [{"corpus": corpus.value, "word": word, "texts": by} for word, by in sorted(change.items())]
        connection.execute(sa.text(_ADD), rows)
    if any(by < 0 for by in change.values()):
        connection.execute(sa.delete(tables.word_counts).where(_W.corpus == corpus, _W.texts <= 0))


def _total(connection: sa.Connection, corpus: Corpus, texts: int, length: int) -> None:
    connection.execute(sa.text(_ADD_TOTAL), {"corpus": corpus.value, "texts": texts, "length": length})


def _packed(counts: Mapping[str, int]) -> str:
    """ "export 4 list 1"."""
    return " ".join(f"{term} {count}" for term, count in counts.items())


def _unpacked(text: str) -> dict[str, int]:
    parts = text.split(" ") if text else []
    return dict(zip(parts[::2], map(int, parts[1::2]), strict=True))


def _searched(dialect: str, counts: Mapping[str, int]) -> str | list[str]:
    words = sorted(map(_plain, counts))
    return " ".join(words) if dialect == "sqlite" else words


def _plain(term: str) -> str:
    """In letters and digits that every database takes as one word."""
    return term if term.isascii() else f"x{term.encode().hex()}"


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(dict.fromkeys(keys))
    while some := list(islice(rest, CHUNK)):
        yield some


_QUOTED = {"sqlite": '"{}"', "postgresql": "'{}'"}
_HITS = {
    "sqlite": "SELECT rowid AS id, :weight{place} AS weight FROM {corpus} WHERE {corpus} MATCH :word{place}",
    "postgresql": (
        "SELECT id, CAST(:weight{place} AS INTEGER) AS weight FROM {corpus} "
        "WHERE words @@ CAST(:word{place} AS TSQUERY)"
    ),
}
_BEST = (
    "SELECT t.key, t.length, t.counts FROM (SELECT id, SUM(weight) AS weight FROM ({hits}) AS hits "
    "GROUP BY id ORDER BY weight DESC, id LIMIT :most) AS best JOIN word_texts AS t ON t.id = best.id "
    "ORDER BY best.weight DESC, best.id"
)
_PUT = {
    "sqlite": "INSERT INTO {corpus} (rowid, words) VALUES (:id, :words)",
    "postgresql": "INSERT INTO {corpus} (id, words) VALUES (:id, array_to_tsvector(CAST(:words AS TEXT[])))",
}
_DROP = {
    "sqlite": "INSERT INTO {corpus} ({corpus}, rowid, words) VALUES ('delete', :id, :words)",
    "postgresql": "DELETE FROM {corpus} WHERE id = :id",
}
_ADD = (
    "INSERT INTO word_counts (corpus, word, texts) VALUES (:corpus, :word, :texts) "
    "ON CONFLICT (corpus, word) DO UPDATE SET texts = word_counts.texts + excluded.texts"
)
_ADD_TOTAL = (
    "INSERT INTO word_totals (corpus, texts, length, changes) VALUES (:corpus, :texts, :length, 1) "
    "ON CONFLICT (corpus) DO UPDATE SET texts = word_totals.texts + excluded.texts, "
    "length = word_totals.length + excluded.length, changes = word_totals.changes + 1"
)
