"""How urgent a request is for its reviewer (P4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from triage.clock.calendar import BusinessCalendar
from triage.clock.teams import SOON
from triage.domain import RequestRecord, Status


class Bucket(StrEnum):
    """The parts of the inbox."""

    OVERDUE = "overdue"
    SOON = "soon"  # less than 4 business hours left
    QUEUE = "queue"
    WAITING = "waiting"
    ANSWERED = "answered"


def bucket(record: RequestRecord, now: datetime, calendar: BusinessCalendar) -> Bucket:
    """Where the request belongs in the inbox at `now`; `calendar` is its team's."""
    if record.status is Status.WAITING:
        return Bucket.WAITING
    if record.status in (Status.APPROVED, Status.ANSWERED, Status.CLOSED):
        return Bucket.ANSWERED
    if record.due is None:
        return Bucket.QUEUE
    if now > record.due:
        return Bucket.OVERDUE
    return Bucket.SOON if calendar.elapsed(now, record.due) < SOON else Bucket.QUEUE
