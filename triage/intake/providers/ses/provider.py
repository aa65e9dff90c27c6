"""Amazon SES: a receipt rule with an SNS action, whose topic is subscribed to /intake/ses over HTTPS.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html and
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-sns.html (`content`, its encoding, at most
150 kB a mail),
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html (kinds of messages),
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html (5xx comes again, for an hour at
most).

The setting names the topics by ARN. Messages of other topics are refused before anything is fetched, and the
certificate and the confirmation are asked for at Amazon's own host in the region of the topic only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from triage.errors import BadInput, BadSignature, SetupError, TooLarge, Unreachable
from triage.intake.providers.base import WINDOW, Answered, Call, Found, NewMail, Nothing
from triage.intake.providers.fetching import fetch
from triage.intake.providers.payload import Json, as_bytes, object_at, read_object, text_at, texts_at
from triage.intake.providers.signing import check_fresh, from_base64, require
from triage.settings import Settings

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SETTING = "TRIAGE_SES_SECRET"
RETRIED_FOR = timedelta(hours=1)  # a repeat carries the time of the first try
_TOPIC = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{3,40}):\d{12}:[A-Za-z0-9_.-]{1,256}")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_LARGEST = 2 * 1024 * 1024  # bytes; SNS takes messages of 256 kB, which JSON makes longer
_KEPT = 8  # certificates; Amazon changes them a few times a year


class Ses:
    """Mails that Amazon SES received for us, as SNS posts them."""

    name = "ses"

    def __init__(self, fetch: Callable[[str], bytes] = fetch) -> None:
        self._fetch = fetch
        self._certificates: dict[str, Certificate] = {}
        self._fetching = threading.Lock()

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """The message is of one of our topics and signed by Amazon (SignatureVersion 1 or 2)."""
        for topic in secrets:
            if not _TOPIC.fullmatch(topic):
                raise SetupError(
                    f"{SETTING} holds {topic[:80]!r}, which is no ARN of an SNS topic.",
                    "Write it as arn:aws:sns:REGION:ACCOUNT:NAME, several with commas.",
                )
        message = _message(call)
        topic = text_at(message, "TopicArn")
        if topic not in secrets:
            raise BadSignature(
                f"This message is of the topic {topic[:120] or '(none)'}, which is not one of ours.",
                f"Add its ARN to {SETTING}, or cancel that subscription in Amazon SNS.",
            )
        signed = _time(text_at(message, "Timestamp"))
        require(self._proven(message, _host(topic), call.at), "Amazon SNS", SETTING)
        check_fresh(signed, call.at, RETRIED_FOR + WINDOW)

    def read(self, call: Call) -> Sequence[Found]:
        """The mail in a notification. A confirmation is answered on the way: its address is visited."""
        message = read_object(call.body, "Amazon SNS")
        kind = text_at(message, "Type")
        topic = text_at(message, "TopicArn")
        if kind == "SubscriptionConfirmation":
            self._confirm(text_at(message, "SubscribeURL"), topic)
            return [Nothing(f"The subscription to {topic} is confirmed; mails will come from now on.")]
        if kind != "Notification":
            return [Nothing(f"Amazon's message {kind[:40]} brings no mail.")]
        return [_mail(text_at(message, "Message"))]

    def answer(self, request_id: str, url: str) -> Answered:
        """Any 2xx counts as taken."""
        return Answered()

    def _proven(self, message: Json, host: str, at: datetime) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        hashes = {"1": SHA1, "2": SHA256}
        version = text_at(message, "SignatureVersion")
        signature = from_base64(text_at(message, "Signature"))
        if version not in hashes or not signature:
            return False
        certificate = self._certificate(text_at(message, "SigningCertURL"), host)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            return False
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            return False
        try:
            key.verify(signature, _signed_text(message), PKCS1v15(), hashes[version]())
        except InvalidSignature:
            return False
        return True

    def _certificate(self, url: str, host: str) -> Certificate:
        from cryptography.x509 import load_pem_x509_certificate

        if not (_is_at(url, host) and _CERTIFICATE.fullmatch(urlsplit(url).path)):
            raise BadSignature(
                f"This message names a certificate that is not one of {host}.",
                "Only messages that Amazon SNS itself signed are taken.",
            )
        known = self._certificates.get(url)
        if known:
            return known
        if not self._fetching.acquire(blocking=False):  # strangers can name certificates: one at a time
            raise Unreachable("A certificate of Amazon SNS is being fetched.", "Send the call again.")
        try:
            found = load_pem_x509_certificate(self._fetch(url))
            self._certificates = dict([*self._certificates.items(), (url, found)][-_KEPT:])
        except (BadInput, ValueError) as error:
            raise BadSignature(
                "The certificate that this message names cannot be used.",
                "Only messages that Amazon SNS itself signed are taken.",
            ) from error
        finally:
            self._fetching.release()
        return found

    def _confirm(self, url: str, topic: str) -> None:
        if not _is_at(url, _host(topic)):
            raise BadInput(
                "The SubscribeURL of this confirmation does not lead to Amazon SNS.",
                "Request the confirmation again in the Amazon SNS console.",
            )
        self._fetch(url)


def open_provider(settings: Settings) -> Ses:
    """The provider; it needs nothing but the topics."""
    return Ses()


def _message(call: Call) -> Json:
    if len(call.body) > _LARGEST:
        raise TooLarge("This is larger than any message of Amazon SNS.", "Check what posts to this address.")
    if call.headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
        raise BadSignature(
            "This message came by raw message delivery, which Amazon does not sign.",
            "Switch off “Enable raw message delivery” of the subscription in Amazon SNS.",
        )
    try:
        return read_object(call.body, "Amazon SNS")
    except BadInput as error:
        raise BadSignature(error.message, error.remedy) from error


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSignature(
            f"The Timestamp of this message is not a time: {text[:40]!r}.",
            "Check what posts to this address.",
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _host(topic: str) -> str:
    """Amazon's own host for the region of a topic."""
    _, partition, _, region, *_ = topic.split(":")
    return f"sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"


def _is_at(url: str, host: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc == host


def _signed_text(message: Json) -> bytes:
    names = _SIGNED if text_at(message, "Type") == "Notification" else _SIGNED_CONFIRMATION
    present = [(name, message[name]) for name in names if isinstance(message.get(name), str)]
    return as_bytes("".join(f"{name}\n{value}\n" for name, value in present))


def _mail(text: str) -> Found:
    """The notification of SES inside the message of SNS."""
    try:
        notification = read_object(as_bytes(text), "Amazon SES")
    except BadInput:
        return Nothing("This message of Amazon SNS is no notification of SES.")
    kind = text_at(notification, "notificationType", "eventType")
    if kind != "Received":
        return Nothing(f"Amazon's notification {kind[:40] or 'of an unknown kind'} brings no mail.")
    receipt = object_at(notification, "receipt")
    action = object_at(receipt, "action")
    content = text_at(notification, "content")
    if not content:
        raise BadInput(
            f"This notification has no content; it is of the action {text_at(action, 'type')[:40]!r}.",
            "Mails kept in S3 are not fetched. Use an SNS action in the receipt rule, encoded as Base64.",
        )
    recipients = texts_at(receipt, "recipients") or texts_at(object_at(notification, "mail"), "destination")
    return NewMail(_content(content, text_at(action, "encoding")), recipients)


def _content(content: str, encoding: str) -> bytes:
    """The mail as SES encoded it; a header line has a colon, which base64 never has."""
    packed = encoding.upper() == "BASE64" or (not encoding and ":" not in content[:1000])
    return (from_base64("".join(content.split())) if packed else b"") or as_bytes(content)
