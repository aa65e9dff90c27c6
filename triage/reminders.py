"""Whom the clock tells what, and when (P4): calm mails, each once, in the working hours of the team.

    less than 4 business hours left   the reviewer
    overdue                           the reviewer and the deputy
    breached                          the person named for it

What presses and has a reviewer who is away goes to the deputy, and the trail says so. Otherwise nothing is
taken from anybody: the mail has a link to the page where a deputy can take it over. Nothing is ever answered
because time has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from triage.clock import SOON, Team
from triage.domain import RequestRecord, Role, Status
from triage.records.reminding import Pressing, Telling
from triage.reminder_mails import Notice, Part, mails_of

if TYPE_CHECKING:
    from triage.bootstrap import Services

MOST_AT_ONCE = 200  # requests; the others come in the next round
_IN_HAND = (Status.IN_REVIEW, Status.PARKED)


class Stage(StrEnum):
    """How far it has come."""

    SOON = "soon"
    OVERDUE = "overdue"
    BREACH = "breach"


@dataclass(frozen=True)
class _Due:
    """A request of which something has to be told."""

    record: RequestRecord
    team: Team
    stage: Stage
    first: bool  # nobody heard of this stage yet, under another reviewer either


def remind(services: Services, now: datetime) -> int:
    """Tell whoever has to know what is due soon, overdue or far too late; returns how many mails that made.

    Again at once: nothing more. One person gets one mail of each kind, however many requests it names.
    """
    if not services.settings.reminders:
        return 0
    found = list(islice(_untold(services, now), MOST_AT_ONCE))
    names = services.people.names()
    notices = [notice for due in found for notice in _notices(services, due, names)]
    if not notices:
        return 0
    mails = mails_of(notices, now, services.settings.base_url, services.settings.mail_from)
    tellings = [_telling(notice) for notice in notices]
    return len(mails) if services.store.tell(tellings, mails) else 0


def stages_of(pressing: Pressing, team: Team, now: datetime) -> tuple[Stage, ...]:
    """What there is to tell about a request at `now`; nothing while nobody works."""
    if not team.calendar.is_open(now):
        return ()
    if now > pressing.due:
        breached = pressing.breach is not None and now > pressing.breach
        return (Stage.OVERDUE, Stage.BREACH) if breached else (Stage.OVERDUE,)
    return (Stage.SOON,) if team.calendar.elapsed(now, pressing.due) < SOON else ()


def _untold(services: Services, now: datetime) -> Iterator[_Due]:
    """The most urgent first. What somebody is working on just now needs no reminder that it is due soon."""
    store, teams = services.store, services.teams
    pressing = store.pressing(max(teams.soon(now).values()))
    staged = [(one, stage) for one in pressing for stage in stages_of(one, teams.named(one.team), now)]
    told = store.told({key for one, stage in staged for key in _keys(one, stage)})
    present = services.people.present()
    for one, stage in staged:
        everybody, own = _keys(one, stage)
        if own in told and one.reviewer in present:
            continue
        record = _with_somebody_present(services, store.record(one.id), now)
        if record.status not in _IN_HAND or (stage is Stage.SOON and record.held(now)):
            continue
        if own not in told or record.reviewer != one.reviewer:
            yield _Due(record, teams.of(record), stage, first=everybody not in told)


def _with_somebody_present(services: Services, record: RequestRecord, now: datetime) -> RequestRecord:
    """The request with a reviewer who is there; P3 names one for each, and a deputy for absence."""
    people = services.people
    if record.status not in _IN_HAND or record.held(now) or record.reviewer in people.present():
        return record
    chosen = people.reviewer_for(record.request.product_area)
    if not chosen:
        return record
    away = people.names().get(record.reviewer, record.reviewer)
    because = f"because {away} is away" if record.reviewer else "because nobody was"
    services.store.assign(record.request.id, chosen, "", because=because)
    return services.store.record(record.request.id)


def _notices(services: Services, due: _Due, names: dict[str, str]) -> Iterator[Notice]:
    """Who is told; at least one, so that nobody asks again, even when there is nobody to tell."""
    record, reviewer = due.record, due.record.reviewer
    deadline = record.breach if due.stage is Stage.BREACH else record.due
    assert deadline is not None  # or there were no stage
    everybody, own = _stage_keys(record.request.id, due.stage, deadline, reviewer)

    def notice(part: Part, to: str, key: str) -> Notice:
        return Notice(key, part, to, record, due.team, names)

    if due.stage is Stage.BREACH:
        named = [to for to in _named(services, due.team) if to != reviewer]
        yield from (notice(Part.NAMED, to, everybody) for to in named or [""])
        return
    yield notice(Part.REVIEWER, reviewer, own)
    if due.first and due.stage is Stage.OVERDUE:
        deputy = services.people.deputy_for(record.request.product_area, reviewer)
        yield notice(Part.DEPUTY, deputy, everybody)


def _named(services: Services, team: Team) -> Iterable[str]:
    if team.escalate_to:
        return [team.escalate_to]
    present = services.people.present()
    admins = [person for person in services.people.everyone() if person.role is Role.ADMIN]
    return [admin.address for admin in admins if admin.address in present]


def _telling(notice: Notice) -> Telling:
    due = notice.record.due
    assert due is not None  # only what has one presses
    return Telling(
        key=notice.key,
        request_id=notice.record.request.id,
        due=due,
        kind=notice.part.event,
        detail=notice.detail,
    )


def _keys(one: Pressing, stage: Stage) -> tuple[str, str]:
    deadline = one.breach if stage is Stage.BREACH and one.breach else one.due
    return _stage_keys(one.id, stage, deadline, one.reviewer)


def _stage_keys(request_id: str, stage: Stage, deadline: datetime, reviewer: str) -> tuple[str, str]:
    """Of what is told once for a request, stage and deadline, and of what each of its reviewers is told."""
    key = f"{request_id}.{stage}.{deadline:%Y%m%dT%H%M%S}"
    return (key, key) if stage is Stage.BREACH else (key, f"{key}.{reviewer}")
