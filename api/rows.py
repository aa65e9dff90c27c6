"""The lines of the inbox: every request with its clock, sorted into the buckets of P4."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.clock import Bucket, BusinessCalendar, bucket, explain
from triage.domain import RequestRecord

SECTIONS = (
    (Bucket.OVERDUE, "Overdue", "Past the time we said we would answer."),
    (Bucket.SOON, "Due within 4 business hours", ""),
    (Bucket.QUEUE, "Queue", ""),
    (Bucket.WAITING, "Waiting for an answer", "The clock stands still until the submitter replies."),
    (Bucket.ANSWERED, "Answered", ""),
)


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    record: RequestRecord
    bucket: Bucket
    clock: str  # a few words
    explained: str  # one sentence


@dataclass(frozen=True)
class Section:
    """One bucket of the inbox."""

    bucket: Bucket
    title: str
    note: str
    rows: tuple[Row, ...]


def section_rows(
    records: Iterable[RequestRecord], now: datetime, calendar: BusinessCalendar
) -> tuple[Section, ...]:
    """Sort records into the buckets of P4; empty buckets are left out."""
    rows = [row_of(record, now, calendar) for record in records]
    sections = (
        Section(kind, title, note, tuple(row for row in rows if row.bucket is kind))
        for kind, title, note in SECTIONS
    )
    return tuple(section for section in sections if section.rows)


def row_of(record: RequestRecord, now: datetime, calendar: BusinessCalendar) -> Row:
    """One record with its clock."""
    kind = bucket(record, now, calendar)
    return Row(record, kind, clock_words(record, kind, now, calendar), explain(record, calendar, now))


def clock_words(record: RequestRecord, kind: Bucket, now: datetime, calendar: BusinessCalendar) -> str:
    """How the clock stands, short enough for a row. The day it is due is left to the template's <time>."""
    if kind is Bucket.WAITING:
        return "paused"
    if kind is Bucket.ANSWERED or record.due is None:
        return "answered" if kind is Bucket.ANSWERED else ""
    if kind is Bucket.OVERDUE:
        return f"{_span(calendar.elapsed(record.due, now))} over"
    return f"{_span(calendar.elapsed(now, record.due))} left"


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
