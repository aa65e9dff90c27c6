"""Any system that signs by Standard Webhooks, version 1.0.0.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: HMAC-SHA256 over
`webhook-id`, `webhook-timestamp` and the body with dots between them; several signatures in one header; the
id stays the same in a repeat.

The body is JSON: the fields of POST /api/v1/requests, or a whole mail as {"mail": "<base64>"}; either alone
or under `data` of {"type": "request.created", "data": {…}}.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pydantic import ValidationError

from triage.domain import Channel
from triage.errors import BadInput, SetupError
from triage.intake.form import NewRequest, field_messages
from triage.intake.providers.base import Answered, Call, Found, NewFields, NewMail, Nothing
from triage.intake.providers.payload import Json, object_at, read_object, text_at, texts_at
from triage.intake.providers.signing import (
    check_fresh,
    from_base64,
    hmac_sha256,
    one_matches,
    require,
    signed_header,
    unix_time,
)
from triage.settings import Settings

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TYPE = "request.created"
_PREFIX = "whsec_"
_LONGEST_ID = 200
_MOST_SIGNATURES = 20
_SENDER = "the sender"


class Webhook:
    """Requests from systems that have no provider of their own."""

    name = "webhook"

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """One of the signatures of version 1 is right by one of the secrets."""
        keys = [secret_key(secret) for secret in secrets]
        message_id, timestamp, given = (
            signed_header(call.headers, name, _SENDER) for name in (ID, TIMESTAMP, SIGNATURE)
        )
        signed = unix_time(timestamp, _SENDER)
        right = [sign(key, message_id, timestamp, call.body).encode() for key in keys]
        proofs = [proof.encode("utf-8", "replace") for proof in given.split()[:_MOST_SIGNATURES]]
        require(one_matches(proofs, right), _SENDER, "TRIAGE_WEBHOOK_SECRET")
        check_fresh(signed, call.at)

    def read(self, call: Call) -> Sequence[Found]:
        """The fields or the mail in the body; other types of events are passed over."""
        payload = read_object(call.body, _SENDER)
        kind = payload.get("type")
        if kind is not None and kind != TYPE:
            return [Nothing(f"Only events of the type {TYPE} are taken, not {str(kind)[:60]}.")]
        record = object_at(payload, "data") if "data" in payload else payload
        if "mail" in record:
            return [NewMail(_mail(record), texts_at(record, "recipients"))]
        return [NewFields(_fields(record), call.headers[ID][:_LONGEST_ID])]

    def answer(self, request_id: str, url: str) -> Answered:
        """Any 2xx counts as taken."""
        return Answered()


def open_provider(settings: Settings) -> Webhook:
    """The provider; it needs nothing but the secret."""
    return Webhook()


def secret_key(secret: str) -> bytes:
    """The key in a whsec_… secret. Raises SetupError when it is none."""
    key = from_base64(secret.removeprefix(_PREFIX))
    if not key:
        raise SetupError(
            "TRIAGE_WEBHOOK_SECRET is not of the form whsec_ and base64.",
            'Make one with: python -c "import base64, secrets; '
            "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\"",
        )
    return key


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """One signature as it stands in `webhook-signature`."""
    code = hmac_sha256(key, f"{message_id}.{timestamp}.".encode("utf-8", "replace"), body)
    return f"v1,{base64.b64encode(code).decode()}"


def _mail(record: Json) -> bytes:
    raw = from_base64("".join(text_at(record, "mail").split()))
    if not raw:
        raise BadInput(
            "The field mail holds no mail in base64.",
            "Encode the whole raw mail, headers and all, as base64.",
        )
    return raw


def _fields(record: Json) -> NewRequest:
    known = {name: value for name, value in record.items() if name not in ("type", "timestamp")}
    try:
        new = NewRequest.model_validate(known)
    except ValidationError as error:
        raise BadInput(
            "This request cannot be used yet.", " ".join(field_messages(error).values())
        ) from error
    return new if "channel" in known else new.model_copy(update={"channel": Channel.API})
