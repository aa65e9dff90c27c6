"""Mails that come in on a request that is already here: kept, shown, and an approval that had not seen
them does not go out (P17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from triage.domain import Deadlines, LaterMail, RequestRecord, Status
from triage.errors import Conflict
from triage.records import tables
from triage.records.database import Connected
from triage.records.decisions import Resume, clock_running, fill_answers
from triage.records.outgoing import call_back
from triage.records.received import Incoming, earlier_copy, write_later, write_received
from triage.records.rows import add_event, fetch, fetch_draft, inbox_columns, insert_draft, move

_R = tables.requests.c
_BACK: dict[str, Any] = {"status": Status.IN_REVIEW, "decision_id": "", "undo_until": None}


class Replies(Connected):
    """Takes mails on requests."""

    def add_mail(
        self,
        incoming: Incoming,
        mail: LaterMail,
        *,
        answers: Sequence[tuple[str, str]] = (),
        moves: bool = True,
        resume: Resume,
        again: Deadlines,
    ) -> RequestRecord:
        """Keep a mail on its request and let it have its effect, in one transaction; a repeat adds nothing.

        In review, the newest version gets a successor with the same content, so that whoever decides about
        the old one is told of the mail. An approval that can still be undone is taken back. Waiting, the
        request comes back with the answers and the clock runs on. Answered, it is opened again.

        Args:
            answers: (question id, answer) as read from the mail.
            moves: False for a mail that only belongs on the file: nobody wrote it, it says thanks, or
                nobody here knows the sender. An approval that has not left is taken back by that, too.
            resume: moves the deadlines by the time the clock stood still.
            again: the deadlines of a request that is opened again.

        Raises:
            Conflict: the request is closed; the mail was not kept.
            NotFound: no such request.
        """
        at = self._now()
        with self._writing() as connection:
            record = fetch(connection, mail.request_id)
            if earlier_copy(connection, incoming):
                return record
            if record.status is Status.CLOSED:
                raise Conflict(f"Request {mail.request_id} is closed.", "Hand it in as a new request.")
            kind = "automatic" if mail.automatic else "reply"
            received_id = write_received(connection, incoming, kind, mail.request_id, at)
            write_later(connection, mail.model_copy(update={"id": received_id, "at": at}))
            if moves or (record.status is Status.APPROVED and not mail.automatic):
                _take_effect(connection, record, mail, answers, resume, again, at)
            elif not mail.automatic:
                move(connection, mail.request_id, expected=[record.status], new_mail=_R.new_mail + 1)
            detail = "an automatic reply came in" if mail.automatic else "wrote again by mail"
            add_event(connection, mail.request_id, "mail", mail.address, detail, at)
            return fetch(connection, mail.request_id)


def _take_effect(
    connection: sa.Connection,
    record: RequestRecord,
    mail: LaterMail,
    answers: Sequence[tuple[str, str]],
    resume: Resume,
    again: Deadlines,
    at: datetime,
) -> None:
    change: dict[str, Any] = {"new_mail": _R.new_mail + 1}
    if record.status is Status.APPROVED:
        change |= {**_BACK, "approved_version": 0}
        detail = "took back the approval: a new mail came in"
        add_event(connection, mail.request_id, "reopened", "", detail, at)
    if record.status is Status.ANSWERED:  # the answer that left stays approved until there is another
        change |= {**_BACK, "verdict": None, "answered": None, **again.model_dump()}
        call_back(connection, mail.request_id, "A new mail came in before it left.")
        detail = "opened the request again: a new mail came in"
        add_event(connection, mail.request_id, "reopened", "", detail, at)
    if record.status is Status.WAITING:
        change |= {"status": Status.IN_REVIEW, **clock_running(record, resume)}
    if record.draft_version and record.status in _READ:
        draft = fetch_draft(connection, mail.request_id, record.draft_version)
        known = {question.id for question in (*draft.questions, *draft.folded)}
        given = {key: text.strip() for key, text in answers if key in known and text.strip()}
        after = fill_answers(draft, given).model_copy(update={"author": mail.address, "created": at})
        saved = insert_draft(connection, after)
        change |= inbox_columns(saved)
        if given:
            detail = f"answered {len(given)} of the open questions in version {saved.version}"
            add_event(connection, mail.request_id, "answers", mail.address, detail, at)
    move(connection, mail.request_id, expected=[record.status], **change)


_READ = (Status.IN_REVIEW, Status.WAITING, Status.APPROVED, Status.ANSWERED)  # somebody has read a draft
