"""Empty the outbox: send what is due, try again with growing pauses, give up with a reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from triage.domain import OutgoingMessage
from triage.errors import TriageError
from triage.ports import Sender

MAX_TRIES = 8
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 720, 1440))  # between tries
LEASE = timedelta(minutes=10)  # another worker may take a message over when this one died with it
_BATCH = 10  # so few that a lease outlasts a batch of time-outs

log = logging.getLogger(__name__)


class Outgoing(Protocol):
    """The outbox table."""

    def due(self, now: datetime, limit: int = 50, *, lease: timedelta = ...) -> Sequence[OutgoingMessage]:
        """What should be sent by `now`, oldest first; nobody else gets it before the lease is over."""

    def sent(self, message_id: str, where: str) -> None:
        """Mark as sent."""

    def failed(self, message_id: str, why: str, retry_at: datetime | None) -> None:
        """Note a failed try; None: given up."""

    def tries(self, message_id: str) -> int:
        """How often sending has failed so far."""


@dataclass(frozen=True)
class Delivery:
    """How many messages went out, will be tried again, and were given up."""

    sent: int = 0
    again: int = 0
    failed: int = 0

    def __add__(self, other: Delivery) -> Delivery:
        return Delivery(self.sent + other.sent, self.again + other.again, self.failed + other.failed)


def send_due(outgoing: Outgoing, sender: Sender, now: datetime) -> Delivery:
    """Send one batch of what is due. One message's trouble never holds up the next.

    After a permanent error, or `MAX_TRIES` tries, a message is failed with its reason.
    """
    total = Delivery()
    for message in outgoing.due(now, _BATCH, lease=LEASE):
        total += _send(outgoing, sender, message, now)
    return total


def pause_after(tries: int) -> timedelta:
    """How long to wait after the given number of failed tries, counted from 1."""
    return PAUSES[min(tries, len(PAUSES)) - 1]


def _send(outgoing: Outgoing, sender: Sender, message: OutgoingMessage, now: datetime) -> Delivery:
    try:
        where = sender.send(message)
    except TriageError as error:
        return _note_failure(outgoing, message, error, now)
    outgoing.sent(message.id, where)
    log.info("mail sent request=%s kind=%s", message.request_id, message.kind)
    return Delivery(sent=1)


def _note_failure(
    outgoing: Outgoing, message: OutgoingMessage, error: TriageError, now: datetime
) -> Delivery:
    tries = outgoing.tries(message.id) + 1
    over = error.permanent or tries >= MAX_TRIES
    log.warning(
        "mail not sent request=%s kind=%s tries=%d given_up=%s", message.request_id, message.kind, tries, over
    )
    reason = str(error) if error.permanent or not over else f"Given up after {tries} tries. {error}"
    outgoing.failed(message.id, reason, None if over else now + pause_after(tries))
    return Delivery(failed=1) if over else Delivery(again=1)
