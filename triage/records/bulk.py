"""Many requests at once, past intake and drafting: for benchmarks, which need a full inbox in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from triage.domain import Draft, Frozen, RequestRecord
from triage.records import tables
from triage.records.database import Connected
from triage.records.finding import put_request_words
from triage.records.requests import next_number, searched_text
from triage.records.rows import inbox_columns, stage_of
from triage.records.text import as_json


class Placed(Frozen):
    """A request as it is to stand in the inbox, and the draft its row shows. `kept`: the draft as well."""

    record: RequestRecord
    draft: Draft
    kept: bool = True


class Bulk(Connected):
    """Writes rows without a trail and without jobs."""

    def put(self, placed: Sequence[Placed]) -> None:
        """All of them in one transaction."""
        with self._writing() as connection:
            first = next_number(connection)
            rows = [_request(one, number) for number, one in enumerate(placed, start=first)]
            connection.execute(sa.insert(tables.requests), rows)
            drafts = [_draft(one.draft) for one in placed if one.kept]
            if drafts:
                connection.execute(sa.insert(tables.drafts), drafts)
            put_request_words(connection, {row["number"]: row["search"] for row in rows})

    def analyze(self) -> None:
        """Let the database look at what it holds, so that it plans well."""
        with self._writing() as connection:
            connection.execute(sa.text("ANALYZE"))


def _request(placed: Placed, number: int) -> dict[str, Any]:
    record = placed.record
    return {
        "id": record.request.id,
        "number": number,
        "payload": as_json(record.request),
        "status": record.status,
        "stage": stage_of(record.status, record.due),
        "reviewer": record.reviewer,
        "submitter": record.request.submitter,
        "search": searched_text(record.request),
        "received": record.request.received,
        "due": record.due,
        "answered": record.answered,
        "verdict": record.verdict,
        **inbox_columns(placed.draft),
    }


def _draft(draft: Draft) -> dict[str, Any]:
    return {
        "request_id": draft.request_id,
        "version": draft.version,
        "round": draft.round,
        "author": draft.author,
        "payload": as_json(draft),
        "cost": draft.cost,
        "created": draft.created,
    }
