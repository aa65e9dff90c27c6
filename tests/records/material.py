"""Requests, drafts and a queue for the tests of the records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from triage.domain import Answer, Days, Draft, Question, Reading, Request, RoughSize, Verdict
from triage.records.store import Store

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Jobs:
    """Stands where the engine's queue stands: writes a row on the caller's transaction."""

    def __init__(self) -> None:
        self.broken = False

    def __call__(self, connection: sa.Connection, key: str) -> None:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS test_jobs (id TEXT)"))
        connection.execute(sa.text("INSERT INTO test_jobs VALUES (:id)"), {"id": key})
        if self.broken:
            raise RuntimeError("the queue is down")


def queued(engine: sa.Engine) -> list[str]:
    """The ids that were enqueued and committed."""
    if not sa.inspect(engine).has_table("test_jobs"):
        return []
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT id FROM test_jobs ORDER BY id")).scalars())


def new_request(request_id: str = "r-0001", **fields: object) -> Request:
    """A small request as intake would make it."""
    values: dict[str, object] = {
        "id": request_id,
        "subject": "Managers approve job reports",
        "body": "Managers should review job reports before invoices go out.",
        "customer": "Birch Heating",
        "submitter": "sam@example.com",
        "received": MONDAY,
    }
    return Request.model_validate(values | fields)


def new_draft(request_id: str = "r-0001", **fields: object) -> Draft:
    """What the pipeline would write: three questions, a size, an answer that may be approved."""
    questions = tuple(
        Question(id=f"q{number}", question=f"Question {number}?", category="permissions")
        for number in (1, 2, 3)
    )
    values: dict[str, object] = {
        "request_id": request_id,
        "reading": Reading(ask="Approve job reports before invoicing"),
        "questions": questions,
        "size": RoughSize(build=Days(low=3, high=8), label="M", lane="full"),
        "answer": Answer(verdict=Verdict.YES, sentence="Yes, managers can approve job reports."),
        "created": MONDAY,
    }
    return Draft.model_validate(values | fields)


def in_review(store: Store, jobs: Jobs, request_id: str = "r-0001") -> Draft:
    """Take a request in and draft it."""
    due = MONDAY + timedelta(days=1)
    request = new_request(request_id, message_id=f"<{request_id}@birch.example>")
    store.accept(request, jobs, reviewer="tara@example.com", due=due, breach=due + timedelta(days=1))
    store.begin_drafting(request_id)
    return store.save_draft(new_draft(request_id))
