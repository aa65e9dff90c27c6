"""Approved answers as signed webhooks, to a real receiver."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from tests.outbox.receiver import Receiver, breaks_off, says
from triage.errors import BadSignature, NotDelivered, SetupError
from triage.intake.providers.base import Call
from triage.intake.providers.webhook.provider import Webhook
from triage.outbox.approved import Approved
from triage.outbox.webhook import WebhookSender, answer_webhook, webhook_id

OLD, NEW = (f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in (1, 2))


def sender(receiver: Receiver, *secrets: str) -> WebhookSender:
    return WebhookSender(f"{receiver.url}/hook?key=k", secrets or (NEW,), private=True, timeout=1)


def test_an_answer_arrives_signed(receiver: Receiver, approved: Approved) -> None:
    message = answer_webhook(approved, "127.0.0.1")
    assert message.id == "r-0001.answer.2.webhook"
    assert sender(receiver).send(message) == f"127.0.0.1:{receiver.port}"
    (call,) = receiver.calls
    assert call.path == "/hook?key=k"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert call.headers["webhook-id"] == "r-0001_answer_2_webhook"
    proof = Call("POST", "/", call.headers, call.body, datetime.now(UTC))
    Webhook().verify(proof, [NEW])
    with pytest.raises(BadSignature):
        Webhook().verify(proof, [OLD])


def test_while_a_secret_is_changed_both_prove_it(receiver: Receiver, approved: Approved) -> None:
    sender(receiver, NEW, OLD).send(answer_webhook(approved, "x"))
    (call,) = receiver.calls
    for secret in (OLD, NEW):
        Webhook().verify(Call("POST", "/", call.headers, call.body, datetime.now(UTC)), [secret])


def test_the_body_is_the_documented_one(approved: Approved) -> None:
    body = json.loads(answer_webhook(approved, "x").payload)
    assert (body["type"], body["timestamp"]) == ("answer.approved", "2026-03-02T09:30:00Z")
    assert set(body["data"]) == {"version", "request", "answer", "approved_by"}
    assert set(body["data"]["request"]) == {
        *("id", "url", "subject", "customer", "submitter", "received", "source")
    }
    assert set(body["data"]["answer"]) == {
        *("verdict", "no_reason", "conditions", "ships_first", "waits", "customer_prepares", "dependencies"),
        *(
            "biggest_risk",
            "date_kind",
            "date",
            "decider",
            "outcome",
            "health",
            "moves",
            "options",
            "promises",
        ),
        *("sentence", "note", "draft_version", "size", "open_questions"),
    }
    assert body["data"]["answer"]["open_questions"] == ["Who exports?"]
    assert body["data"]["request"]["url"] == "https://triage.example/requests/r-0001"
    assert body["data"]["approved_by"] == "tara@example.com"


def test_a_repeat_has_the_same_id_and_body(receiver: Receiver, approved: Approved) -> None:
    receiver.will(says(500), says(200))
    message, out = answer_webhook(approved, "x"), sender(receiver)
    with pytest.raises(NotDelivered, match="answered 500"):
        out.send(message)
    out.send(message)
    first, second = receiver.calls
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == webhook_id(message.id)


def test_a_lost_reply_is_never_in_doubt(receiver: Receiver, approved: Approved) -> None:
    receiver.will(breaks_off, says(504))
    for _ in range(2):
        with pytest.raises(NotDelivered) as caught:
            sender(receiver).send(answer_webhook(approved, "x"))
        assert (caught.value.permanent, caught.value.in_doubt) == (False, False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com/x",
        "ftp://hooks.example.com/x",
        "http://hooks.example.com/x",
        "https://user:pass@hooks.example.com/x",
        "https://hooks.example.com:port/x",
        "https://hooks.example.com/a b",
        "https://[::1/x",
    ],
)
def test_an_address_that_cannot_be_called_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_WEBHOOK_OUT_URL"):
        WebhookSender(url, (NEW,))


@pytest.mark.parametrize("secrets", [(), ("whsec_",), ("whsec_c2hvcnQ=",), (NEW, "no base64 at all!")])
def test_a_secret_that_signs_nothing_is_refused_at_the_start(secrets: tuple[str, ...]) -> None:
    with pytest.raises(SetupError, match="TRIAGE_WEBHOOK_OUT_SECRET"):
        WebhookSender("https://hooks.example.com/x", secrets)


def test_a_private_address_needs_leave(receiver: Receiver, approved: Approved) -> None:
    careful = WebhookSender(f"{receiver.url}/hook", (NEW,))
    with pytest.raises(NotDelivered, match="not on the public internet") as caught:
        careful.send(answer_webhook(approved, "x"))
    assert caught.value.permanent
    assert "TRIAGE_WEBHOOK_OUT_PRIVATE" in caught.value.remedy
    assert receiver.calls == []
