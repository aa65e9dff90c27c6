"""The lines of the inbox: every request with its clock, sorted into the buckets of P4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from triage.clock import Bucket, BusinessCalendar, Teams, bucket, explain, explain_due
from triage.domain import DateKind, RequestRecord, Status

SECTIONS = (
    (Bucket.OVERDUE, "Overdue", "Past the time we said we would answer."),
    (Bucket.SOON, "Due within 4 business hours", ""),
    (Bucket.QUEUE, "Queue", ""),
    (Bucket.WAITING, "Waiting for an answer", "The clock stands still until the submitter replies."),
    (Bucket.ANSWERED, "Answered", ""),
)


@dataclass(frozen=True)
class NeededBy:
    """When it is needed: the day that was entered, else what the draft read from the text."""

    day: date | None = None
    text: str = ""  # as written, when no day is known
    kind: DateKind | None = None  # what the newest draft says of it
    read: bool = False  # from the text; nobody entered it


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    record: RequestRecord
    bucket: Bucket
    clock: str  # a few words
    explained: str  # one sentence
    why: str  # how the due time came about
    need: NeededBy
    holder: str = ""  # address of who is working on it right now
    size_hidden: bool = False  # from this reviewer, until they have said their own (P28)


@dataclass(frozen=True)
class Section:
    """One bucket of the inbox."""

    bucket: Bucket
    title: str
    note: str
    rows: tuple[Row, ...]
    count: int  # also of those on other pages


def section_rows(rows: Iterable[Row], counts: Mapping[Bucket, int]) -> tuple[Section, ...]:
    """Sort rows into the buckets of P4; empty buckets are left out. `counts`: how many there are of each,
    on this page and others."""
    rows = tuple(rows)
    sections = (
        Section(kind, title, note, tuple(row for row in rows if row.bucket is kind), counts.get(kind, 0))
        for kind, title, note in SECTIONS
    )
    return tuple(section for section in sections if section.rows)


def row_of(record: RequestRecord, now: datetime, teams: Teams, *, size_hidden: bool = False) -> Row:
    """One record with the clock of its team."""
    calendar, claim = teams.of(record).calendar, record.held(now)
    kind = bucket(record, now, calendar)
    return Row(
        record=record,
        bucket=kind,
        clock=clock_words(record, kind, now, calendar),
        explained=explain(record, calendar, now),
        why=explain_due(record, teams.of(record), now, shown_in=teams.default.calendar.zone),
        need=needed_by(record),
        holder=claim.holder if claim else "",
        size_hidden=size_hidden,
    )


def needed_by(record: RequestRecord) -> NeededBy:
    """When it is needed, as far as anybody knows."""
    if record.request.need_by:
        return NeededBy(day=record.request.need_by, kind=record.date_kind)
    text = "" if record.read_day else record.read_need
    read = bool(record.read_day or text)
    return NeededBy(day=record.read_day, text=text, kind=record.date_kind if read else None, read=read)


def clock_words(record: RequestRecord, kind: Bucket, now: datetime, calendar: BusinessCalendar) -> str:
    """How the clock stands, short enough for a row. The day it is due is left to the template's <time>."""
    if kind is Bucket.WAITING:
        return "paused"
    if record.status is Status.APPROVED:
        return "going out"
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
