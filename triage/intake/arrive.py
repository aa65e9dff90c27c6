"""The one door for mails: a new request, a reply to one, or something to put aside.

    raw mail ─▶ read ─▶ seen before? ─▶ ours, a bounce, an auto-reply? ─▶ whose thread? ─┬▶ reply
                                                                                          └▶ new request

What is accepted here is committed together with the bytes as they came. What comes as fields instead of a
mail goes through `calls.py`; whose thread it is says `threads.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from triage.domain import LaterMail, Status
from triage.errors import BadInput, Conflict, TriageError
from triage.intake.accept import accept_request
from triage.intake.bounces import Bounce, read_bounce
from triage.intake.email import ParsedMail, read_mail
from triage.intake.loops import auto_reply, came_back
from triage.intake.markers import Origin
from triage.intake.threads import add_mail, record_or_none, takes_part, thread_of
from triage.intake.trace import with_message_id
from triage.intake.turns import Turn
from triage.records.received import Incoming
from triage.records.text import digest

if TYPE_CHECKING:
    from triage.bootstrap import Services


@dataclass(frozen=True)
class Arrival:
    """What became of something that came in. `request_id`: "" when it is on no request."""

    outcome: Literal["request", "reply", "automatic", "bounce", "own", "ignored"]
    request_id: str = ""
    duplicate: bool = False
    reason: str = ""


def accept_mail(
    services: Services,
    raw: bytes,
    *,
    channel: str,
    submitter: str = "",
    recipients: Sequence[str] = (),
) -> Arrival:
    """Take one raw mail in; returns after commit.

    Args:
        channel: the way it came: "http", "imap", "smtp", or a provider's name.
        submitter: the colleague who gets the answer, when the caller knows better than the mail.
        recipients: the envelope's, when known; those in the headers count too.

    Raises:
        BadMail, TooLarge: it cannot be read; nothing was kept.
    """
    raw = with_message_id(raw)
    mail = read_mail(raw, own_domains=services.settings.own_domains, submitter=submitter)
    incoming = _incoming(mail, raw, channel)
    seen = services.store.copy_of(incoming)
    if seen:
        return Arrival(_outcome(seen.kind), seen.request_id, duplicate=True)
    request_id = thread_of(services, mail, recipients)
    if came_back(mail, services.settings.mail_from):
        services.store.put_aside(incoming, "automatic", "Our own mail came back.")
        return Arrival("own", request_id, reason="Our own mail came back.")
    bounce = read_bounce(mail.tree)
    if bounce:
        return _bounced(services, incoming, bounce)
    landed = _on_its_request(services, mail, incoming, request_id)
    if landed is None and auto_reply(mail.tree.headers):
        services.store.put_aside(incoming, "automatic", f"Nobody wrote this: {mail.automatic}.", request_id)
        return Arrival("automatic", request_id, reason=mail.automatic)
    return landed or _new_request(services, mail, incoming)


def accept_aside(services: Services, received_id: int) -> Arrival:
    """Make a request of what was put aside, because a person says it is one. Again: the same request.

    Raises:
        BadMail, TooLarge: it still cannot be read.
        NotFound: no such mail.
    """
    info = services.store.received_info(received_id)
    if info.request_id:
        return Arrival("request", info.request_id, duplicate=True)
    raw = services.store.raw(received_id)
    mail = read_mail(raw, own_domains=services.settings.own_domains)
    incoming = _incoming(mail, raw, info.channel, put_aside=received_id)
    return _new_request(services, mail, incoming, f"aside:{received_id}")


def refuse_mail(services: Services, raw: bytes, error: TriageError, *, channel: str) -> int:
    """Keep a mail that cannot be read, or comes too late, where nobody can be told so.

    Returns its number among the received. One that was taken before is not kept again.
    """
    with suppress(BadInput):
        mail = read_mail(raw, own_domains=services.settings.own_domains)
        seen = services.store.copy_of(_incoming(mail, raw, channel))
        if seen:
            return seen.id
    key = hashlib.sha256(raw).hexdigest()
    incoming = Incoming(raw=raw, channel=channel, message_id=f"sha256:{key}", digest=key)
    return services.store.put_aside(incoming, "refused", str(error))


def _incoming(mail: ParsedMail, raw: bytes, channel: str, put_aside: int = 0) -> Incoming:
    return Incoming(
        raw=raw,
        channel=channel,
        message_id=mail.request.message_id,
        digest=digest(mail.request.text()),
        files=mail.request.attachments,
        put_aside=put_aside,
    )


def _on_its_request(
    services: Services, mail: ParsedMail, incoming: Incoming, request_id: str
) -> Arrival | None:
    record = record_or_none(services, request_id) if request_id else None
    if record is None or record.status is Status.CLOSED:
        return None
    automatic = mail.automatic if auto_reply(mail.tree.headers) else ""
    sender = mail.tree.headers.mailbox("from")
    later = LaterMail(
        id=0,
        request_id=request_id,
        sender=sender.name,
        address=sender.address,
        text=_said_now(mail) or mail.text,
        attachments=mail.request.attachments,
        known=takes_part(services, record, sender.address),
        automatic=automatic,
    )
    try:
        add_mail(services, incoming, later, record, mail.text)
    except Conflict:  # closed just now
        return None
    return Arrival("automatic" if automatic else "reply", request_id, reason=automatic)


def _said_now(mail: ParsedMail) -> str:
    """The sender's own words and what they pass on with them, but not the thread they answer."""
    passed_on = [turn for turn in mail.turns[1:] if turn.origin in (Origin.FORWARD, Origin.ATTACHED)]
    told = [f"{_told_by(turn)}\n{turn.text}".strip() for turn in passed_on if turn.text]
    return "\n\n".join(part for part in (mail.words, *told) if part)


