"""Step 8: put the mails that follow from a decision into the outbox. Nothing is sent from here."""

from __future__ import annotations

from triage.domain import Decision
from triage.ports import Desk, Letters


def deliver(desk: Desk, letters: Letters, decision: Decision) -> None:
    """Queue answer and checklist (P18) or the questions; message ids are fixed, so a repeat adds nothing."""
    record = desk.record(decision.request_id)
    draft = desk.draft(decision.request_id, decision.version)
    desk.enqueue_messages(letters.for_decision(record, draft, decision))
