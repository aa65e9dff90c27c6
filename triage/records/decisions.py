"""Decisions: what the one human said, and the submitter's replies in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from triage.domain import (
    Deadlines,
    Decision,
    DecisionKind,
    Draft,
    Question,
    QuestionState,
    RequestRecord,
    Status,
)
from triage.errors import BadInput, Conflict, NotFound
from triage.records import tables
from triage.records.claims import HELD_FOR, RELEASED, pass_claim
from triage.records.database import Connected
from triage.records.drafts import save_version, stale, unchanged
from triage.records.requests import Job
from triage.records.rows import add_event, fetch, fetch_draft, inbox_columns, insert_draft, is_open, move
from triage.records.text import as_json

Resume = Callable[[RequestRecord], Deadlines]
"""The deadlines of a waiting request, moved by the time the clock stood still."""

_C = tables.decisions.c
_AT_ONCE = timedelta(0)


class Decisions(Connected):
    """Moves a request out of review and back, one winner at a time (P17)."""

    def decide(
        self,
        decision: Decision,
        final: Draft | None,
        enqueue: Job,
        *,
        note: str = "",
        grace: timedelta = _AT_ONCE,
        take_over: bool = False,
    ) -> Decision:
        """Carry out `decision` if the request is in review and `decision.version` is still the newest.

        `final` is the draft as the human left it; when it differs from that version it becomes a new
        one. The decision is stored, and returned, naming the version in force, so that
        `draft(d.request_id, d.version)` is exactly what was approved. `note` is added to the trail.
        When `enqueue` raises nothing is kept. An approval with `grace` can be undone for so long, and
        `carry_out` says later whether it still stands. Whoever held the request gives it back.

        Raises:
            Claimed: somebody else is working on it, and `take_over` is False.
            Conflict: somebody else was first; the message says who, what and when.
            NotFound: no such request or version.
        """
        with self._writing() as connection:
            record = unchanged(connection, decision.request_id, decision.version, _DONE[decision.kind])
            pass_claim(connection, record, decision.by, self._now(), take_over=take_over)
            kept = _settle_version(connection, decision, final)
            draft = fetch_draft(connection, kept.request_id, kept.version)
            if not move(
                connection,
                kept.request_id,
                expected=[Status.IN_REVIEW],
                version=kept.version,
                **RELEASED,
                **_effect(kept, draft, record.round, grace),
            ):
                raise stale(connection, kept.request_id, _DONE[kept.kind])
            _insert(connection, kept)
            detail = ", ".join(filter(None, [f"{_SAID[kept.kind]} version {kept.version}", note]))
            add_event(connection, kept.request_id, _EVENT[kept.kind], kept.by, detail, self._now())
            enqueue(connection, kept.id)
        return kept

    def carry_out(self, decision_id: str) -> bool:
        """Let a decision take effect; False when it was undone. Of this and `undo` exactly one succeeds.

        A repeat says the same again. Raises NotFound.
        """
        with self._writing() as connection:
            decision = _one(connection, decision_id)
            record = fetch(connection, decision.request_id)
            if decision.kind is not DecisionKind.APPROVE:
                return True
            if record.decision_id != decision_id:
                return False
            if record.status is Status.APPROVED:
                draft = fetch_draft(connection, decision.request_id, decision.version)
                answered = _answered_now(decision, draft)
                move(connection, decision.request_id, expected=[Status.APPROVED], **answered)
                detail = f"let version {decision.version} go out"
                add_event(connection, decision.request_id, "answered", "", detail, self._now())
            return True

    def undo(self, decision_id: str, by: str) -> RequestRecord:
        """Take an approval back before it is carried out: in review again, held by `by`, the clock as if
        nothing had been. Of this and `carry_out` exactly one succeeds.

        Raises:
            BadInput: it is no approval.
            Conflict: it went out already, or was undone before.
            NotFound: no such decision.
        """
        with self._writing() as connection:
            decision, now = _one(connection, decision_id), self._now()
            if decision.kind is not DecisionKind.APPROVE:
                raise BadInput("Only an approval can be undone.", "Open the request to go on from here.")
            back: dict[str, Any] = {
                "status": Status.IN_REVIEW,
                "approved_version": 0,
                "decision_id": "",
                "undo_until": None,
                **{"holder": by, "held_since": now, "held_until": now + HELD_FOR},
            }
            record = fetch(connection, decision.request_id)
            ours = record.decision_id == decision_id
            if not ours or not move(connection, decision.request_id, expected=[Status.APPROVED], **back):
                raise _too_late(record, sent=ours)
            detail = f"took back the approval of version {decision.version}"
            add_event(connection, decision.request_id, "undone", by, detail, now)
            return fetch(connection, decision.request_id)

    def decision(self, decision_id: str) -> Decision:
        """The decision that resumes the graph. Raises NotFound."""
        with self._reading() as connection:
            return _one(connection, decision_id)

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
            filled = fill_answers(draft, given).model_copy(update={"author": by, "created": self._now()})
            saved = insert_draft(connection, filled)
            columns = inbox_columns(saved) | clock_running(record, resume)
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
    if final is None:
        return decision
    saved = save_version(connection, final, decision.version, decision.by, decision.at)
    return decision.model_copy(update={"version": saved.version})


def _effect(decision: Decision, draft: Draft, round_: int, grace: timedelta) -> dict[str, Any]:
    if decision.kind is DecisionKind.APPROVE:
        approved = {"approved_version": decision.version, "decision_id": decision.id, "new_mail": 0}
        if grace:
            return {**approved, "status": Status.APPROVED, "undo_until": decision.at + grace}
        return {**approved, **_answered_now(decision, draft)}
    if decision.kind is DecisionKind.SEND_BACK:
        again = {"round": round_ + 1, "guidance": decision.guidance, "new_mail": 0}
        return {"status": Status.DRAFTING, **again}
    return {"status": Status.WAITING, "waiting_since": decision.at}


def _answered_now(decision: Decision, draft: Draft) -> dict[str, Any]:
    return {
        "status": Status.ANSWERED,
        "verdict": draft.answer.verdict,
        "answered": decision.at,
        "undo_until": None,
    }


def _too_late(record: RequestRecord, *, sent: bool) -> Conflict:
    key = record.request.id
    if sent:
        return Conflict(
            f"The answer to request {key} is on its way already; the approval can no longer be undone.",
            "Write to sales yourself if it is wrong.",
        )
    return Conflict(f"This approval of request {key} was undone before.", "Open the request to go on.")


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


def _one(connection: sa.Connection, decision_id: str) -> Decision:
    payload = connection.execute(sa.select(_C.payload).where(_C.id == decision_id)).scalar_one_or_none()
    if payload is None:
        raise NotFound(f"There is no decision {decision_id}.", "Look at the trail of its request.")
    return Decision.model_validate_json(payload)


def _all(connection: sa.Connection, request_id: str) -> list[Decision]:
    query = sa.select(_C.payload).where(_C.request_id == request_id).order_by(_C.at, _C.id)
    return [Decision.model_validate_json(payload) for payload in connection.execute(query).scalars()]


def _asked(connection: sa.Connection, draft: Draft) -> list[Question]:
    asks = [d for d in _all(connection, draft.request_id) if d.kind is DecisionKind.ASK]
    wanted = asks[-1].questions if asks else ()
    known = {question.question: question for question in (*draft.folded, *draft.questions)}
    return [known[text] for text in wanted if text in known and is_open(known[text])]


def fill_answers(draft: Draft, given: dict[str, str]) -> Draft:
    """The draft with these answers, by question id. Raises BadInput for a question it does not have."""
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


def clock_running(record: RequestRecord, resume: Resume) -> dict[str, Any]:
    """The columns that let the clock run on from where it stood still."""
    if record.waiting_since is None:
        return {}
    moved = resume(record)
    return {
        "waiting_since": None,
        "due": moved.due,
        "breach": moved.breach,
        "paused_s": moved.paused_s,
    }
