"""Which request something belongs to that came in, and how it gets there.

A mail's thread is found by In-Reply-To, then References from the newest back, then the signed plus-address;
what comes from a record of another system, by that record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage.domain import DecisionKind, LaterMail, RequestRecord, Source, Status
from triage.errors import NotFound
from triage.intake.answers import Asked, only_thanks, read_answers
from triage.intake.email import ParsedMail
from triage.intake.forwarded import Ours
from triage.intake.plus import KEY, request_in
from triage.records.received import Incoming

if TYPE_CHECKING:
    from triage.bootstrap import Services


def thread_of(services: Services, mail: ParsedMail, recipients: Sequence[str]) -> str:
    """The id of the request the mail answers, "" when it answers none. `recipients`: of its envelope."""
    named = services.store.request_of([mail.in_reply_to, *reversed(mail.references)])
    signs = [address for address in (*recipients, *mail.recipients) if "+" in address]
    if named or not signs:
        return named
    signed = request_in(signs, services.settings.mail_from, services.store.own_key(KEY))
    return signed if signed and record_or_none(services, signed) else ""


def from_same_record(services: Services, source: Source | None) -> RequestRecord | None:
    """The request that came from this record before, if one did."""
    request_id = services.store.request_of([record_key(source)]) if source and source.id else ""
    return record_or_none(services, request_id) if request_id else None


def add_mail(
    services: Services, incoming: Incoming, later: LaterMail, record: RequestRecord, text: str
) -> RequestRecord:
    """Put it on the request, with the effect it has there; `text` is all of it, quotes included.

    Answers count from whoever takes part; what others write is kept and shown, and moves nothing.
    Raises Conflict when the request is closed.
    """
    store, teams = services.store, services.teams
    moves = later.known and not later.automatic
    if record.status is Status.ANSWERED and only_thanks(later.text):
        moves = False
    answers = read_answers(text, later.text, _asked(services, record)) if moves else ()
    again = teams.of(record).deadlines(datetime.now(UTC))
    return store.add_mail(incoming, later, answers=answers, moves=moves, resume=teams.resumed, again=again)


def takes_part(services: Services, record: RequestRecord, address: str) -> bool:
    """True for our own people and for whoever is on the request already. A guess: a sender proves nothing."""
    request = record.request
    people = {request.submitter, request.forwarded_by, request.asker_address, record.reviewer}
    people |= {mail.address for mail in request.later if mail.known}
    return Ours(services.settings.own_domains).has(address) or (bool(address) and address in people)


def record_or_none(services: Services, request_id: str) -> RequestRecord | None:
    """The request, if there is one."""
    try:
        return services.store.record(request_id)
    except NotFound:
        return None


def record_key(source: Source) -> str:
    """What stands for a Message-ID where a record is the thread."""
    return f"{source.provider}:{source.kind}:{source.id}"


def _asked(services: Services, record: RequestRecord) -> list[Asked]:
    """The open questions with the numbers they had in our mail."""
    if record.status is not Status.WAITING:
        return []
    asks = [d for d in services.store.decisions(record.request.id) if d.kind is DecisionKind.ASK]
    numbers = {text: number for number, text in enumerate(asks[-1].questions, 1)} if asks else {}
    still_open = services.store.asked(record.request.id)
    return [Asked(numbers.get(q.question, 0), q.id, q.question) for q in still_open]
