"""Twilio SendGrid's Inbound Parse webhook: a mail as a multipart form.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
(fields; "POST the raw, full MIME message" gives `email`) and
https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks (a security
policy makes it sign: ECDSA on P-256 with SHA-256 over timestamp and body). 5xx comes again for 72 hours, 4xx
is dropped: support.sendgrid.com, "Understanding Inbound Parse Webhook Retry Logic".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from triage.errors import BadInput, SetupError
from triage.intake.headers import read_headers
from triage.intake.providers.base import Answered, Call, Found, NewMail
from triage.intake.providers.forms import Form, read_form
from triage.intake.providers.payload import Json, text_at, texts_at
from triage.intake.providers.rebuilt import File, rebuild
from triage.intake.providers.signing import check_fresh, from_base64, require, signed_header, unix_time
from triage.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


class SendGrid:
    """Mails that SendGrid received for us."""

    name = "sendgrid"

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """The ECDSA signature over timestamp and body, by one of the public keys."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        keys = [_public_key(secret) for secret in secrets]
        signature = from_base64(signed_header(call.headers, SIGNATURE, "SendGrid"))
        timestamp = signed_header(call.headers, TIMESTAMP, "SendGrid")
        signed = unix_time(timestamp, "SendGrid")
        proven = False
        for key in keys:
            try:
                key.verify(signature, timestamp.encode() + call.body, ECDSA(SHA256()))
                proven = True
            except InvalidSignature:
                continue
        require(proven, "SendGrid", "TRIAGE_SENDGRID_SECRET")
        check_fresh(signed, call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """The mail: raw where the setting asks for it, else put together from its fields."""
        form = read_form(call)
        raw = form.value("email")
        if not raw and not form.value("headers"):
            raise BadInput(
                "This call of SendGrid brings no mail: it has neither email nor headers.",
                "Set this address under Inbound Parse, with “POST the raw, full MIME message” ticked.",
            )
        envelope = form.json("envelope")
        recipients = texts_at(envelope, "to") if isinstance(envelope, dict) else ()
        return [NewMail(raw or _rebuilt(form), recipients)]

    def answer(self, request_id: str, url: str) -> Answered:
        """Any 2xx counts as taken."""
        return Answered()


def open_provider(settings: Settings) -> SendGrid:
    """The provider; it needs nothing but the key."""
    return SendGrid()


def _public_key(text: str) -> EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(from_base64("".join(text.split())))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise SetupError(
            "TRIAGE_SENDGRID_SECRET is no public key of SendGrid.",
            "Set it to the public_key that SendGrid gave for the security policy: one line that begins with "
            "MFkw.",
        )
    return key


def _rebuilt(form: Form) -> bytes:
    charsets = form.json("charsets")
    known: Json = charsets if isinstance(charsets, dict) else {}
    return rebuild(
        _headers(form),
        text=form.text("text", text_at(known, "text") or "utf-8"),
        html=form.text("html", text_at(known, "html") or "utf-8"),
        files=_files(form),
    )


def _headers(form: Form) -> Iterator[tuple[str, str]]:
    """`headers` is the header block of the mail as it was."""
    yield from read_headers(form.value("headers")).fields


def _files(form: Form) -> Iterator[File]:
    """`attachment-info` names the form fields that hold files."""
    info = form.json("attachment-info")
    for name, about in info.items() if isinstance(info, dict) else ():
        field = form.field(name)
        if field is None:
            continue
        told: Json = about if isinstance(about, dict) else {}
        yield File(
            text_at(told, "filename", "name") or field.file_name,
            text_at(told, "type") or field.media_type,
            field.value,
            text_at(told, "content-id").strip("<>"),
        )
