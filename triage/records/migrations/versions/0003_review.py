"""The review: claims, autosaved drafts, undo, corrected senders, own sizes, an inbox of any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from triage.records.finding import make_words_table, put_request_words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PAGE = 500  # requests at a time
STAGES = {"parked": 0, "waiting": 3, "approved": 4, "answered": 4, "closed": 4}
DATED, UNDATED = 1, 2  # what is still being worked on, with and without a due time
INDEXES = {
    "requests_by_stage": ["stage", "due", "number", "status", "reviewer", "lane", "label"],
    "requests_by_age": ["stage", "received", "number", "reviewer", "lane", "label"],
    "requests_by_reviewer": ["reviewer", "stage", "due", "number"],
}


def upgrade() -> None:
    """Add columns, tables and indexes, and fill in what follows from the rows that are there."""
    for column in _columns():
        op.add_column("requests", column)
    op.add_column("drafts", sa.Column("autosaved", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "own_sizes",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("by", sa.Text, primary_key=True),
        sa.Column("low", sa.Float, nullable=False),
        sa.Column("high", sa.Float, nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False, server_default=sa.false()),
        _time("at", required=True),
    )
    make_words_table(op.get_bind())
    _fill()
    for name, columns in INDEXES.items():
        op.create_index(name, "requests", columns)
    op.create_index("requests_by_number", "requests", ["number"], unique=True)


def downgrade() -> None:
    """Corrections, claims and own sizes are lost; an approval that could still be undone counts as sent."""
    op.execute(sa.text("UPDATE requests SET status = 'answered' WHERE status = 'approved'"))
    for name in ("requests_by_number", *INDEXES):
        op.drop_index(name, "requests")
    op.execute(sa.text("DROP TABLE request_words"))
    op.drop_table("own_sizes")
    op.drop_column("drafts", "autosaved")
    for column in reversed(_columns()):
        op.drop_column("requests", column.name)


def _columns() -> list[sa.Column[Any]]:
    return [
        *[_count(name) for name in ("number", "stage")],
        _text("who"),
        sa.Column("date_kind", sa.Text),
        *[_text(name) for name in ("read_day", "read_need", "holder")],
        *[_time(name) for name in ("held_since", "held_until")],
        _text("decision_id"),
        _time("undo_until"),
    ]


def _fill() -> None:
    connection, number = op.get_bind(), 0
    approvals = _approvals(connection)
    change = sa.text(
        "UPDATE requests SET number = :number, stage = :stage, date_kind = :date_kind, "
        "read_day = :read_day, read_need = :read_need, decision_id = :decision_id WHERE id = :id"
    )
    for page in _pages(connection):
        rows, texts = [], {}
        for row in page:
            number += 1
            texts[number] = row.search
            read = _read(json.loads(row.draft)) if row.draft else _read({})
            usual = UNDATED if row.due is None else DATED
            rows.append(
                {
                    "id": row.id,
                    "number": number,
                    "stage": STAGES.get(row.status, usual),
                    "decision_id": approvals.get(row.id, "") if row.approved_version else "",
                    **read,
                }
            )
        connection.execute(change, rows)
        put_request_words(connection, texts)


def _pages(connection: sa.Connection) -> Iterator[list[Any]]:
    query = sa.text(
        "SELECT r.id, r.status, r.due, r.search, r.received, r.approved_version, d.payload AS draft "
        "FROM requests AS r LEFT JOIN drafts AS d ON d.request_id = r.id AND d.version = r.draft_version "
        f"WHERE r.id > :last ORDER BY r.id LIMIT {PAGE}"
    )
    last = ""
    while rows := connection.execute(query, {"last": last}).all():
        yield list(rows)
        last = rows[-1].id


def _approvals(connection: sa.Connection) -> dict[str, str]:
    """The newest approval of each request."""
    query = sa.text("SELECT request_id, id FROM decisions WHERE kind = 'approve' ORDER BY at, id")
    return {row.request_id: row.id for row in connection.execute(query)}


def _read(draft: dict[str, Any]) -> dict[str, Any]:
    deadline = draft.get("reading", {}).get("deadline") or {}
    return {
        "date_kind": draft.get("answer", {}).get("date_kind"),
        "read_day": deadline.get("day") or "",
        "read_need": deadline.get("text") or "",
    }


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _time(name: str, *, required: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)
