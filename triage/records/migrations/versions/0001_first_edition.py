"""The first edition of the records: requests, drafts, decisions, people, knowledge, outbox."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, in an order that respects the foreign keys."""
    _make_requests()
    _make_drafts_and_decisions()
    _make_trail_and_outbox()
    _make_people()
    _make_knowledge()
    _make_keyword_search()


def downgrade() -> None:
    """Drop the tables again."""
    for name in ("passage_words", "past_words"):
        op.execute(sa.text(f"DROP TABLE {name}"))
    for name in ("index_changes", "passages", "past_requests", "secrets", "routes", "people"):
        op.drop_table(name)
    for name in ("outgoing", "events", "decisions", "drafts", "intake_keys", "requests"):
        op.drop_table(name)


def _make_requests() -> None:
    op.create_table(
        "requests",
        _key("id"),
        *[_text(name) for name in ("payload", "status")],
        _count("round", "1"),
        *[_text(name) for name in ("reviewer", "submitter", "message_id", "text_hash", "search")],
        _time("received", required=True),
        *[_time(name) for name in ("due", "breach", "waiting_since")],
        _count("draft_version"),
        _count("approved_version"),
        _text("ask"),
        sa.Column("label", sa.Text),
        sa.Column("lane", sa.Text),
        _count("open_questions"),
        sa.Column("verdict", sa.Text),
        _time("answered"),
        *[_text(name) for name in ("trouble", "guidance", "outcome")],
    )
    op.create_index("requests_by_status", "requests", ["status", "due"])
    op.create_index("requests_by_submitter", "requests", ["submitter", "received"])
    _unique_where("requests_same_mail", "requests", ["message_id", "text_hash"], "message_id <> ''")
    op.create_table("intake_keys", _key("key"), _of_request(), _text("payload_hash"))


def _make_drafts_and_decisions() -> None:
    op.create_table(
        "drafts",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        _count("round", "1"),
        _text("author"),
        _text("payload"),
        sa.Column("cost", sa.Float, nullable=False, server_default="0"),
        _time("created", required=True),
    )
    op.create_index("drafts_by_created", "drafts", ["created"])
    _unique_where("drafts_one_per_round", "drafts", ["request_id", "round"], "author = 'ai'")
    op.create_table(
        "decisions", _key("id"), _of_request(), _text("kind"), _text("payload"), _time("at", required=True)
    )
    op.create_index("decisions_by_request", "decisions", ["request_id", "at"])


def _make_trail_and_outbox() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        *[_text(name) for name in ("request_id", "kind", "by", "detail")],
        _time("at", required=True),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_request", "events", ["request_id", "id"])
    op.create_table(
        "outgoing",
        _key("id"),
        *[_text(name) for name in ("request_id", "payload", "status")],
        _count("tries"),
        *[_text(name) for name in ("sent_to", "trouble")],
        _time("next_try", required=True),
        _time("sent_at"),
        _time("created", required=True),
    )
    op.create_index("outgoing_by_status", "outgoing", ["status", "next_try"])
    op.create_index("outgoing_by_request", "outgoing", ["request_id"])


def _make_people() -> None:
    op.create_table(
        "people", _key("address"), _text("name"), _text("role"), _flag("away", False), _flag("active", True)
    )
    op.create_table("routes", _key("area"), _text("reviewer"), _text("deputy"))
    op.create_table(
        "secrets",
        _key("hash"),
        _text("kind"),
        sa.Column("address", sa.Text, sa.ForeignKey("people.address"), nullable=False),
        _text("name"),
        _time("created", required=True),
        _time("expires"),
    )


def _make_knowledge() -> None:
    op.create_table(
        "past_requests", _key("id"), _text("payload"), _text("closed"), sa.Column("size_days", sa.Float)
    )
    op.create_index("past_by_closed", "past_requests", ["closed"])
    op.create_table("passages", _key("id"), _text("path"), _count("position"), _text("payload"))
    op.create_index("passages_by_path", "passages", ["path", "position"])
    op.create_table(
        "index_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("kind"),
        _text("key"),
        _flag("gone", False),
        sa.UniqueConstraint("kind", "key", name="index_changes_newest"),
        sqlite_autoincrement=True,
    )


def _make_keyword_search() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("past_words", "passage_words"):
        if sqlite:
            columns = "key UNINDEXED, title, body, tokenize = 'porter unicode61 remove_diacritics 2'"
            op.execute(sa.text(f"CREATE VIRTUAL TABLE {name} USING fts5({columns})"))
        else:
            op.execute(sa.text(f"CREATE TABLE {name} (key TEXT PRIMARY KEY, words TSVECTOR NOT NULL)"))
            op.execute(sa.text(f"CREATE INDEX {name}_index ON {name} USING gin (words)"))


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _count(name: str, default: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=default)


def _flag(name: str, default: bool) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false())


def _time(name: str, *, required: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _of_request() -> sa.Column[str]:
    return sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), nullable=False)


def _unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
