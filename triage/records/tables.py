"""The tables. `migrations/` makes them; a test compares both.

A row keeps its domain object as JSON in `payload` beside the columns that are searched or changed.
Types clean what is bound to them (`text.clean`) and keep times in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from triage.records.text import clean


class Words(sa.types.TypeDecorator[str]):
    """Text that is cleaned on its way in."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else clean(value)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC; a naive one counts as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        aware = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.replace(tzinfo=None) if dialect.name == "sqlite" else aware

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = sa.MetaData()


def _word(name: str, *, key: bool = False) -> sa.Column[str]:
    if key:
        return sa.Column(name, Words, primary_key=True)
    return sa.Column(name, Words, nullable=False, server_default="")


def _number(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(default))


def _of_request() -> sa.Column[str]:
    return sa.Column("request_id", Words, sa.ForeignKey("requests.id"), nullable=False)


def _flag(name: str, default: bool) -> sa.Column[bool]:
    text = sa.true() if default else sa.false()
    return sa.Column(name, sa.Boolean, nullable=False, server_default=text)


requests = sa.Table(
    "requests",
    metadata,
    _word("id", key=True),
    _word("payload"),
    _word("status"),
    _number("round", 1),
    _word("reviewer"),
    _word("submitter"),
    _word("message_id"),
    _word("text_hash"),
    _word("search"),  # case-folded words of the inbox search
    sa.Column("received", Moment, nullable=False),
    sa.Column("due", Moment),
    sa.Column("breach", Moment),
    sa.Column("waiting_since", Moment),
    _number("draft_version"),
    _number("approved_version"),
    _word("ask"),
    sa.Column("label", Words),
    sa.Column("lane", Words),
    _number("open_questions"),
    sa.Column("verdict", Words),
    sa.Column("answered", Moment),
    _word("trouble"),
    _word("guidance"),
    _word("outcome"),
    sa.Index("requests_by_status", "status", "due"),
    sa.Index("requests_by_submitter", "submitter", "received"),
    sa.Index(
        "requests_same_mail",
        "message_id",
        "text_hash",
        unique=True,
        sqlite_where=sa.text("message_id <> ''"),
        postgresql_where=sa.text("message_id <> ''"),
    ),
)

intake_keys = sa.Table(
    "intake_keys",
    metadata,
    _word("key", key=True),
    _of_request(),
    _word("payload_hash"),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("request_id", Words, sa.ForeignKey("requests.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    _number("round", 1),
    _word("author"),
    _word("payload"),
    sa.Column("cost", sa.Float, nullable=False, server_default="0"),  # US dollars spent on models
    sa.Column("created", Moment, nullable=False),
    sa.Index(
        "drafts_one_per_round",
        "request_id",
        "round",
        unique=True,
        sqlite_where=sa.text("author = 'ai'"),
        postgresql_where=sa.text("author = 'ai'"),
    ),
    sa.Index("drafts_by_created", "created"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _word("id", key=True),
    _of_request(),
    _word("kind"),
    _word("payload"),
    sa.Column("at", Moment, nullable=False),
    sa.Index("decisions_by_request", "request_id", "at"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _word("request_id"),
    _word("kind"),
    _word("by"),
    _word("detail"),
    sa.Column("at", Moment, nullable=False),
    sa.Index("events_by_request", "request_id", "id"),
    sqlite_autoincrement=True,
)

outgoing = sa.Table(
    "outgoing",
    metadata,
    _word("id", key=True),
    _word("request_id"),
    _word("payload"),
    _word("status"),
    _number("tries"),
    _word("sent_to"),
    _word("trouble"),
    sa.Column("next_try", Moment, nullable=False),
    sa.Column("sent_at", Moment),
    sa.Column("created", Moment, nullable=False),
    sa.Index("outgoing_by_status", "status", "next_try"),
    sa.Index("outgoing_by_request", "request_id"),
)

people = sa.Table(
    "people",
    metadata,
    _word("address", key=True),
    _word("name"),
    _word("role"),
    _flag("away", False),
    _flag("active", True),
)

routes = sa.Table("routes", metadata, _word("area", key=True), _word("reviewer"), _word("deputy"))

secrets = sa.Table(
    "secrets",
    metadata,
    _word("hash", key=True),
    _word("kind"),  # "link" | "session" | "token"
    sa.Column("address", Words, sa.ForeignKey("people.address"), nullable=False),
    _word("name"),
    sa.Column("created", Moment, nullable=False),
    sa.Column("expires", Moment),  # empty: never
)

past_requests = sa.Table(
    "past_requests",
    metadata,
    _word("id", key=True),
    _word("payload"),
    _word("opened"),
    _word("closed"),
    sa.Column("size_days", sa.Float),
    _flag("archived", False),
    _word("label"),
    sa.Index("past_by_closed", "closed"),
)

passages = sa.Table(
    "passages",
    metadata,
    _word("id", key=True),
    _word("path"),
    _number("position"),
    _word("payload"),
    _word("label"),
    sa.Index("passages_by_path", "path", "position"),
)

index_changes = sa.Table(
    "index_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _word("kind"),
    _word("key"),
    _flag("gone", False),
    sa.UniqueConstraint("kind", "key", name="index_changes_newest"),
    sqlite_autoincrement=True,
)

# The counts behind keyword search, see `keyword`; `corpus` is the table that is searched.
word_texts = sa.Table(
    "word_texts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _word("corpus"),
    _word("key"),
    _number("length"),
    _word("counts"),  # "export 4 list 1"
    sa.UniqueConstraint("corpus", "key", name="word_texts_once"),
)

word_counts = sa.Table(
    "word_counts",
    metadata,
    _word("corpus", key=True),
    _word("word", key=True),
    _number("texts"),
)

word_totals = sa.Table(
    "word_totals",
    metadata,
    _word("corpus", key=True),
    _number("texts"),
    _number("length"),
    _number("changes"),
)
