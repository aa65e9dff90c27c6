"""Calls of CRMs, help desks and chats: fixtures of the providers, signed for real."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from triage.intake.providers.base import Call

from .calls import NOW, Fixture, call, fixture

SECRET = "a-secret-that-both-sides-know"
ADDRESS = "https://triage.example.com/intake/"


def hubspot(
    found: Fixture,
    *,
    secret: str = SECRET,
    at: datetime = NOW,
    signed: datetime | None = None,
    query: str = "",
    base: str = ADDRESS,
) -> Call:
    """With signature v3. `query` is decoded in what is signed as the documentation says."""
    stamp = _milliseconds(signed or at)
    address = f"{base}hubspot{query}"
    decoded = address.replace("%3A", ":").replace("%2F", "/").replace("%40", "@")
    proof = _hmac(secret, f"POST{decoded}".encode() + found.body + stamp.encode())
    headers = {"x-hubspot-signature-v3": _base64(proof), "x-hubspot-request-timestamp": stamp}
    made = call("hubspot", found.body, {**found.headers, **headers}, at)
    return Call(made.method, address, made.headers, made.body, at)


def hubspot_v2(found: Fixture, *, secret: str = SECRET, at: datetime = NOW) -> Call:
    """As a workflow signs, without a time."""
    proof = hashlib.sha256(f"{secret}POST{ADDRESS}hubspot".encode() + found.body).hexdigest()
    headers = {"x-hubspot-signature": proof, "x-hubspot-signature-version": "v2"}
    return call("hubspot", found.body, {**found.headers, **headers}, at)


def salesforce(
    found: Fixture, *, secret: str = SECRET, at: datetime = NOW, signed: datetime | None = None
) -> Call:
    """As the Apex class of the documentation signs."""
    stamp = str(int((signed or at).timestamp()))
    proof = _hmac(secret, f"{stamp}.".encode() + found.body).hex()
    return call(
        "salesforce", found.body, {**found.headers, "x-triage-signature": f"t={stamp},v1={proof}"}, at
    )


def zendesk(
    found: Fixture, *, secret: str = SECRET, at: datetime = NOW, signed: datetime | None = None
) -> Call:
    """Time and body."""
    stamp = f"{(signed or at):%Y-%m-%dT%H:%M:%SZ}"
    proof = _base64(_hmac(secret, stamp.encode() + found.body))
    headers = {"x-zendesk-webhook-signature": proof, "x-zendesk-webhook-signature-timestamp": stamp}
    return call("zendesk", found.body, {**found.headers, **headers}, at)


def intercom(found: Fixture, *, secret: str = SECRET, at: datetime = NOW) -> Call:
    """HMAC-SHA1 of the body."""
    proof = hmac.new(secret.encode(), found.body, "sha1").hexdigest()
    return call("intercom", found.body, {**found.headers, "x-hub-signature": f"sha1={proof}"}, at)


def front(
    found: Fixture, *, secret: str = SECRET, at: datetime = NOW, signed: datetime | None = None
) -> Call:
    """As an application webhook."""
    stamp = _milliseconds(signed or at)
    proof = _base64(_hmac(secret, f"{stamp}:".encode() + found.body))
    headers = {"x-front-signature": proof, "x-front-request-timestamp": stamp}
    return call("front", found.body, {**found.headers, **headers}, at)


def front_rule(found: Fixture, *, secret: str = SECRET, at: datetime = NOW) -> Call:
    """As a rule webhook."""
    proof = _base64(hmac.new(secret.encode(), found.body, "sha1").digest())
    return call("front", found.body, {**found.headers, "x-front-signature": proof}, at)


def slack(
    found: Fixture, *, secret: str = SECRET, at: datetime = NOW, signed: datetime | None = None
) -> Call:
    """Signature v0."""
    stamp = str(int((signed or at).timestamp()))
    proof = _hmac(secret, f"v0:{stamp}:".encode() + found.body).hex()
    headers = {"x-slack-signature": f"v0={proof}", "x-slack-request-timestamp": stamp}
    return call("slack", found.body, {**found.headers, **headers}, at)


SIGNED: dict[str, Callable[..., Call]] = {
    "hubspot": hubspot,
    "salesforce": salesforce,
    "zendesk": zendesk,
    "intercom": intercom,
    "front": front,
    "slack": slack,
}


def named(provider: str, name: str, **how: object) -> Call:
    """A fixture of a provider, signed."""
    return SIGNED[provider](fixture(provider, name), **how)


def _hmac(secret: str, data: bytes) -> bytes:
    return hmac.new(secret.encode(), data, "sha256").digest()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
