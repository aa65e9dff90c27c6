"""Postmark's inbound webhook: a mail as JSON.

https://postmarkapp.com/developer/webhooks/inbound-webhook (fields, `RawEmail`, `Attachments`) and
https://postmarkapp.com/developer/webhooks/webhooks-overview (user and password in the URL are the only proof;
what is not answered with 200 comes again, ten times in all).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage.errors import BadInput, BadSignature, SetupError
from triage.intake.providers.base import Answered, Call, Found, NewMail, Nothing
from triage.intake.providers.payload import (
    Json,
    as_bytes,
    object_at,
    objects_at,
    read_object,
    text_at,
)
from triage.intake.providers.rebuilt import File, mailbox, rebuild
from triage.intake.providers.signing import from_base64, one_matches, require, signed_header
from triage.settings import Settings

_MAIL_FIELDS = ("RawEmail", "From", "FromFull", "TextBody", "HtmlBody")
_ADDRESSED = (("From", "FromFull"), ("To", "ToFull"), ("Cc", "CcFull"))


class Postmark:
    """Mails that Postmark received for us."""

    name = "postmark"

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """User and password of HTTP basic authentication are those of a secret."""
        if any(":" not in secret for secret in secrets):
            raise SetupError(
                "TRIAGE_POSTMARK_SECRET is not of the form user:password.",
                "Set it to what stands before the @ in the webhook URL of Postmark.",
            )
        scheme, _, given = signed_header(call.headers, "authorization", "Postmark").partition(" ")
        if scheme.lower() != "basic":
            raise BadSignature(
                "This call has no user and password, so nothing proves that Postmark sent it.",
                "Put them into the webhook URL of Postmark: https://user:password@…/intake/postmark.",
            )
        known = [secret.encode() for secret in secrets]
        require(one_matches([from_base64(given.strip())], known), "Postmark", "TRIAGE_POSTMARK_SECRET")

    def read(self, call: Call) -> Sequence[Found]:
        """The mail: raw where Postmark sends it so, else put together from its fields."""
        payload = read_object(call.body, "Postmark")
        if "RecordType" in payload and payload["RecordType"] != "Inbound":
            return [Nothing(f"Postmark's event {str(payload['RecordType'])[:40]} brings no mail.")]
        if not any(payload.get(name) for name in _MAIL_FIELDS):
            raise BadInput(
                "This call of Postmark brings no mail: it has neither RawEmail nor From, TextBody, HtmlBody.",
                "Set this address as the inbound webhook of the inbound stream, not as another webhook.",
            )
        raw = text_at(payload, "RawEmail")
        recipient = text_at(payload, "OriginalRecipient")
        mail = as_bytes(raw) if raw else _rebuilt(payload)
        return [NewMail(mail, (recipient,) if recipient else ())]

    def answer(self, request_id: str, url: str) -> Answered:
        """Postmark counts 200 alone as taken."""
        return Answered(status=200)


def open_provider(settings: Settings) -> Postmark:
    """The provider; it needs nothing but the secret."""
    return Postmark()


def _rebuilt(payload: Json) -> bytes:
    files = (
        File(
            text_at(found, "Name"),
            text_at(found, "ContentType"),
            from_base64(text_at(found, "Content")),
            text_at(found, "ContentID"),
        )
        for found in objects_at(payload, "Attachments")
    )
    return rebuild(
        _headers(payload), text=text_at(payload, "TextBody"), html=text_at(payload, "HtmlBody"), files=files
    )


def _headers(payload: Json) -> Iterator[tuple[str, str]]:
    """Postmark keeps the well-known headers in fields of their own and the others in `Headers`."""
    for name, full in _ADDRESSED:
        people = objects_at(payload, full) or [object_at(payload, full)]
        boxes = [mailbox(text_at(each, "Name"), text_at(each, "Email")) for each in people if each]
        value = ", ".join(boxes) or text_at(payload, name)
        if value:
            yield name, value
    for name, field in (("Subject", "Subject"), ("Date", "Date"), ("Reply-To", "ReplyTo")):
        if value := text_at(payload, field):
            yield name, value
    others = [(text_at(each, "Name"), text_at(each, "Value")) for each in objects_at(payload, "Headers")]
    yield from others
    own = text_at(payload, "MessageID")
    if own and not any(name.lower() == "message-id" for name, _ in others):
        yield "Message-ID", f"<{own}@inbound.postmarkapp.com>"
