"""What the history can be narrowed down by, and which draft shows or cites what, as rows of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PAGE = 500  # rows read at a time


def upgrade() -> None:
    """Make the tables and fill them from what is there."""
    _make_facets()
    _make_citations()
    connection = op.get_bind()
    for rows in _pages(connection, _PAST, "id"):
        _insert(connection, _FACET, [facet for row in rows for facet in _facets(row)])
    for rows in _pages(connection, _DRAFTS, "request_id"):
        _insert(connection, _CITATION, [citation for row in rows for citation in _citations(row)])


def downgrade() -> None:
    """Both can be made again from the payloads."""
    op.drop_table("citations")
    op.drop_table("past_facets")


def _make_facets() -> None:
    op.create_table(
        "past_facets",
        _key("facet"),
        _key("value"),
        _key("past_id"),
        sa.Column("day", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("past_facets_by_day", "past_facets", ["facet", "value", "day", "past_id"])
    op.create_index("past_facets_by_past", "past_facets", ["past_id"])


def _make_citations() -> None:
    op.create_table(
        "citations",
        _key("kind"),
        _key("key"),
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("cited", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("citations_by_request", "citations", ["request_id"])
    op.create_index("citations_counted", "citations", ["kind", "key", "request_id", "cited", "at"])


def _facets(row: Any) -> Iterator[dict[str, str]]:
    past = json.loads(row.payload)
    if past.get("archived") or past.get("label"):
        return
    pairs = {("", "")} | {("kind", kind) for kind in past.get("kinds") or ()}
    pairs |= {("category", surprise["category"]) for surprise in past.get("surprises") or ()}
    if past.get("verdict"):
        pairs.add(("verdict", past["verdict"]))
    day = past.get("closed") or past.get("opened") or ""
    for facet, value in sorted(pairs):
        yield {"facet": facet, "value": value, "past_id": row.id, "day": day}


def _citations(row: Any) -> Iterator[dict[str, Any]]:
    draft = json.loads(row.payload)
    asked = [*(draft.get("questions") or ()), *(draft.get("folded") or ())]
    cited = list((draft.get("size") or {}).get("comparables") or ())
    for question in asked:
        if question.get("state") != "dropped":
            cited += question.get("evidence") or ()
    rests_on = {(each["kind"], each["id"]) for each in cited if each["kind"] in ("past", "note")}
    evidence = draft.get("evidence") or {}
    shown = {("past", each["past"]["id"]) for each in evidence.get("similar") or ()}
    shown |= {("note", each["passage"]["id"]) for each in evidence.get("notes") or ()}
    for kind, key in sorted(rests_on | shown):
        yield {
            "kind": kind,
            "key": key,
            "request_id": row.request_id,
            "cited": (kind, key) in rests_on,
            "at": row.created,
        }


def _pages(connection: sa.Connection, query: str, key: str) -> Iterator[list[Any]]:
    last = ""
    while rows := connection.execute(sa.text(query), {"last": last, "page": PAGE}).all():
        yield list(rows)
        last = getattr(rows[-1], key)


def _insert(connection: sa.Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.text(statement), rows)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


_PAST = "SELECT id, payload FROM past_requests WHERE id > :last ORDER BY id LIMIT :page"
_DRAFTS = (
    "SELECT d.request_id, d.payload, d.created FROM drafts AS d "
    "JOIN requests AS r ON r.id = d.request_id AND r.draft_version = d.version "
    "WHERE d.request_id > :last ORDER BY d.request_id LIMIT :page"
)
_FACET = "INSERT INTO past_facets (facet, value, past_id, day) VALUES (:facet, :value, :past_id, :day)"
_CITATION = (
    "INSERT INTO citations (kind, key, request_id, cited, at) VALUES (:kind, :key, :request_id, :cited, :at)"
)
