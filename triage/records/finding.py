"""Finding requests by words: every word that is typed must begin a word of the request.

FTS5 (SQLite) and tsvector (PostgreSQL) hold which request has which words, nothing else. Words are cut
here, so both find the same: in lower case, without accents, scripts that write no spaces in pairs of
characters. A word is nothing but letters and digits, in quotes: no search syntax gets through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from triage.records.text import clean

MOST_WORDS = 16  # of one search
LONGEST = 60  # characters of one word
MOST_HITS = 1_000  # of one search, the newest: a word that stands in more of them is no search

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]+")


def make_words_table(connection: sa.Connection) -> None:
    """Used by the migrations: a table in the database's own way."""
    if connection.dialect.name == "sqlite":
        columns = "words, content = '', detail = 'none', columnsize = 0, tokenize = 'ascii', prefix = '2 3'"
        connection.execute(sa.text(f"CREATE VIRTUAL TABLE request_words USING fts5({columns})"))
    else:
        connection.execute(
            sa.text("CREATE TABLE request_words (id INTEGER PRIMARY KEY, words TSVECTOR NOT NULL)")
        )
        connection.execute(sa.text("CREATE INDEX request_words_index ON request_words USING gin (words)"))


def put_request_words(connection: sa.Connection, texts: Mapping[int, str]) -> None:
    """Make requests findable: the number of each with its text."""
    dialect = connection.dialect.name
    rows = [{"id": number, "words": _stored(dialect, text)} for number, text in texts.items()]
    connection.execute(sa.text(_PUT[dialect]), rows)


def drop_request_words(connection: sa.Connection, number: int, text: str) -> None:
    """Forget a request; `text` is what it was put with."""
    dialect = connection.dialect.name
    connection.execute(sa.text(_DROP[dialect]), {"id": number, "words": _stored(dialect, text)})


def hits(connection: sa.Connection, search: str) -> Sequence[int]:
    """The numbers of the requests that hold every word of `search`; none when there is no word in it.

    Of more than MOST_HITS the newest. Single letters are looked at when there is nothing else.
    """
    words = list(dict.fromkeys(words_of(search)))[:MOST_WORDS]
    words = [word for word in words if len(word) > 1] or words
    if not words:
        return []
    dialect = connection.dialect.name
    match = _JOINED[dialect].join(_QUOTED[dialect].format(word) for word in words)
    return connection.execute(sa.text(_HITS[dialect]), {"match": match, "most": MOST_HITS}).scalars().all()


def words_of(text: str) -> list[str]:
    """The words of `text` in order, repeats included."""
    folded = unicodedata.normalize("NFKD", clean(text).casefold())
    found = _WORD.findall(unicodedata.normalize("NFC", _ACCENT.sub("", folded)))
    return [part for word in found for part in _parts(word[:LONGEST])]


def _parts(word: str) -> list[str]:
    if not _UNSPACED.search(word) or len(word) < 3:
        return [word]
    return [word[place : place + 2] for place in range(len(word) - 1)]


def _stored(dialect: str, text: str) -> str | list[str]:
    words = sorted(set(words_of(text)))
    return " ".join(words) if dialect == "sqlite" else words


_QUOTED = {"sqlite": '"{}"*', "postgresql": "'{}':*"}
_JOINED = {"sqlite": " ", "postgresql": " & "}
_HITS = {
    "sqlite": (
        "SELECT rowid FROM request_words WHERE request_words MATCH :match ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": (
        "SELECT id FROM request_words WHERE words @@ CAST(:match AS TSQUERY) ORDER BY id DESC LIMIT :most"
    ),
}
_PUT = {
    "sqlite": "INSERT INTO request_words (rowid, words) VALUES (:id, :words)",
    "postgresql": (
        "INSERT INTO request_words (id, words) VALUES (:id, array_to_tsvector(CAST(:words AS TEXT[])))"
    ),
}
_DROP = {
    "sqlite": "INSERT INTO request_words (request_words, rowid, words) VALUES ('delete', :id, :words)",
    "postgresql": "DELETE FROM request_words WHERE id = :id",
}
