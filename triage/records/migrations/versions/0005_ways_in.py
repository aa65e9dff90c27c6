"""Ways in and out: mails as they came, threads, attachments, channels of the outbox, the paused clock."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables and columns. Mails that went through before are known by the Message-IDs of the rows."""
    for column in _request_columns():
        op.add_column("requests", column)
    for column in _outgoing_columns():
        op.add_column("outgoing", column)
    _make_received()
    _make_attachments()
    op.create_table("thread_ids", _key("message_id"), _text("request_id"))
    op.create_table("memory", _key("name"), _text("value"))
    op.execute(
        sa.text(
            "INSERT INTO thread_ids (message_id, request_id) "
            "SELECT message_id, min(id) FROM requests WHERE message_id <> '' GROUP BY message_id"
        )
    )
    _know_our_own_mails()


def downgrade() -> None:
    """Mails as they came, and what was written on a request later, are lost."""
    for table in ("memory", "thread_ids", "attachments", "received"):
        op.drop_table(table)
    for column in reversed(_outgoing_columns()):
        op.drop_column("outgoing", column.name)
    for column in reversed(_request_columns()):
        op.drop_column("requests", column.name)


def _know_our_own_mails() -> None:
    connection = op.get_bind()
    query = sa.text("SELECT request_id, payload FROM outgoing WHERE request_id <> ''")
    sent = connection.execute(query).all()
    ours = {json.loads(row.payload).get("message_id", ""): row.request_id for row in sent}
    rows = [{"message_id": key, "request_id": request} for key, request in ours.items() if key]
    if rows:
        known = "SELECT 1 FROM thread_ids WHERE message_id = :message_id"
        connection.execute(
            sa.text(
                "INSERT INTO thread_ids (message_id, request_id) "
                f"SELECT :message_id, :request_id WHERE NOT EXISTS ({known})"
            ),
            rows,
        )


def _make_received() -> None:
    op.create_table(
        "received",
        sa.Column("id", sa.Integer, primary_key=True),
        *[_text(name) for name in ("request_id", "kind", "channel", "message_id", "digest", "media_type")],
        _count("size"),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        _text("payload"),
        _text("trouble"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("received_by_request", "received", ["request_id", "id"])
    op.create_index("received_by_mail", "received", ["message_id", "digest"])
    op.create_index("received_by_kind", "received", ["kind", "id"])


def _make_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("received_id", sa.Integer, sa.ForeignKey("received.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        *[_text(name) for name in ("request_id", "name", "media_type")],
        _count("size"),
        sa.Column("text", sa.Text),
        _text("trouble"),
    )
    op.create_index("attachments_by_request", "attachments", ["request_id", "received_id", "position"])


def _request_columns() -> list[sa.Column[Any]]:
    paused = sa.Column("paused_s", sa.Float, nullable=False, server_default="0")
    started = sa.Column("started", sa.DateTime(timezone=True))
    return [paused, _count("new_mail"), _text("team"), started]


def _outgoing_columns() -> list[sa.Column[Any]]:
    channel = sa.Column("channel", sa.Text, nullable=False, server_default="mail")
    return [channel, sa.Column("in_doubt", sa.Boolean, nullable=False, server_default=sa.false())]


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
