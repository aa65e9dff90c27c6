"""The answer as a webhook, signed as Standard Webhooks 1.0.0 asks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. A message has one
`webhook-id` however often it is sent, so a receiver that remembers it gets the answer once.
docs/answers-out.md describes the body; a field is added to it without notice, a change to one makes a new
`version`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import SetupError
from triage.intake.providers.signing import from_base64
from triage.intake.providers.webhook.provider import ID, SIGNATURE, TIMESTAMP, sign
from triage.mails import open_questions
from triage.outbox.approved import Approved
from triage.outbox.call import TIMEOUT_S, Place, call, place_of

TYPE = "answer.approved"
VERSION = 1
_KEY_BYTES = range(24, 65)  # as the specification says
_REMEDY = "Check TRIAGE_WEBHOOK_OUT_URL and what receives there, then send it again."


class WebhookSender:
    """Posts to one address. Implements `ports.Sender`."""

    def __init__(
        self, url: str, secrets: Sequence[str], *, private: bool = False, timeout: float = TIMEOUT_S
    ) -> None:
        """Nothing is contacted yet.

        Args:
            url: https, or http on this machine.
            secrets: whsec_… each; the message is signed with every one, so that one can be replaced.
            private: the address may be one that is not on the public internet.
            timeout: seconds for one call.

        Raises:
            SetupError: the address or a secret cannot be used.
        """
        self._place = place_of(url, "TRIAGE_WEBHOOK_OUT_URL")
        self._keys = tuple(_key(secret) for secret in secrets)
        if not self._keys:
            raise SetupError("TRIAGE_WEBHOOK_OUT_SECRET is empty.", "Give a secret: whsec_ and base64.")
        self._private = private
        self._timeout = timeout

    @property
    def place(self) -> Place:
        """Where it goes."""
        return self._place

    def send(self, message: OutgoingMessage) -> str:
        """Deliver; returns the host. Raises NotDelivered, never in doubt: the receiver knows repeats."""
        body = message.payload.encode()
        name = webhook_id(message.id)
        at = str(int(datetime.now(UTC).timestamp()))
        headers = {
            "Content-Type": "application/json",
            ID: name,
            TIMESTAMP: at,
            SIGNATURE: " ".join(sign(key, name, at, body) for key in self._keys),
        }
        call(
            "POST",
            self._place,
            body,
            headers,
            remedy=_REMEDY,
            knows_repeats=True,
            private=self._private,
            timeout=self._timeout,
        )
        return self._place.name


def webhook_id(message_id: str) -> str:
    """The fixed `webhook-id` of a message; dots separate what is signed, so it holds none."""
    return message_id.replace(".", "_")


def answer_webhook(approved: Approved, to: str) -> OutgoingMessage:
    """The webhook of an approval. `to`: the host it goes to, for people."""
    body = {
        "type": TYPE,
        "timestamp": approved.decision.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "version": VERSION,
            "request": _request(approved),
            "answer": _answer(approved),
            "approved_by": approved.decision.by,
        },
    }
    return approved.message(OutChannel.WEBHOOK, to, json.dumps(body, ensure_ascii=False))


def _request(approved: Approved) -> dict[str, Any]:
    request = approved.record.request
    source = request.source
    return {
        "id": request.id,
        "url": approved.url,
        "subject": approved.title,
        "customer": request.customer,
        "submitter": request.submitter,
        "received": request.received.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "source": source.model_dump(mode="json") if source else None,
    }


def _answer(approved: Approved) -> dict[str, Any]:
    answer = approved.answer
    said = answer.model_dump(mode="json", exclude={"checklist", "options", "moves"})
    return {
        **said,
        "draft_version": approved.decision.version,
        "size": approved.draft.size.label,
        "moves": [move.sentence or move.name for move in answer.moves],
        "options": [option.model_dump(mode="json") for option in answer.options],
        "open_questions": list(open_questions(approved.draft)),
    }


def _key(secret: str) -> bytes:
    key = from_base64(secret.removeprefix("whsec_"))
    if len(key) not in _KEY_BYTES:
        raise SetupError(
            "A secret in TRIAGE_WEBHOOK_OUT_SECRET is not whsec_ and the base64 of 24 to 64 bytes.",
            'Make one with: python -c "import base64, secrets; '
            "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\"",
        )
    return key
