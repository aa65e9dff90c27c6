"""A message of ours as a mail: text and HTML, in its thread, marked so that no robot answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.errors import MessageError
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, localtime, make_msgid

from triage.domain import OutgoingMessage
from triage.errors import NotDelivered

# RFC 3834: what no person wrote or asked for, by kind of mail. An approved answer is a person's own.
AUTOMATIC = {
    "sign_in": "auto-generated",
    "checklist": "auto-generated",
    "reminder": "auto-generated",
    "escalation": "auto-generated",
    "receipt": "auto-replied",
}
_MOST_REFERENCES = 20  # the first and the latest; RFC 5322 lets one trim between them
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


def build(message: OutgoingMessage, mail_from: str) -> EmailMessage:
    """The mail as it goes out: text and HTML, threaded, and marked so that no robot answers it (RFC 3834).

    Raises:
        NotDelivered: permanent; sender or recipient is no mail address.
    """
    mail = EmailMessage(policy=_POLICY)
    try:
        mail["From"] = _header(mail_from)
        mail["To"] = _header(message.to)
        sender, recipient = mail["From"].addresses, mail["To"].addresses
        if len(sender) != 1 or len(recipient) != 1 or not recipient[0].domain:
            raise ValueError("expected one address")
    except (ValueError, IndexError, MessageError) as error:
        raise NotDelivered(
            f"“{message.to}” from “{mail_from}” is no address pair a mail can have.",
            "Correct the recipient on the request, or TRIAGE_MAIL_FROM.",
            permanent=True,
        ) from error
    mail["Subject"] = _header(message.subject)
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = _header(message.message_id) or make_msgid(domain=sender[0].domain or None)
    if message.reply_to:
        mail["Reply-To"] = _header(message.reply_to)
    parent = _ids([message.in_reply_to])
    if parent:
        mail["In-Reply-To"] = parent[0]
        mail["References"] = " ".join(_trimmed(_ids(message.references) or parent))
    if message.kind in AUTOMATIC:
        mail["Auto-Submitted"] = AUTOMATIC[message.kind]
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_plain(message.text))
    if message.html:
        mail.add_alternative(_plain(message.html), subtype="html")
    return mail


class _IdHeader(UnstructuredHeader, BaseHeader):
    """Message-IDs, folded between them only: the library would encode a long one, and the thread breaks."""

    def fold(self, *, policy: Policy) -> str:
        """The header line, one id on each continuation."""
        return f"{self.name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"


def _headers() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references"):
        registry.map_to_type(name, _IdHeader)
    return registry


_POLICY = SMTP.clone(header_factory=_headers(), cte_type="7bit")  # also through servers that take no 8 bits


def _ids(texts: Iterable[str]) -> list[str]:
    """The Message-IDs in the texts; anything else would break the header."""
    return [found for text in texts for found in _MESSAGE_ID.findall(text)]


def _trimmed(ids: list[str]) -> list[str]:
    once = list(dict.fromkeys(ids))
    return once if len(once) <= _MOST_REFERENCES else [once[0], *once[1 - _MOST_REFERENCES :]]


def _header(text: str) -> str:
    return " ".join(_plain(text).split())[:900]


def _plain(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
