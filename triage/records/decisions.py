"""Decisions: what the one human said, and the submitter's replies in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from triage.domain import Decision, DecisionKind, Draft, Question, QuestionState, RequestRecord, Status
from triage.errors import BadInput, NotFound
from triage.records import tables
from triage.records.database import Connected
from triage.records.drafts import save_version, stale
from triage.records.requests import Job
from triage.records.rows import add_event, fetch, fetch_draft, inbox_columns, insert_draft, is_open, move
from triage.records.text import as_json

Resume = Callable[[datetime, datetime], datetime]
"""(deadline, waiting since) -> the deadline moved by the time the clock stood still."""

_C = tables.decisions.c


class Decisions(Connected):
    """Moves a request out of review and back, one winner at a time (P17)."""

    def decide(self, decision: Decision, final: Draft | None, enqueue: Job, *, note: str = "") -> Decision:
        """Carry out `decision` if the request is in review and `decision.version` is still the newest.

        `final` is the draft as the human left it; when it differs from that version it becomes a new
        one. The decision is stored, and returned, naming the version in force, so that
        `draft(d.request_id, d.version)` is exactly what was approved. `note` is added to the trail.
        When `enqueue` raises nothing is kept.

        Raises:
            Conflict: somebody else was first; the message says who, what and when.
            NotFound: no such request or version.
        """
        with self._writing() as connection:
            kept = _settle_version(connection, decision, final)
            draft = fetch_draft(connection, kept.request_id, kept.version)
            record = fetch(connection, kept.request_id)
            if not move(
                connection,
                kept.request_id,
                expected=[Status.IN_REVIEW],
                version=kept.version,
                **_effect(kept, draft, record.round),
            ):
                raise stale(connection, kept.request_id, _DONE[kept.kind])
            _insert(connection, kept)
            detail = ", ".join(filter(None, [f"{_SAID[kept.kind]} version {kept.version}", note]))
            add_event(connection, kept.request_id, _EVENT[kept.kind], kept.by, detail, self._now())
            enqueue(connection, kept.id)
        return kept

    def decision(self, decision_id: str) -> Decision:
        """The decision that resumes the graph. Raises NotFound."""
        query = sa.select(_C.payload).where(_C.id == decision_id)
        with self._reading() as connection:
            payload = connection.execute(query).scalar_one_or_none()
        if payload is None:
            raise NotFound(f"There is no decision {decision_id}.", "Look at the trail of its request.")
        return Decision.model_validate_json(payload)

    def decisions(self, request_id: str) -> list[Decision]:
        """Everything decided about a request, oldest first."""
        with self._reading() as connection:
            return _all(connection, request_id)

    def guidance(self, request_id: str) -> str:
        """What the reviewer wrote when sending back, empty on the first round. Raises NotFound."""
        with self._reading() as connection:
            fetch(connection, request_id)
            column = tables.requests.c.guidance
            query = sa.select(column).where(tables.requests.c.id == request_id)
            return str(connection.execute(query).scalar_one())

    def asked(self, request_id: str) -> list[Question]:
        """The questions the submitter still owes an answer to; empty unless the request is waiting."""
        with self._reading() as connection:
            record = fetch(connection, request_id)
            if record.status is not Status.WAITING:
                return []
            return _asked(connection, fetch_draft(connection, request_id, record.draft_version))

    def answer_questions(
        self, request_id: str, answers: Sequence[tuple[str, str]], by: str, *, resume: Resume
    ) -> RequestRecord:
        """The submitter's reply, as (question id, answer): a new version, back in review, clock running (P4).

        Empty answers are skipped; questions left open stay open.

        Raises:
            BadInput: no answer at all, or one to a question this draft does not have.
            Conflict: the request is not waiting for answers.
            NotFound: no such request.
        """
        given = {key: text.strip() for key, text in answers if text.strip()}
        if not given:
            raise BadInput("There is no answer in this reply.", "Answer at least one of the questions.")
        with self._writing() as connection:
            record = fetch(connection, request_id)
            if record.status is not Status.WAITING:
                raise stale(connection, request_id, "answered")
            draft = fetch_draft(connection, request_id, record.draft_version)
            filled = _fill(draft, given).model_copy(update={"author": by, "created": self._now()})
            saved = insert_draft(connection, filled)
            columns = inbox_columns(saved) | _clock_running(record, resume)
            move(connection, request_id, expected=[Status.WAITING], status=Status.IN_REVIEW, **columns)
            detail = f"answered {len(given)} of the open questions in version {saved.version}"
            add_event(connection, request_id, "answers", by, detail, self._now())
            return fetch(connection, request_id)


_DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.SEND_BACK: "sent back",
    DecisionKind.ASK: "put to the submitter",
}
_SAID = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.SEND_BACK: "sent back",
    DecisionKind.ASK: "asked the submitter about",
}
_EVENT = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.SEND_BACK: "sent_back",
    DecisionKind.ASK: "asked",
}


def _settle_version(connection: sa.Connection, decision: Decision, final: Draft | None) -> Decision:
    record = fetch(connection, decision.request_id)
    if record.status is not Status.IN_REVIEW or record.draft_version != decision.version:
        raise stale(connection, decision.request_id, _DONE[decision.kind])
    if final is None:
        return decision
    saved = save_version(connection, final, decision.version, decision.by, decision.at)
    return decision.model_copy(update={"version": saved.version})


def _effect(decision: Decision, draft: Draft, round_: int) -> dict[str, Any]:
    if decision.kind is DecisionKind.APPROVE:
        return {
            "status": Status.ANSWERED,
            "approved_version": decision.version,
            "verdict": draft.answer.verdict,
            "answered": decision.at,
        }
    if decision.kind is DecisionKind.SEND_BACK:
        return {"status": Status.DRAFTING, "round": round_ + 1, "guidance": decision.guidance}
    return {"status": Status.WAITING, "waiting_since": decision.at}


def _insert(connection: sa.Connection, decision: Decision) -> None:
    connection.execute(
        sa.insert(tables.decisions).values(
            id=decision.id,
            request_id=decision.request_id,
            kind=decision.kind,
            payload=as_json(decision),
            at=decision.at,
        )
    )


def _all(connection: sa.Connection, request_id: str) -> list[Decision]:
    query = sa.select(_C.payload).where(_C.request_id == request_id).order_by(_C.at, _C.id)
    return [Decision.model_validate_json(payload) for payload in connection.execute(query).scalars()]


def _asked(connection: sa.Connection, draft: Draft) -> list[Question]:
    asks = [d for d in _all(connection, draft.request_id) if d.kind is DecisionKind.ASK]
    wanted = asks[-1].questions if asks else ()
    known = {question.question: question for question in (*draft.folded, *draft.questions)}
    return [known[text] for text in wanted if text in known and is_open(known[text])]


def _fill(draft: Draft, given: dict[str, str]) -> Draft:
    unknown = given.keys() - {question.id for question in (*draft.questions, *draft.folded)}
    if unknown:
        raise BadInput(
            f"Request {draft.request_id} has no question {', '.join(sorted(unknown))}.",
            "Reload the page and answer the questions it shows.",
        )
    return draft.model_copy(
        update={"questions": _answered(draft.questions, given), "folded": _answered(draft.folded, given)}
    )


def _answered(questions: Sequence[Question], given: dict[str, str]) -> tuple[Question, ...]:
    state = QuestionState.ANSWERED
    return tuple(
        question.model_copy(update={"state": state, "answer": given[question.id]})
        if question.id in given
        else question
        for question in questions
    )


def _clock_running(record: RequestRecord, resume: Resume) -> dict[str, datetime | None]:
    paused = record.waiting_since
    if paused is None:
        return {}
    return {
        "waiting_since": None,
        "due": record.due and resume(record.due, paused),
        "breach": record.breach and resume(record.breach, paused),
    }
