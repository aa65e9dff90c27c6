"""Examples of calls, signed as their system signs them, so that an admin sees a way in work."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from triage.errors import BadInput, Unreachable
from triage.intake.providers.registry import TITLES, docs_of, setting_of
from triage.intake.providers.signing import hmac_sha256
from triage.intake.providers.webhook.provider import secret_key, sign

TIMEOUT_S = 30


@dataclass(frozen=True)
class Example:
    """Headers and body of a call."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the service answered."""

    status: int
    text: str


@dataclass(frozen=True)
class _Key:
    """What a signature is made with."""

    secret: str
    url: str
    at: datetime

    @property
    def seconds(self) -> str:
        return str(int(self.at.timestamp()))

    @property
    def milliseconds(self) -> str:
        return str(int(self.at.timestamp() * 1000))

    def hmac(self, *signed: str | bytes) -> bytes:
        pieces = (piece.encode() if isinstance(piece, str) else piece for piece in signed)
        return hmac_sha256(self.secret.encode(), *pieces)


def signed_example(name: str, secret: str, url: str, at: datetime) -> Example:
    """The example of a known provider as it would come to `url` at `at`, signed with `secret`.

    Raises:
        BadInput: the provider signs with a key that it alone has, or `secret` is empty.
        SetupError: a secret that cannot be one.
    """
    if name not in _SIGNED:
        raise BadInput(
            f"{TITLES[name]} signs with a key that it alone has, so no example can be made here.",
            f"Send a mail to the address instead; {docs_of(name)} shows how to see what became of it.",
        )
    if not secret:
        raise BadInput(
            f"There is no secret to sign the example with: {setting_of(name)} is not set here.",
            "Set it as for the service, or give --secret.",
        )
    file, signed = _SIGNED[name]
    example = _read(name, file)
    return signed(example, _Key(secret, url, at))


def send(example: Example, url: str) -> Reply:
    """Post it.

    Raises:
        BadInput: `url` is no web address, or what answers is no web server.
        Unreachable: nothing answers there.
    """
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"{url} is not a web address.", "Give --url http://127.0.0.1:8000 or your own.")
    request = urllib.request.Request(url, data=example.body, headers=example.headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return Reply(answer.status, answer.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.read().decode("utf-8", "replace"))
    except (ValueError, http.client.HTTPException) as error:
        raise BadInput(f"{url} cannot be asked: {error}.", "Give the address with --url.") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise Unreachable(f"{url} does not answer: {reason}.", "Start it with `triage serve`.") from error


def _read(name: str, file: str) -> Example:
    data = files("triage.intake.providers").joinpath(name, "fixtures", file).read_bytes()
    if not file.endswith(".http"):
        return Example({"content-type": "application/json"}, data)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = (line.partition(":") for line in head.decode().split("\r\n"))
    return Example({field.lower(): value.strip() for field, _, value in lines}, body)


def _with(example: Example, **headers: str) -> Example:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Example({**example.headers, **named}, example.body)


def _new_mail(example: Example, name: str, key: _Key) -> Example:
    """With a Message-ID of its own: each example is a new request."""
    old = f"{name}-raw@acorn".encode()
    return Example(example.headers, example.body.replace(old, f"example-{key.milliseconds}@acorn".encode()))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _postmark(example: Example, key: _Key) -> Example:
    basic = f"Basic {_base64(key.secret.encode())}"
    return _with(_new_mail(example, "postmark", key), authorization=basic)


def _mailgun(example: Example, key: _Key) -> Example:
    token = hashlib.sha256(key.milliseconds.encode()).hexdigest()[:50]
    body = _new_mail(example, "mailgun", key).body.replace(b"@timestamp@", key.seconds.encode())
    proof = key.hmac(key.seconds, token).hex().encode()
    return Example(example.headers, body.replace(b"@token@", token.encode()).replace(b"@signature@", proof))


def _webhook(example: Example, key: _Key) -> Example:
    message_id = f"msg_{key.milliseconds}"
    return _with(
        example,
        webhook_id=message_id,
        webhook_timestamp=key.seconds,
        webhook_signature=sign(secret_key(key.secret), message_id, key.seconds, example.body),
    )


def _hubspot(example: Example, key: _Key) -> Example:
    proof = key.hmac("POST", key.url, example.body, key.milliseconds)
    return _with(example, x_hubspot_signature_v3=_base64(proof), x_hubspot_request_timestamp=key.milliseconds)


def _salesforce(example: Example, key: _Key) -> Example:
    proof = key.hmac(f"{key.seconds}.", example.body).hex()
    return _with(example, x_triage_signature=f"t={key.seconds},v1={proof}")


def _zendesk(example: Example, key: _Key) -> Example:
    stamp = f"{key.at:%Y-%m-%dT%H:%M:%SZ}"
    proof = _base64(key.hmac(stamp, example.body))
    return _with(example, x_zendesk_webhook_signature=proof, x_zendesk_webhook_signature_timestamp=stamp)


def _intercom(example: Example, key: _Key) -> Example:
    proof = hmac.new(key.secret.encode(), example.body, "sha1").hexdigest()
    return _with(example, x_hub_signature=f"sha1={proof}")


def _front(example: Example, key: _Key) -> Example:
    proof = _base64(key.hmac(f"{key.milliseconds}:", example.body))
    return _with(example, x_front_signature=proof, x_front_request_timestamp=key.milliseconds)


def _slack(example: Example, key: _Key) -> Example:
    proof = key.hmac(f"v0:{key.seconds}:", example.body).hex()
    return _with(example, x_slack_signature=f"v0={proof}", x_slack_request_timestamp=key.seconds)


# the fixture that is sent, and how it is signed
_SIGNED: dict[str, tuple[str, Callable[[Example, _Key], Example]]] = {
    "postmark": ("raw.json", _postmark),
    "mailgun": ("raw.http", _mailgun),
    "hubspot": ("workflow_deal.json", _hubspot),
    "salesforce": ("opportunity.json", _salesforce),
    "zendesk": ("trigger_ticket.json", _zendesk),
    "intercom": ("conversation_created.json", _intercom),
    "front": ("inbound.json", _front),
    "slack": ("command.http", _slack),
    "webhook": ("fields.json", _webhook),
}
