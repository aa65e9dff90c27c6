"""What was written in a ticket or a chat, read as a mail is: quotes, signatures and forwards taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain import FromRole, Message
from triage.intake.company import guess_company
from triage.intake.form import NewRequest
from triage.intake.forwarded import Conversation, read_conversation, strip_prefixes
from triage.intake.headers import Mailbox
from triage.intake.hints import read_hints
from triage.intake.limits import MAX_TEXT
from triage.intake.plus import is_ours
from triage.intake.providers.payload import Json, text_at
from triage.intake.signature import split_signature
from triage.intake.text import clean_line
from triage.intake.turns import split_turns

_HEADLINE = 80  # characters
_NAMED = 5  # files
_SENTENCE_END = re.compile(r"[.!?](?=\s)")


@dataclass(frozen=True)
class Unwrapped:
    """A request with what was quoted or forwarded below it in its own place."""

    fields: NewRequest
    thread: tuple[Message, ...] = ()
    forwarder_note: str = ""
    forwarded_by: str = ""
    defects: tuple[str, ...] = ()


def unwrap(fields: NewRequest, own_domains: frozenset[str]) -> Unwrapped:
    """The request in `fields.body`, of which `asker_name` and `asker_address` are the writer.

    A colleague who forwarded a customer's mail into the help desk becomes the submitter.
    """
    outer = Mailbox(fields.asker_name, fields.asker_address)
    subject = strip_prefixes(fields.subject)
    turns = split_turns(fields.body, subject)
    talk = read_conversation(turns, outer, fields.subject, own_domains, noted=False)
    fields = fields.model_copy(update={"subject": subject})
    if talk.unwrapped:
        return _forwarded(fields, talk)
    guessed = guess_company(talk.signature, fields.asker_address, talk.ask.text)
    change = {"body": talk.ask.text or fields.body, "customer": fields.customer or guessed}
    return Unwrapped(fields.model_copy(update=change), talk.thread, defects=_defects(talk))


def own_words(text: str, name: str = "") -> str:
    """The newest message in a text, without quotes and signature; the whole text when there is no such."""
    text = text[:MAX_TEXT].strip()
    return split_signature(split_turns(text)[0].text, name).text or text


def is_echo(words: str, address: str, *, mail_from: str, base_url: str) -> bool:
    """True for our own mail or note, come back as a comment: it is from our address, or ends in a line
    such as "The whole answer: " with the link to a request."""
    link = rf"^[^\n:]{{1,40}}: {re.escape(base_url)}/requests/\S{{1,80}}\s*$"
    return is_ours(address, mail_from) or bool(re.search(link, words, re.MULTILINE))


def left_behind(files: Sequence[Json], system: str) -> tuple[str, ...]:
    """A word about files that a call only names."""
    names = [clean_line(text_at(file, "filename", "name", "title"), 80) or "a file" for file in files]
    if not names:
        return ()
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (f"Files stay in {system} and were not read: {', '.join(names[:_NAMED])}{more}.",)


def headline(text: str) -> str:
    """The first sentence of a text, at most 80 characters, as a subject for what has none."""
    line = clean_line(next((line for line in text.split("\n") if line.strip()), ""), 500)
    end = _SENTENCE_END.search(line)
    sentence = line[: end.end()] if end else line
    if len(sentence) <= _HEADLINE:
        return sentence
    return sentence[:_HEADLINE].rpartition(" ")[0] + "…"


def _forwarded(fields: NewRequest, talk: Conversation) -> Unwrapped:
    hints = read_hints(talk.note, anywhere=True)
    ask = talk.ask
    guessed = guess_company(talk.signature, ask.address, ask.text)
    noted = fields.deal_value is None and hints.deal_value is not None
    change = {
        "subject": ask.subject or fields.subject,
        "body": ask.text,
        "asker_name": ask.sender,
        "asker_address": ask.address,
        "customer": hints.customer or guessed or fields.customer,
        "submitter": fields.asker_address or fields.submitter,
        "from_role": FromRole.CUSTOMER,
        "deal_value": hints.deal_value if noted else fields.deal_value,
        "deal_currency": (hints.deal_currency or "EUR") if noted else fields.deal_currency,
        "need_by": fields.need_by or hints.need_by,
        "need_by_reason": fields.need_by_reason or hints.need_by_reason,
        "already_said": fields.already_said or hints.already_said,
        "product_area": fields.product_area or hints.product_area,
    }
    return Unwrapped(
        fields.model_copy(update=change),
        thread=talk.thread,
        forwarder_note=hints.rest,
        forwarded_by=fields.asker_address,
        defects=(*_defects(talk), *hints.defects),
    )


def _defects(talk: Conversation) -> tuple[str, ...]:
    return (talk.defect,) if talk.defect else ()
