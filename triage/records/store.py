"""`Store`: requests, drafts, decisions, their trail, and what follows an approval. Implements `ports.Desk`.

Read in this order: `requests.py` (in and along), `claims.py` (who works on it), `drafts.py` (versions),
`decisions.py` (one winner), `replies.py` (mail that comes in meanwhile), `received.py` (everything as it
came), `inbox.py` (what to do next), `trail.py` (who did what), `overview.py` (what the pages around the
review read). Every method is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.domain import OutgoingMessage, PastRequest
from triage.records.addresses import Addresses
from triage.records.aside import Aside
from triage.records.claims import Claims
from triage.records.decisions import Decisions, Resume
from triage.records.drafts import Drafts
from triage.records.inbox import Inbox
from triage.records.knowledge import write_past
from triage.records.outgoing import read_messages, stands, write_message
from triage.records.overview import Overview
from triage.records.received import Received
from triage.records.reminding import Reminding
from triage.records.replies import Replies
from triage.records.requests import Job, LaterJob, Requests
from triage.records.rows import add_event
from triage.records.sizes import SaidSizes
from triage.records.trail import Trail

__all__ = ["Job", "LaterJob", "Resume", "Store"]


class Store(
    Requests,
    Claims,
    Drafts,
    Decisions,
    SaidSizes,
    Inbox,
    Trail,
    Overview,
    Received,
    Aside,
    Replies,
    Addresses,
    Reminding,
):
    """The records of all requests."""

    def enqueue_messages(self, messages: Sequence[OutgoingMessage]) -> None:
        """Put mails into the outbox; one whose id is already there is left alone, and so is one that rests on
        an approval which a new mail has undone meanwhile."""
        with self._writing() as connection:
            for message in messages:
                if stands(connection, message):
                    write_message(connection, message, self._now())

    def messages(self, request_id: str) -> list[OutgoingMessage]:
        """Everything that was put into the outbox for a request, oldest first."""
        with self._reading() as connection:
            return read_messages(connection, request_id)

    def remember(self, past: PastRequest) -> None:
        """Put a decided request into the history and note the index change; idempotent."""
        with self._writing() as connection:
            if write_past(connection, [past]):
                detail = "added it to the history"
                add_event(connection, past.id, "remembered", "", detail, self._now())
