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
    _word("search"),  # the text that `finding` takes its words from
    sa.Column("received", Moment, nullable=False),
    sa.Column("due", Moment),
    sa.Column("breach", Moment),
    sa.Column("waiting_since", Moment),
    sa.Column("started", Moment),  # the clock, anew; empty: when it was received
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
    _number("number"),  # in the order of acceptance; what `finding` calls a request
    _number("stage"),  # `rows.Stage`, follows the status: what the inbox is sorted by first
    _word("who"),  # JSON of `Who` as corrected by a reviewer; empty: as it was read
    sa.Column("date_kind", Words),
    _word("read_day"),  # ISO date the newest draft read from the text
    _word("read_need"),  # the same as written
    _word("holder"),  # of the claim
    sa.Column("held_since", Moment),
    sa.Column("held_until", Moment),
    _word("decision_id"),  # of the approval in force
    sa.Column("undo_until", Moment),
    sa.Column("paused_s", sa.Float, nullable=False, server_default="0"),  # of business time
    _number("new_mail"),
    _word("team"),
    sa.Index("requests_by_status", "status", "due"),
    sa.Index("requests_by_submitter", "submitter", "received"),
    sa.Index("requests_by_number", "number", unique=True),
    sa.Index("requests_by_stage", "stage", "due", "number", "status", "reviewer", "lane", "label"),
    sa.Index("requests_by_age", "stage", "received", "number", "reviewer", "lane", "label"),
    sa.Index("requests_by_reviewer", "reviewer", "stage", "due", "number"),
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
    _flag("autosaved", False),  # kept while somebody typed, nobody pressed a button
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

# What reviewers said of the size themselves (P28).
own_sizes = sa.Table(
    "own_sizes",
    metadata,
    sa.Column("request_id", Words, sa.ForeignKey("requests.id"), primary_key=True),
    _word("by", key=True),
    sa.Column("low", sa.Float, nullable=False),  # engineer-days
    sa.Column("high", sa.Float, nullable=False),
    _flag("blind", False),
    sa.Column("at", Moment, nullable=False),
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
    sa.Column("channel", Words, nullable=False, server_default="mail"),
    _flag("in_doubt", False),  # the last try broke off where nobody can tell whether it arrived
    sa.Index("outgoing_by_status", "status", "next_try"),
    sa.Index("outgoing_by_request", "request_id"),
)

# Everything that came in from outside, as it came.
received = sa.Table(
    "received",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _word("request_id"),  # empty: on no request
    _word("kind"),  # "request" | "reply" | "automatic" | "bounce" | "refused"
    _word("channel"),
    _word("message_id"),
    _word("digest"),  # of the words of it: a repeat has the same
    _word("media_type"),
    _number("size"),  # bytes, before packing
    sa.Column("raw", sa.LargeBinary, nullable=False),  # packed by zlib
    _word("payload"),  # `LaterMail` of a reply
    _word("trouble"),  # why it was put aside
    sa.Column("at", Moment, nullable=False),
    sa.Index("received_by_request", "request_id", "id"),
    sa.Index("received_by_mail", "message_id", "digest"),
    sa.Index("received_by_kind", "kind", "id"),
    sqlite_autoincrement=True,
)

# Which request a mail of a thread belongs to: its own mails and ours.
thread_ids = sa.Table("thread_ids", metadata, _word("message_id", key=True), _word("request_id"))

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("received_id", sa.Integer, sa.ForeignKey("received.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),  # in the mail, from 0
    _word("request_id"),
    _word("name"),
    _word("media_type"),
    _number("size"),  # bytes
    sa.Column("text", Words),  # empty: not read yet
    _word("trouble"),
    sa.Index("attachments_by_request", "request_id", "received_id", "position"),
)

# What the service itself has to remember: its own keys, how far a mailbox was read.
memory = sa.Table("memory", metadata, _word("name", key=True), _word("value"))

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

# What every reviewer may list of the history, see `facets`: one row a past request and property, and one
# with both empty for the request itself.
past_facets = sa.Table(
    "past_facets",
    metadata,
    _word("facet", key=True),  # "" | "verdict" | "category" | "kind"
    _word("value", key=True),
    _word("past_id", key=True),
    _word("day"),  # it ended, or was asked for
    sa.Index("past_facets_by_day", "facet", "value", "day", "past_id"),
    sa.Index("past_facets_by_past", "past_id"),
)

# What the newest draft of a request shows and cites, see `citations`.
citations = sa.Table(
    "citations",
    metadata,
    _word("kind", key=True),  # "past" | "note"
    _word("key", key=True),  # id of the past request or passage
    sa.Column("request_id", Words, sa.ForeignKey("requests.id"), primary_key=True),
    _flag("cited", False),  # a question or the size rests on it; else it is only shown
    sa.Column("at", Moment, nullable=False),
    sa.Index("citations_by_request", "request_id"),
    sa.Index("citations_counted", "kind", "key", "request_id", "cited", "at"),  # counted without the rows
)
