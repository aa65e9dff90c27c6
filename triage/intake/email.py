"""A raw mail into a `Request`: who wants what, what was said before, what a colleague noted above it.

Read this first, then `mime.py` (parts), `body.py` (text), `turns.py` (thread), `forwarded.py` (the ask).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from triage.domain import Channel, FromRole, Request
from triage.errors import BadMail
from triage.intake.body import Body, read_body
from triage.intake.company import guess_company
from triage.intake.forwarded import Conversation, Ours, read_conversation, strip_prefixes
from triage.intake.headers import Headers, Mailbox, read_addresses
from triage.intake.hints import Hints, join_defects, read_hints
from triage.intake.ids import new_request_id
from triage.intake.markers import Origin
from triage.intake.mime import Part, Reading, read_tree
from triage.intake.named import named_customer
from triage.intake.outer import Outer, automatic_reason, copied_colleague, internal_domain, read_outer
from triage.intake.printed import name_and_address
from triage.intake.signature import split_signature
from triage.intake.text import clean_line
from triage.intake.turns import Turn, split_turns

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")
_REFERENCES = 16_000  # characters
_MOST_REFERENCES = 100  # the newest; a thread longer than that is nobody's
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
_NAMED = "The customer was read from the colleague's own words:"


@dataclass(frozen=True)
class ParsedMail:
    """A mail, read: the request it would be, and what is needed to see whether it belongs to another."""

    request: Request
    tree: Part
    files: tuple[Part, ...]  # the parts behind `request.attachments`, row by row
    sender: Mailbox  # of the mail itself, whatever is forwarded in it
    text: str  # all of it, quotes included
    words: str  # the sender's own, without quotes and signature
    turns: tuple[Turn, ...]  # every message in it, newest first
    in_reply_to: str
    references: tuple[str, ...]  # oldest first
    recipients: tuple[str, ...]  # every address it was sent to, as far as its headers say
    automatic: str  # why nobody is waiting for an answer (RFC 3834), "" when a person wrote it


def parse_mail(
    raw: bytes, *, own_domains: frozenset[str] = frozenset(), submitter: str = "", request_id: str = ""
) -> Request:
    """The request in a raw RFC 822 mail; arguments and errors as `read_mail`."""
    return read_mail(raw, own_domains=own_domains, submitter=submitter, request_id=request_id).request


def read_mail(
    raw: bytes, *, own_domains: frozenset[str] = frozenset(), submitter: str = "", request_id: str = ""
) -> ParsedMail:
    """Read a raw RFC 822 mail.

    Args:
        own_domains: lower-case mail domains of our people. Only their forwards are unwrapped; when
            empty, the sender of an evident forward or of an internal mail counts as one of ours.
        submitter: address of the colleague who gets the answer, when the caller knows better.
        request_id: "" makes a new one.

    Raises:
        TooLarge: over 25 MB.
        BadMail: empty, or no mail at all; message and remedy say which.
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
        request = _from_colleague(outer, talk, noted, strip_prefixes(subject))
    else:
        request = _from_customer(outer, talk)
    copied = copied_colleague(mail.headers, own_domains)
    automatic = automatic_reason(mail.headers)
    reading.note(outer.defect)
    reading.note(_automatic(automatic))
    in_reply_to, references = _thread_ids(mail.headers)
    files = dict(zip(body.attachments, body.files, strict=True))  # the same file twice counts once
    request = request.model_copy(
        update={
            "id": request_id or new_request_id(),
            "subject": strip_prefixes(request.subject or subject),
            "submitter": clean_line(submitter).lower() or request.submitter or copied,
            "attachments": tuple(files),
            "message_id": mail.headers.line("message-id", 300),
            "references": references,
            "defects": join_defects(reading.defects, request.defects, (talk.defect,)),
        }
    )
    return ParsedMail(
        request=request,
        tree=mail,
        files=tuple(files.values()),
        sender=outer.sender,
        text=body.text,
        words=split_signature(turns[0].text, outer.sender.name).text,
        turns=tuple(turns),
        in_reply_to=in_reply_to,
        references=references,
        recipients=_recipients(mail.headers),
        automatic=automatic,
    )


def _thread_ids(headers: Headers) -> tuple[str, tuple[str, ...]]:
    """In-Reply-To, and References with it at the end when it is missing there (RFC 5322, 3.6.4)."""
    answered = _MESSAGE_ID.findall(headers.line("in-reply-to", 1000))
    before = _MESSAGE_ID.findall(headers.raw("references")[:_REFERENCES])
    known = dict.fromkeys([*before, *answered[:1]])
    return (answered[0] if answered else ""), tuple(known)[-_MOST_REFERENCES:]


def _recipients(headers: Headers) -> tuple[str, ...]:
    boxes = (box.address for name in _RECIPIENTS for box in read_addresses(headers.raw(name)))
    return tuple(dict.fromkeys(address for address in boxes if address))


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


def _from_colleague(outer: Outer, talk: Conversation, hints: Hints, subject: str) -> Request:
    """A colleague forwarded the customer's words or wrote the request in their own."""
    asker = name_and_address(hints.asker)
    if talk.unwrapped and not any(asker):
        asker = (talk.ask.sender, talk.ask.address)
    known = asker[1] if talk.unwrapped or asker[1] else _mentioned(talk.ask.text, outer)
    guessed = guess_company(talk.signature if talk.unwrapped else "", known, talk.ask.text)
    address = outer.redirected_by or outer.sender.address
    named = ""
    if not talk.unwrapped and not (hints.customer or guessed):
        own = outer.sender.address.rpartition("@")[2]
        named = named_customer(subject, hints.rest, own=own, writer=outer.sender.name)
    return Request(
        id="",
        channel=Channel.EMAIL,
        from_role=FromRole.CUSTOMER if talk.unwrapped else FromRole.SALES,
        subject=talk.ask.subject if talk.unwrapped else "",
        body=talk.ask.text if talk.unwrapped else hints.rest,
        thread=talk.thread,
        forwarder_note=hints.rest if talk.unwrapped else "",
        customer=hints.customer or guessed or named,
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
        defects=(*hints.defects, *([f"{_NAMED} “{named}”; check it."] if named else [])),
    )


def _mentioned(text: str, outer: Outer) -> str:
    """The first address in a colleague's own words that is at another company."""
    domain = outer.sender.address.rpartition("@")[2]
    words = (word for word in text.split() if "@" in word)
    addresses = (name_and_address(word)[1] for word in words)
    return next((address for address in addresses if address and not address.endswith(domain)), "")


def _turns(mail: Part, body: Body, reading: Reading) -> list[Turn]:
    """All messages inside the mail, newest first: those in its text, then those attached to it."""
    turns = split_turns(body.text, strip_prefixes(mail.headers.line("subject")))
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
        body.files += attached.files
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
    elif any(value for _, value in mail.headers.fields):
        reading.note("The mail is empty; ask its sender what it was to say.")
    else:
        raise BadMail(
            "The mail is empty: no header of it says anything, and there is no text.",
            "Send it again with its text, or type the request into the form.",
        )


def _is_colleague(outer: Outer, own_domains: frozenset[str]) -> bool:
    return Ours(own_domains).has(outer.sender.address)


def _automatic(reason: str) -> str:
    return (
        f"This looks like an automatic mail ({reason}); nobody may be waiting for an answer."
        if reason
        else ""
    )
