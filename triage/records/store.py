"""`Store`: requests, drafts, decisions, their trail, and what follows an approval. Implements `ports.Desk`.

Read in this order: `requests.py` (in and along), `claims.py` (who works on it), `drafts.py` (versions),
`decisions.py` (one winner), `inbox.py` (what to do next), `trail.py` (who did what), `overview.py` (what
the pages around the review read). Every method is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.domain import OutgoingMessage, PastRequest
from triage.records.claims import Claims
from triage.records.decisions import Decisions, Resume
from triage.records.drafts import Drafts
from triage.records.inbox import Inbox
from triage.records.knowledge import write_past
from triage.records.outgoing import write_message
from triage.records.overview import Overview
from triage.records.requests import Job, LaterJob, Requests
from triage.records.rows import add_event
from triage.records.sizes import SaidSizes
from triage.records.trail import Trail

__all__ = ["Job", "LaterJob", "Resume", "Store"]


class Store(Requests, Claims, Drafts, Decisions, SaidSizes, Inbox, Trail, Overview):
    """The records of all requests."""

    def enqueue_messages(self, messages: Sequence[OutgoingMessage]) -> None:
        """Put mails into the outbox; one whose id is already there is left alone."""
        with self._writing() as connection:
            for message in messages:
                write_message(connection, message, self._now())

    def remember(self, past: PastRequest) -> None:
        """Put a decided request into the history and note the index change; idempotent."""
        with self._writing() as connection:
            if write_past(connection, [past]):
                detail = "added it to the history"
                add_event(connection, past.id, "remembered", "", detail, self._now())
