"""A request as it was received."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from pydantic import Field

from triage.domain.words import Channel, FromRole, Frozen

SAYS_LITTLE = 60  # words: a mail below that leaves what is asked to its files
FILES_ASK = 6_000  # characters of the files, two pages, that then count like the mail's own
FILES_ASIDE = 1_500  # characters that are searched for a date and the like when the mail says what is asked


class Attachment(Frozen):
    """A file that came with the request; of its content only the words are here."""

    name: str
    media_type: str = "application/octet-stream"
    size: int = 0  # bytes
    text: str = ""  # the words found in it, within caps
    trouble: str = ""  # why there are none, or not all


class Message(Frozen):
    """One message of the thread a request was forwarded from, oldest first in `Request.thread`."""

    sender: str = ""  # display name, or address when there is none
    address: str = ""
    sent: str = ""  # as written in the mail: may be in any language
    text: str = ""


class LaterMail(Frozen):
    """A mail that came in on a request after it was accepted."""

    id: int  # of the mail as received
    request_id: str
    sender: str = ""  # display name
    address: str = ""
    text: str = ""  # the new words alone, without quotes and signature
    attachments: tuple[Attachment, ...] = ()
    known: bool = False  # the sender took part before, or is one of ours
    automatic: str = ""  # why nobody wrote it, e.g. an out-of-office reply
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Source(Frozen):
    """The record of another system that a request came from, so that the answer finds its way back."""

    provider: str  # "hubspot", "zendesk", …
    kind: str = ""  # in the system's own words: "deal", "ticket", "conversation"
    id: str = ""
    url: str = ""  # where people open it


class Who(Frozen):
    """Whom a request is from, as read from the mail: a guess that a reviewer may correct."""

    customer: str = ""  # company
    asker_name: str = ""
    asker_address: str = ""
    forwarded_by: str = ""  # address


class Request(Frozen):
    """What a customer wants, as it was received. Never changed after acceptance."""

    id: str
    channel: Channel = Channel.EMAIL
    from_role: FromRole = FromRole.CUSTOMER
    subject: str = ""
    body: str = ""  # the asker's own words, quotes and signature cut off
    thread: tuple[Message, ...] = ()  # earlier messages below the body, oldest first
    forwarder_note: str = ""  # what our own colleague wrote above a forwarded mail
    customer: str = ""  # company
    asker_name: str = ""
    asker_address: str = ""
    submitter: str = ""  # address of the colleague who gets the answer
    forwarded_by: str = ""  # address, when it came as a forward
    product: str = ""  # one sentence on what the product is, when known
    product_area: str = ""
    deal_value: float | None = None
    deal_currency: str = "EUR"
    need_by: date | None = None
    need_by_reason: str = ""
    already_said: str = ""  # what the submitter says was already told to the customer
    attachments: tuple[Attachment, ...] = ()
    message_id: str = ""  # of the mail it came from
    references: tuple[str, ...] = ()  # Message-IDs of the mails before it in its thread, oldest first
    source: Source | None = None
    follows: str = ""  # id of an earlier, closed request that this one goes on from
    later: tuple[LaterMail, ...] = ()  # what was written on it since, oldest first
    defects: tuple[str, ...] = ()  # what was wrong with the mail and how it was survived
    received: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def who(self) -> Who:
        """Whom it is from."""
        return Who(**{name: getattr(self, name) for name in Who.model_fields})

    @property
    def files(self) -> tuple[Attachment, ...]:
        """Every file that came with it or later and has words in it, oldest first."""
        return self._files(mail for mail in self.later if not mail.automatic)

    def text(self) -> str:
        """Everything a reader may draw on: subject, note, body, thread, what was already said, files."""
        return _joined(self._said(), *(file.text for file in self.files))

    def heard(self) -> str:
        """As `text`, but of the files only the beginning."""
        return _joined(self._said(), self.files_asking() or self.files_aside())

    def ask_text(self) -> str:
        """Subject and wish: what is asked, for retrieval and for finding kinds of change."""
        return _joined(self.subject, self.wish())

    def wish(self) -> str:
        """What is asked below the subject: the asker's words, what was added since, files that ask."""
        return _joined(self._written(), self.files_asking())

    def files_asking(self) -> str:
        """Words of the files that count like the mail's own: when it says little but "see attached"."""
        return _beginning(self._own_files(), FILES_ASK) if self._says_little() else ""

    def files_aside(self) -> str:
        """Their beginning, when the mail says itself what is asked: no ask then, or else a specification that
        came for information would turn every topic in it into one."""
        return "" if self._says_little() else _beginning(self._own_files(), FILES_ASIDE)

    def file_of(self, quote: str) -> str:
        """The name of the file these words are from; "" when the mail itself says them, or nobody does."""
        if not quote.strip() or quote in self._said():
            return ""
        return next((file.name for file in self.files if quote in file.text), "")

    def _written(self) -> str:
        body = self.body if self.body.strip() else self.forwarder_note
        return _joined(body, *(mail.text for mail in self.later if mail.known and not mail.automatic))

    def _said(self) -> str:
        earlier = [message.text for message in self.thread]
        later = [mail.text for mail in self.later if not mail.automatic]
        return _joined(self.subject, self.forwarder_note, self.body, *earlier, self.already_said, *later)

    def _own_files(self) -> tuple[Attachment, ...]:
        return self._files(mail for mail in self.later if mail.known and not mail.automatic)

    def _files(self, later: Iterable[LaterMail]) -> tuple[Attachment, ...]:
        every = (*self.attachments, *(file for mail in later for file in mail.attachments))
        return tuple(file for file in every if file.text.strip())

    def _says_little(self) -> bool:
        return len(self._written().split()) < SAYS_LITTLE


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())


def _beginning(files: tuple[Attachment, ...], most: int) -> str:
    """The first characters of all files together, without a half word at the end."""
    text = _joined(*(file.text for file in files))
    return text if len(text) <= most else text[:most].rsplit(maxsplit=1)[0]
