"""Calls as the systems make them: fixtures of the providers, signed with keys that only the tests have."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from triage.intake.providers.base import Call

PROVIDERS = Path(__file__).parents[3] / "triage" / "intake" / "providers"
NOW = datetime(2026, 11, 20, 9, 12, 10, tzinfo=UTC)

POSTMARK_SECRET = "postmark:a-long-password"
MAILGUN_SECRET = "key-of-the-mailgun-account"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"twenty-four bytes or more").decode()
TOPIC = "arn:aws:sns:eu-central-1:012345678912:requests"
CERTIFICATE_URL = (
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-5e1f0a9b3c7d4826a1b2c3d4e5f60718.pem"
)


@dataclass(frozen=True)
class Fixture:
    """Headers and body of a file under fixtures/."""

    headers: dict[str, str]
    body: bytes


def fixture(provider: str, name: str) -> Fixture:
    """`name` with its ending. A .http file begins with the headers that belong to the body."""
    data = (PROVIDERS / provider / "fixtures" / name).read_bytes()
    if not name.endswith(".http"):
        return Fixture({"content-type": "application/json"}, data)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = (line.partition(":") for line in head.decode().split("\r\n"))
    return Fixture({key.lower(): value.strip() for key, _, value in lines}, body)


def call(provider: str, body: bytes, headers: dict[str, str], at: datetime = NOW) -> Call:
    """The call as it reaches a provider."""
    return Call("POST", f"https://triage.example.com/intake/{provider}", headers, body, at)


def postmark(name: str, *, secret: str = POSTMARK_SECRET, at: datetime = NOW) -> Call:
    """With user and password."""
    found = fixture("postmark", name)
    basic = base64.b64encode(secret.encode()).decode()
    return call("postmark", found.body, {**found.headers, "authorization": f"Basic {basic}"}, at)


def mailgun(
    name: str,
    *,
    secret: str = MAILGUN_SECRET,
    at: datetime = NOW,
    signed: datetime | None = None,
    token: str = "",
) -> Call:
    """With its three fields filled in."""
    found = fixture("mailgun", name)
    timestamp = str(int((signed or at).timestamp()))
    token = token or hashlib.sha256(f"{name}{timestamp}".encode()).hexdigest()[:50]
    signature = hmac.new(secret.encode(), (timestamp + token).encode(), "sha256").hexdigest()
    body = found.body.replace(b"@timestamp@", timestamp.encode()).replace(b"@token@", token.encode())
    return call("mailgun", body.replace(b"@signature@", signature.encode()), found.headers, at)


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    """The key that SendGrid keeps."""
    return ec.generate_private_key(ec.SECP256R1())


def sendgrid_secret(key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """What SendGrid shows: the public key in base64."""
    public = (key or sendgrid_key()).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def sendgrid(
    name: str,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    at: datetime = NOW,
    signed: datetime | None = None,
) -> Call:
    """With the two headers of a security policy."""
    found = fixture("sendgrid", name)
    timestamp = str(int((signed or at).timestamp()))
    proof = (key or sendgrid_key()).sign(timestamp.encode() + found.body, ec.ECDSA(hashes.SHA256()))
    headers = {
        **found.headers,
        "x-twilio-email-event-webhook-signature": base64.b64encode(proof).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }
    return call("sendgrid", found.body, headers, at)


@dataclass(frozen=True)
class Amazon:
    """A signing key with its certificate, and what was fetched from `sns.…amazonaws.com`."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    fetched: list[str]

    def fetch(self, url: str) -> bytes:
        """What Amazon answers."""
        self.fetched.append(url)
        return self.certificate


@cache
def _amazon_key() -> tuple[rsa.RSAPrivateKey, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2120, 1, 1))
        .sign(key, hashes.SHA256())
    )
    return key, built.public_bytes(Encoding.PEM)


def amazon() -> Amazon:
    """Amazon, with nothing fetched yet."""
    return Amazon(*_amazon_key(), fetched=[])


def ses(
    name: str, *, at: datetime = NOW, signed: datetime | None = None, without: str = "", **changed: str
) -> Call:
    """As SNS posts it; `changed` fields of the message are signed with the others."""
    message = json.loads(fixture("ses", name).body)
    message.pop(without, None)
    message["Timestamp"] = f"{(signed or at).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    message |= {"SigningCertURL": CERTIFICATE_URL, **changed}
    message["Signature"] = base64.b64encode(_sns_signature(message)).decode()
    headers = {
        "x-amz-sns-message-type": message["Type"],
        "x-amz-sns-topic-arn": message["TopicArn"],
        "content-type": "text/plain; charset=UTF-8",
    }
    return call("ses", json.dumps(message).encode(), headers, at)


def _sns_signature(message: dict[str, str]) -> bytes:
    """By hand as in Amazon's description: each name and value on a line of its own."""
    lines = []
    if message["Type"] == "Notification":
        lines += ["Message", message["Message"], "MessageId", message["MessageId"]]
        if "Subject" in message:
            lines += ["Subject", message["Subject"]]
    else:
        lines += ["Message", message["Message"], "MessageId", message["MessageId"]]
        lines += ["SubscribeURL", message["SubscribeURL"]]
    lines += ["Timestamp", message["Timestamp"]]
    if message["Type"] != "Notification":
        lines += ["Token", message["Token"]]
    lines += ["TopicArn", message["TopicArn"], "Type", message["Type"]]
    text = "".join(f"{line}\n" for line in lines).encode()
    digest = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()
    return _amazon_key()[0].sign(text, padding.PKCS1v15(), digest)


def webhook(
    body: bytes,
    *,
    secret: str = WEBHOOK_SECRET,
    at: datetime = NOW,
    signed: datetime | None = None,
    message_id: str = "msg_1",
    before: str = "",
) -> Call:
    """With the three headers of Standard Webhooks; `before`: other signatures in front of the right one."""
    timestamp = str(int((signed or at).timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    code = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, "sha256").digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"{before} v1,{base64.b64encode(code).decode()}".strip(),
    }
    return call("webhook", body, headers, at)


LATE = NOW - timedelta(minutes=6)

SECRETS = {
    "postmark": f" {POSTMARK_SECRET} ,user:newer",
    "mailgun": MAILGUN_SECRET,
    "sendgrid": sendgrid_secret(),
    "ses": TOPIC,
    "webhook": f"whsec_bmV3ZXIgc2VjcmV0IG5ld2Vy, {WEBHOOK_SECRET}",
}  # as an admin sets them, while two are being changed
