"""Keyword search over our own term counts, archived past requests, labels of confidentiality."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from triage.records.keyword import Corpus, Titled, put_words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PAGE = 500  # texts counted at a time


def upgrade() -> None:
    """Make the new tables and count what is there."""
    _add_columns()
    _make_counts()
    for name in ("past_words", "passage_words"):
        op.execute(sa.text(f"DROP TABLE {name}"))
        _make_search(name)
    _count_everything()


def downgrade() -> None:
    """Back to full-text search with the database's own score; it is empty until notes and history are
    imported again."""
    for name in ("past_words", "passage_words"):
        op.execute(sa.text(f"DROP TABLE {name}"))
        _make_former_search(name)
    for name in ("word_totals", "word_counts", "word_texts"):
        op.drop_table(name)
    op.drop_column("passages", "label")
    for name in ("label", "archived", "opened"):
        op.drop_column("past_requests", name)


def _add_columns() -> None:
    op.add_column("past_requests", _text("opened"))
    op.add_column(
        "past_requests", sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("past_requests", _text("label"))
    op.add_column("passages", _text("label"))


def _make_counts() -> None:
    op.create_table(
        "word_texts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        _text("corpus"),
        _text("key"),
        _count("length"),
        _text("counts"),
        sa.UniqueConstraint("corpus", "key", name="word_texts_once"),
    )
    op.create_table(
        "word_counts",
        sa.Column("corpus", sa.Text, primary_key=True),
        sa.Column("word", sa.Text, primary_key=True),
        _count("texts"),
    )
    op.create_table(
        "word_totals",
        sa.Column("corpus", sa.Text, primary_key=True),
        *[_count(name) for name in ("texts", "length", "changes")],
    )


def _make_search(name: str) -> None:
    """Nothing but which text holds which terms."""
    if op.get_bind().dialect.name == "sqlite":
        columns = "words, content = '', detail = 'none', columnsize = 0, tokenize = 'ascii'"
        op.execute(sa.text(f"CREATE VIRTUAL TABLE {name} USING fts5({columns})"))
    else:
        op.execute(sa.text(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, words TSVECTOR NOT NULL)"))
        op.execute(sa.text(f"CREATE INDEX {name}_index ON {name} USING gin (words)"))


def _make_former_search(name: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        columns = "key UNINDEXED, title, body, tokenize = 'porter unicode61 remove_diacritics 2'"
        op.execute(sa.text(f"CREATE VIRTUAL TABLE {name} USING fts5({columns})"))
    else:
        op.execute(sa.text(f"CREATE TABLE {name} (key TEXT PRIMARY KEY, words TSVECTOR NOT NULL)"))
        op.execute(sa.text(f"CREATE INDEX {name}_index ON {name} USING gin (words)"))


def _count_everything() -> None:
    connection = op.get_bind()
    for page in _pages(connection, "past_requests"):
        put_words(connection, Corpus.PAST, {key: _past_text(past) for key, past in page.items()})
        opened = [{"key": key, "opened": past.get("opened") or ""} for key, past in page.items()]
        connection.execute(sa.text("UPDATE past_requests SET opened = :opened WHERE id = :key"), opened)
    for page in _pages(connection, "passages"):
        put_words(
            connection, Corpus.NOTES, {key: Titled(note["title"], note["text"]) for key, note in page.items()}
        )


def _pages(connection: sa.Connection, table: str) -> Iterator[dict[str, dict[str, Any]]]:
    query = sa.text(f"SELECT id, payload FROM {table} WHERE id > :last ORDER BY id LIMIT {PAGE}")
    last = ""
    while rows := connection.execute(query, {"last": last}).all():
        yield {row.id: json.loads(row.payload) for row in rows}
        last = rows[-1].id


def _past_text(past: dict[str, Any]) -> Titled:
    questions = [surprise["question"] for surprise in past.get("surprises", ())]
    return Titled(past.get("subject", ""), "\n".join([past.get("body", ""), *questions]))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