def _told_by(turn: Turn) -> str:
    return ", ".join(filter(None, (turn.sender or turn.address, turn.sent))) + ":"


def _bounced(services: Services, incoming: Incoming, bounce: Bounce) -> Arrival:
    """A report on a mail of ours is a trouble of that mail; a report on anything else is put aside."""
    ours = services.outgoing.id_of([bounce.message_id]) if bounce.message_id else ""
    request_id = services.store.request_of([bounce.message_id])
    said = _reported(bounce)
    services.store.put_aside(incoming, "bounce", said, request_id)
    if ours and bounce.action == "failed":
        services.outgoing.bounced(ours, said)
    return Arrival("bounce", request_id, reason=said)


def _reported(bounce: Bounce) -> str:
    told = [
        " ".join(filter(None, (failure.recipient, failure.status, failure.diagnostic)))
        for failure in bounce.failures
    ]
    return f"Delivery report, {bounce.action}: {'; '.join(told) or 'for whom it does not say'}"[:500]


def _new_request(
    services: Services, mail: ParsedMail, incoming: Incoming, idempotency_key: str = ""
) -> Arrival:
    request = mail.request
    earlier = services.store.request_of([mail.in_reply_to, *reversed(mail.references)])
    if earlier:
        request = request.model_copy(update={"follows": earlier})
        incoming = replace(incoming, threads=(mail.in_reply_to, *mail.references))
    accepted = accept_request(
        services,
        request,
        idempotency_key=idempotency_key,
        incoming=incoming,
        receipt=partial(services.letters.receipt, automatic=_unanswerable(mail)),
    )
    return Arrival("request", accepted.id, duplicate=accepted.duplicate)


def _unanswerable(mail: ParsedMail) -> str:
    """Why no automatic mail may answer it: nobody wrote it, or it asks for none."""
    asks_none = mail.tree.headers.has("x-auto-response-suppress", "list-id", "list-unsubscribe")
    return mail.automatic or ("it asks for no automatic answer" if asks_none else "")


def _outcome(kind: str) -> Literal["request", "reply", "automatic", "bounce"]:
    known: dict[str, Literal["request", "reply", "automatic", "bounce"]] = {
        "reply": "reply",
        "automatic": "automatic",
        "bounce": "bounce",
    }
    return known.get(kind, "request")
