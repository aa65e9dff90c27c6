"""The words of the mails that the clock sends: one for each person and part, with every request in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum

from triage.clock import Team, explain_due, spoken
from triage.domain import OutgoingMessage, RequestRecord
from triage.mail_parts import Link, Points, Says, as_html, as_text, one_line
from triage.mail_parts import Part as MailPart

_MOST_LISTED = 20
_NOTHING_BY_ITSELF = "No answer goes out by itself, however late it is: silence never becomes an answer."


class Part(StrEnum):
    """As what somebody is told."""

    REVIEWER = "reviewer"
    DEPUTY = "deputy"
    NAMED = "named"  # for breached deadlines

    @property
    def kind(self) -> str:
        """The kind of mail."""
        return "reminder" if self is Part.REVIEWER else "escalation"

    @property
    def event(self) -> str:
        """The kind of event on the trail."""
        return "reminded" if self is Part.REVIEWER else "escalated"


@dataclass(frozen=True)
class Notice:
    """One request that one person is told about."""

    key: str  # begins with request, stage and deadline
    part: Part
    to: str  # address, "" when there is nobody to tell
    record: RequestRecord
    team: Team
    names: dict[str, str]  # what to call people, by address

    @property
    def mail_id(self) -> str:
        """Fixed, so that a repeat is recognised: "r-01k9x2m4pq.reminder.soon.20260309T102000.3fa9c1"."""
        request_id, stage, deadline = self.key.split(".")[:3]
        whose = hashlib.sha256(self.to.encode()).hexdigest()[:6]
        return f"{request_id}.{self.part.kind}.{stage}.{deadline}.{whose}"

    @property
    def detail(self) -> str:
        """What the trail says, after "the service"."""
        due = self.team.calendar.local(self.record.due) if self.record.due else ""
        if not self.to:
            return f"had {_NOBODY[self.part]}, due {due}"
        if self.part is Part.REVIEWER:
            return f"reminded {self.to}: due {due}"
        whom = "the deputy " if self.part is Part.DEPUTY else ""
        return f"told {whom}{self.to} that it was due {due}"


_NOBODY = {
    Part.REVIEWER: "no reviewer to remind",
    Part.DEPUTY: "no deputy to tell",
    Part.NAMED: "nobody to tell of the breach",
}


def mails_of(
    notices: Iterable[Notice], now: datetime, base_url: str, mail_from: str
) -> list[OutgoingMessage]:
    """One mail for each person and part, with the most urgent request first, as the notices come."""
    grouped: dict[tuple[str, Part], list[Notice]] = {}
    for notice in notices:
        if notice.to:
            grouped.setdefault((notice.to, notice.part), []).append(notice)
    return [_mail(group, now, base_url, mail_from) for group in grouped.values()]


def _mail(group: Sequence[Notice], now: datetime, base_url: str, mail_from: str) -> OutgoingMessage:
    first = group[0]
    parts: list[MailPart] = [
        Says(_opening(group, now)),
        *_requests(group, now, base_url),
        Says(_what_helps(first.part)),
        Says(_NOTHING_BY_ITSELF),
    ]
    subject = _subject(group, now)
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return OutgoingMessage(
        id=first.mail_id,
        request_id=first.record.request.id,
        kind=first.part.kind,
        to=first.to,
        subject=subject,
        text=as_text(parts),
        html=as_html(parts, subject),
        message_id=f"<{first.mail_id}@{domain}>",
    )


def _subject(group: Sequence[Notice], now: datetime) -> str:
    if len(group) > 1:
        late = sum(_is_late(notice, now) for notice in group)
        number = f"{late} overdue" if late == len(group) else f"{len(group)} due soon"
        return (
            f"{number if late in (0, len(group)) else f'{len(group)} due soon or overdue'}: answers to sales"
        )
    [notice] = group
    title = one_line(notice.record.request.subject) or one_line(notice.record.ask) or "a request"
    if notice.part is Part.NAMED:
        return f"Still without an answer: {title}"
    if _is_late(notice, now):
        return f"Overdue: {title}"
    return f"Due in {_left(notice, now)}: {title}"


def _opening(group: Sequence[Notice], now: datetime) -> str:
    these = "This request" if len(group) == 1 else f"These {len(group)} requests"
    first = group[0]
    if first.part is Part.REVIEWER:
        return f"{these} {'waits' if len(group) == 1 else 'wait'} for your answer."
    past = "is" if len(group) == 1 else "are"
    if first.part is Part.DEPUTY:
        return (
            f"{these} {past} past the time we said we would answer. You are the deputy; "
            "perhaps you can help out."
        )
    return f"{these} {past} long past the time we said we would answer, and sales still waits."


def _requests(group: Sequence[Notice], now: datetime, base_url: str) -> list[MailPart]:
    if len(group) == 1:
        [notice] = group
        why = explain_due(notice.record, notice.team, now)
        return [
            Says(f"{_title(notice)} {_stands(notice, now)}."),
            Link("Open it", _page(notice, base_url)),
            Says(why, small=True),
        ]
    listed = [
        (f"{_title(notice)} {_stands(notice, now)}", _page(notice, base_url))
        for notice in group[:_MOST_LISTED]
    ]
    more = len(group) - len(listed)
    said: list[MailPart] = [Points("", listed)]
    return [*said, Says(f"And {more} more: {base_url}/review")] if more else said


def _stands(notice: Notice, now: datetime) -> str:
    """How its clock stands, and for others than the reviewer who has it."""
    calendar, due = notice.team.calendar, notice.record.due
    assert due is not None  # only what has one presses
    if due < now:
        said = f"was due {calendar.local(due)}, {spoken(calendar.elapsed(due, now))} of business time ago"
    else:
        said = f"is due {calendar.local(due)}, in {_left(notice, now)}"
    if notice.part is Part.REVIEWER:
        return said
    return f"{said}; {notice.names.get(notice.record.reviewer, notice.record.reviewer) or 'nobody'} has it"


def _what_helps(part: Part) -> str:
    if part is Part.REVIEWER:
        return (
            "If something is missing, ask from that page: the clock stands still until the reply. "
            "If somebody else should answer, hand it over there."
        )
    if part is Part.DEPUTY:
        return (
            "It stays where it is until you press “Take it over” on the page. A word with the reviewer may "
            "be enough."
        )
    return (
        "A word with the reviewer usually helps: something may be in the way. On the page it can be handed "
        "to somebody who has the time."
    )


def _title(notice: Notice) -> str:
    request = notice.record.request
    title = one_line(request.subject) or one_line(notice.record.ask) or "A request"
    customer = one_line(request.customer)
    return f"“{title}”{f' from {customer}' if customer else ''}"


def _left(notice: Notice, now: datetime) -> str:
    due = notice.record.due
    return spoken(notice.team.calendar.elapsed(now, due)) if due else ""


def _is_late(notice: Notice, now: datetime) -> bool:
    return notice.record.due is not None and notice.record.due < now


def _page(notice: Notice, base_url: str) -> str:
    return f"{base_url}/review/{notice.record.request.id}"
