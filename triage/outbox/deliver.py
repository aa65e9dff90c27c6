"""Empty the outbox: send what is due, try again with growing pauses, give up with a reason."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import NotDelivered, TriageError
from triage.ports import Sender

MAX_TRIES = 8
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 720, 1440))  # between tries
SPREAD = 0.2  # of a pause is added at random, so that what failed together does not come back together
LONGEST_WAIT = timedelta(days=1)  # however long another server asks us to wait
LEASE = timedelta(minutes=10)  # another worker may take a message over when this one died with it
_BATCH = 10  # then the others of a process get their turn

log = logging.getLogger(__name__)


class Outgoing(Protocol):
    """The outbox table."""

    def due(
        self, now: datetime, limit: int = 50, *, lease: timedelta = ..., channel: OutChannel | None = None
    ) -> Sequence[OutgoingMessage]:
        """What should be sent by `now`, oldest first; nobody else gets it before the lease is over."""

    def sent(self, message_id: str, where: str) -> None:
        """Mark as sent."""

    def failed(self, message_id: str, why: str, retry_at: datetime | None, *, in_doubt: bool = False) -> None:
        """Note a failed try; None: given up."""

    def tries(self, message_id: str) -> int:
        """How often sending has failed so far."""


@dataclass(frozen=True)
class Delivery:
    """How many messages went out, will be tried again, and were given up.

    `wait`: how long the other side asked us to stay away; the batch ended with that.
    """

    sent: int = 0
    again: int = 0
    failed: int = 0
    wait: timedelta = timedelta()

    def __add__(self, other: Delivery) -> Delivery:
        return Delivery(
            self.sent + other.sent,
            self.again + other.again,
            self.failed + other.failed,
            max(self.wait, other.wait),
        )


def send_due(
    outgoing: Outgoing,
    sender: Sender,
    now: datetime,
    channel: OutChannel | None = None,
    *,
    go_on: Callable[[], bool] = lambda: True,
    spread: Callable[[], float] = lambda: 0.0,
) -> Delivery:
    """Send one batch of what is due. One message's trouble never holds up the next.

    After a permanent error, or `MAX_TRIES` tries, a message is failed with its reason.

    Args:
        outgoing: the outbox.
        sender: takes a message of any channel, or of this one.
        now: what is due by then is sent.
        channel: only its messages; None: those of all.
        go_on: asked before each message; False ends the batch.
        spread: gives 0..1, the share of `SPREAD` that a pause is lengthened by.
    """
    total, begun = Delivery(), time.monotonic()
    for _ in range(_BATCH):
        lease = LEASE + timedelta(seconds=time.monotonic() - begun)  # from when it is taken, not from `now`
        due = outgoing.due(now, 1, lease=lease, channel=channel) if go_on() else ()
        for message in due:
            total += _send(outgoing, sender, message, now, spread)
        if not due or total.wait:
            break
    return total


def pause_after(tries: int) -> timedelta:
    """How long to wait at least after the given number of failed tries, counted from 1."""
    return PAUSES[min(tries, len(PAUSES)) - 1]


def _send(
    outgoing: Outgoing,
    sender: Sender,
    message: OutgoingMessage,
    now: datetime,
    spread: Callable[[], float],
) -> Delivery:
    try:
        where = sender.send(message)
    except TriageError as error:
        return _note_failure(outgoing, message, error, now, spread)
    except Exception as error:  # a defect of ours met by one message must not stop the others
        log.exception("%s not sent request=%s kind=%s", message.channel, message.request_id, message.kind)
        unexpected = NotDelivered(
            f"Sending ran into an error of our own ({type(error).__name__}).",
            "The log has the details; it is tried again later.",
            permanent=False,
            in_doubt=not message.channel.knows_repeats,
        )
        return _note_failure(outgoing, message, unexpected, now, spread)
    outgoing.sent(message.id, where)
    log.info("%s sent request=%s kind=%s", message.channel, message.request_id, message.kind)
    return Delivery(sent=1)


def _note_failure(
    outgoing: Outgoing,
    message: OutgoingMessage,
    error: TriageError,
    now: datetime,
    spread: Callable[[], float],
) -> Delivery:
    tries = outgoing.tries(message.id) + 1
    over = error.permanent or tries >= MAX_TRIES
    log.warning(
        "%s not sent request=%s kind=%s tries=%d given_up=%s",
        message.channel,
        message.request_id,
        message.kind,
        tries,
        over,
    )
    reason = str(error) if error.permanent or not over else f"Given up after {tries} tries. {error}"
    asked = timedelta(seconds=error.retry_after) if isinstance(error, NotDelivered) else timedelta()
    asked = min(asked, LONGEST_WAIT)
    pause = max(pause_after(tries), asked) * (1 + SPREAD * spread())
    in_doubt = isinstance(error, NotDelivered) and error.in_doubt
    outgoing.failed(message.id, reason, None if over else now + pause, in_doubt=in_doubt)
    return Delivery(failed=1, wait=asked) if over else Delivery(again=1, wait=asked)
