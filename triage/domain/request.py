"""A request as it was received."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import Field

from triage.domain.words import Channel, FromRole, Frozen


class Attachment(Frozen):
    """A file that came with the request; its content stays out of the domain."""

    name: str
    media_type: str = "application/octet-stream"
    size: int = 0  # bytes


class Message(Frozen):
    """One message of the thread a request was forwarded from, oldest first in `Request.thread`."""

    sender: str = ""  # display name, or address when there is none
    address: str = ""
    sent: str = ""  # as written in the mail: may be in any language
    text: str = ""


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
    defects: tuple[str, ...] = ()  # what was wrong with the mail and how it was survived
    received: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def who(self) -> Who:
        """Whom it is from."""
        return Who(**{name: getattr(self, name) for name in Who.model_fields})

    def text(self) -> str:
        """Everything a reader may draw on: subject, note, body, thread, what was already said."""
        earlier = [message.text for message in self.thread]
        parts = [self.subject, self.forwarder_note, self.body, *earlier, self.already_said]
        return "\n\n".join(part for part in parts if part.strip())

    def ask_text(self) -> str:
        """Subject and body only: what is asked, for retrieval and for finding kinds of change."""
        body = self.body if self.body.strip() else self.forwarder_note
        return f"{self.subject}\n\n{body}".strip()
