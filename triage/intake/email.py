"""A raw mail into a `Request`: who wants what, what was said before, what a colleague noted above it.

Read this first, then `mime.py` (parts), `body.py` (text), `turns.py` (thread), `forwarded.py` (the ask).
"""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from triage.domain import Attachment, Channel, FromRole, Request
from triage.errors import BadMail
from triage.intake.body import Body, read_body
from triage.intake.company import guess_company
from triage.intake.forwarded import Conversation, Ours, read_conversation, strip_prefixes
from triage.intake.hints import Hints, join_defects, read_hints
from triage.intake.ids import new_request_id
from triage.intake.markers import Origin, name_and_address
from triage.intake.mime import Part, Reading, read_tree
from triage.intake.outer import Outer, automatic_reason, copied_colleague, internal_domain, read_outer
from triage.intake.text import clean_line
from triage.intake.turns import Turn, split_turns


def parse_mail(
    raw: bytes, *, own_domains: frozenset[str] = frozenset(), submitter: str = "", request_id: str = ""
) -> Request:
    """Read a raw RFC 822 mail.

    Args:
        own_domains: lower-case mail domains of our people. Only their forwards are unwrapped; when
            empty, the sender of an evident forward or of an internal mail counts as one of ours.
        submitter: address of the colleague who gets the answer, when the caller knows better.
        request_id: "" makes a new one.

    Raises:
        TooLarge: over 25 MB.
        BadMail: empty, no mail, or over a cap; message and remedy say which.
    """
    reading = Reading()
    mail = read_tree(raw, reading)
    body = read_body(mail, reading)
    _check_content(mail, body, reading)
    own_domains = own_domains or internal_domain(mail.headers)
    outer = read_outer(mail.headers, own_domains)
    turns = _turns(mail, body, reading)
    hints = read_hints(turns[0].text, anywhere=len(turns) > 1)
    subject = mail.headers.line("subject")
    talk = read_conversation(turns, outer.sender, subject, own_domains, noted=hints.found())
    if talk.unwrapped or _is_colleague(outer, own_domains) or (hints.found() and not own_domains):
        noted = read_hints(talk.note if talk.unwrapped else talk.ask.text, anywhere=True)
        request = _from_colleague(outer, talk, noted)
    else:
        request = _from_customer(outer, talk)
    copied = copied_colleague(mail.headers, own_domains)
    reading.note(outer.defect)
    reading.note(_automatic(mail))
    return request.model_copy(
        update={
            "id": request_id or new_request_id(),
            "subject": strip_prefixes(request.subject or subject),
            "submitter": clean_line(submitter).lower() or request.submitter or copied,
            "attachments": tuple(_unique(body.attachments)),
            "message_id": mail.headers.line("message-id", 300),
            "defects": join_defects(reading.defects, request.defects, (talk.defect,)),
        }
    )


def _from_customer(outer: Outer, talk: Conversation) -> Request:
    """The asker wrote to us, perhaps redirected unchanged by a colleague."""
    return Request(
        id="",
        channel=Channel.EMAIL,
        from_role=FromRole.CUSTOMER,
        body=talk.ask.text,
        thread=talk.thread,
        customer=guess_company(talk.signature, outer.sender.address, talk.ask.text),
        asker_name=outer.sender.name,
        asker_address=outer.sender.address,
        submitter=outer.redirected_by,
        forwarded_by=outer.redirected_by,
    )


def _from_colleague(outer: Outer, talk: Conversation, hints: Hints) -> Request:
    """A colleague forwarded the customer's words or wrote the request in their own."""
    asker = name_and_address(hints.asker)
    if talk.unwrapped and not any(asker):
        asker = (talk.ask.sender, talk.ask.address)
    known = asker[1] if talk.unwrapped or asker[1] else _mentioned(talk.ask.text, outer)
    guessed = guess_company(talk.signature if talk.unwrapped else "", known, talk.ask.text)
    address = outer.redirected_by or outer.sender.address
    return Request(
        id="",
        channel=Channel.EMAIL,
        from_role=FromRole.CUSTOMER if talk.unwrapped else FromRole.SALES,
        subject=talk.ask.subject if talk.unwrapped else "",
        body=talk.ask.text if talk.unwrapped else hints.rest,
        thread=talk.thread,
        forwarder_note=hints.rest if talk.unwrapped else "",
        customer=hints.customer or guessed,
        asker_name=clean_line(asker[0], 200),
        asker_address=asker[1],
        submitter=address,
        forwarded_by=address if talk.unwrapped else "",
        product_area=hints.product_area,
        deal_value=hints.deal_value,
        deal_currency=hints.deal_currency or "EUR",
        need_by=hints.need_by,
        need_by_reason=hints.need_by_reason,
        already_said=hints.already_said,
        defects=tuple(hints.defects),
    )


def _mentioned(text: str, outer: Outer) -> str:
    """The first address in a colleague's own words that is at another company."""
    domain = outer.sender.address.rpartition("@")[2]
    words = (word for word in text.split() if "@" in word)
    addresses = (name_and_address(word)[1] for word in words)
    return next((address for address in addresses if address and not address.endswith(domain)), "")


def _turns(mail: Part, body: Body, reading: Reading) -> list[Turn]:
    """All messages inside the mail, newest first: those in its text, then those attached to it."""
    turns = split_turns(body.text)
    for part in sorted(body.mails, key=_sent_time, reverse=True):
        attached = read_body(part, reading)
        sender = part.headers.mailbox("from")
        newest, *older = _turns(part, attached, reading)
        first = Turn(
            origin=Origin.ATTACHED,
            sender=sender.name,
            address=sender.address,
            sent=part.headers.line("date", 100),
            subject=part.headers.line("subject"),
            text=newest.text,
        )
        turns += [first, *older]
        body.attachments += attached.attachments
    return turns


def _sent_time(part: Part) -> float:
    try:
        return parsedate_to_datetime(part.headers.line("date", 100)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return 0.0  # undated mails count as oldest


def _check_content(mail: Part, body: Body, reading: Reading) -> None:
    """Nothing at all is refused; anything else is kept, with a word about what is missing."""
    subject = mail.headers.line("subject")
    if body.text.strip() or body.mails:
        return
    if body.attachments:
        names = ", ".join(attachment.name for attachment in body.attachments[:5])
        reading.note(f"The mail has no text, only an attachment: {names}. Open it to see what is asked.")
    elif subject:
        reading.note("The mail has no text, only a subject.")
    else:
        raise BadMail(
            "The mail has no subject, no text and no attachment.",
            "Send it again with its text, or type the request into the form.",
        )


def _is_colleague(outer: Outer, own_domains: frozenset[str]) -> bool:
    return Ours(own_domains).has(outer.sender.address)


def _automatic(mail: Part) -> str:
    reason = automatic_reason(mail.headers)
    return (
        f"This looks like an automatic mail ({reason}); nobody may be waiting for an answer."
        if reason
        else ""
    )


def _unique(attachments: Sequence[Attachment]) -> list[Attachment]:
    return list(dict.fromkeys(attachments))
