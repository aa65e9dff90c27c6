"""Keyword search over titles and texts: FTS5 on SQLite, tsvector on PostgreSQL. The dialect switch of the
queries is here and nowhere else; the tables themselves are made in `migrations/`.

Both rank with the title counted three times and fold endings as English does. Whatever a user writes is
cut into words and quoted, so that no search syntax gets through.
"""

from __future__ import annotations

import re
from enum import StrEnum

import sqlalchemy as sa

from triage.ports import KeywordHit
from triage.records.text import clean

MAX_WORDS = 64  # distinct words of one query: a long mail says enough with its first ones
MAX_INDEXED = 50_000  # characters of one text that are searched
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = (
    "a about after again all also am an and any are as at be because been before being best both but by "
    "can cannot could dear did do does done each else few for from get gets give given go got had has "
    "have having he hello her here hi him his how however i if in into is it its just kind know let like "
    "look made make many may me might more most much must my need needs new no nor not now of off ok on "
    "once one only or other our out over please regards said same say see shall she should so some such "
    "take than thank thanks that the their them then there these they thing things this those to too two "
    "until up us use used very want wants was way we well were what when where which while who why will "
    "with within would yes yet you your "
)


class Corpus(StrEnum):
    """A searchable table, named after what it holds."""

    PAST = "past_words"
    NOTES = "passage_words"


def put_words(connection: sa.Connection, corpus: Corpus, key: str, title: str, body: str) -> None:
    """Make one text searchable under `key`, replacing what was there."""
    drop_words(connection, corpus, key)
    values = {"key": clean(key), "title": clean(title), "body": clean(body)[:MAX_INDEXED]}
    connection.execute(sa.text(_INSERT[connection.dialect.name].format(corpus=corpus)), values)


def drop_words(connection: sa.Connection, corpus: Corpus, key: str) -> None:
    """Forget the text under `key`."""
    connection.execute(sa.text(f"DELETE FROM {corpus} WHERE key = :key"), {"key": clean(key)})


def match_words(connection: sa.Connection, corpus: Corpus, text: str, limit: int) -> list[KeywordHit]:
    """The texts that share words with `text`, best first; higher scores are better, all are positive."""
    words = query_words(text)
    if not words or limit < 1:
        return []
    dialect = connection.dialect.name
    quoted = _OR[dialect].join(_QUOTED[dialect].format(word) for word in words)
    rows = connection.execute(
        sa.text(_MATCH[dialect].format(corpus=corpus)), {"query": quoted, "most": limit}
    )
    return [KeywordHit(id=row.key, score=float(row.score)) for row in rows]


def query_words(text: str) -> list[str]:
    """The distinct words of `text` worth searching for, in order, at most `MAX_WORDS`."""
    stop_words = frozenset(_STOP_WORDS.split())
    words = (word.casefold() for word in _WORD.findall(clean(text)))
    kept = dict.fromkeys(word for word in words if len(word) > 1 and word not in stop_words)
    return list(kept)[:MAX_WORDS]


_INSERT = {
    "sqlite": "INSERT INTO {corpus} (key, title, body) VALUES (:key, :title, :body)",
    "postgresql": (
        "INSERT INTO {corpus} (key, words) VALUES (:key, "
        "setweight(to_tsvector('english', :title), 'A') || setweight(to_tsvector('english', :body), 'B'))"
    ),
}
_MATCH = {
    "sqlite": (
        "SELECT key, -bm25({corpus}, 0.0, 3.0, 1.0) AS score FROM {corpus} "
        "WHERE {corpus} MATCH :query ORDER BY score DESC, key LIMIT :most"
    ),
    "postgresql": (
        "SELECT key, ts_rank('{{0, 0, 0.333, 1}}', words, asked, 1) AS score "
        "FROM {corpus}, to_tsquery('english', :query) AS asked "
        "WHERE words @@ asked ORDER BY score DESC, key LIMIT :most"
    ),
}
_QUOTED = {"sqlite": '"{}"', "postgresql": "'{}'"}
_OR = {"sqlite": " OR ", "postgresql": " | "}
