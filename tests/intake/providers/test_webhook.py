"""Standard Webhooks: fields of the JSON API, or a whole mail."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from tests.intake.providers.calls import LATE, WEBHOOK_SECRET, call, fixture, webhook
from triage.domain import Channel
from triage.errors import BadInput, BadSignature, SetupError, StaleCall
from triage.intake.email import read_mail
from triage.intake.providers.base import Found, NewFields, NewMail, Nothing
from triage.intake.providers.webhook.provider import Webhook, secret_key, sign

PROVIDER = Webhook()


def found(body: bytes) -> Found:
    """The one thing that a body brings."""
    (only,) = PROVIDER.read(webhook(body))
    return only


@pytest.mark.parametrize(
    ("name", "customer"), [("fields", "Acorn Field Services"), ("event", "Grünwerk GmbH")]
)
def test_the_fields_of_the_json_api_are_taken(name: str, customer: str) -> None:
    request = found(fixture("webhook", f"{name}.json").body)
    assert isinstance(request, NewFields)
    assert request.key == "msg_1"
    assert request.fields.customer == customer
    assert request.fields.deal_value == 48_000
    assert request.fields.channel is Channel.API


def test_a_whole_mail_is_taken() -> None:
    mail = found(fixture("webhook", "mail.json").body)
    assert isinstance(mail, NewMail)
    assert mail.recipients == ("requests@example.com",)
    assert [each.name for each in read_mail(mail.raw).request.attachments] == ["sites.csv"]


def test_another_type_of_event_is_passed_over() -> None:
    assert found(fixture("webhook", "unknown.json").body) == Nothing(
        "Only events of the type request.created are taken, not invoice.paid."
    )


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({}, "subject or body"),
        ({"subject": "x", "custmer": "y"}, "Custmer"),
        ({"subject": "x", "deal_value": "a lot"}, "Deal value"),
        ({"mail": "no base64!"}, "mail"),
        ({"mail": 1}, "mail"),
        ({"type": "request.created", "data": 1}, "subject or body"),
    ],
)
def test_what_cannot_be_used_is_named(payload: dict[str, object], word: str) -> None:
    with pytest.raises(BadInput) as told:
        found(json.dumps(payload).encode())
    assert word in str(told.value)


def test_the_example_of_the_specification() -> None:
    """Secret, id, time, body and signature as on standardwebhooks.com."""
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_one_of_several_signatures_is_enough() -> None:
    body = fixture("webhook", "fields.json").body
    PROVIDER.verify(webhook(body), [WEBHOOK_SECRET])
    before = f"v1a,{'A' * 86}== v1,{base64.b64encode(b'x' * 32).decode()} nonsense v2"
    PROVIDER.verify(webhook(body, before=before), ["whsec_bmV3ZXIgc2VjcmV0IG5ld2Vy", WEBHOOK_SECRET])


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_without_one_of_the_headers_nothing_is_proven(name: str) -> None:
    good = webhook(b"{}")
    headers = {key: value for key, value in good.headers.items() if key != name}
    with pytest.raises(BadSignature, match=name):
        PROVIDER.verify(replace(good, headers=headers), [WEBHOOK_SECRET])


@pytest.mark.parametrize("change", [{"webhook-id": "msg_2"}, {"webhook-signature": "v1,"}, {}])
def test_a_change_proves_nothing(change: dict[str, str]) -> None:
    good = webhook(b'{"subject": "x"}')
    body = good.body if change else b'{"subject": "y"}'
    with pytest.raises(BadSignature):
        PROVIDER.verify(replace(good, body=body, headers={**good.headers, **change}), [WEBHOOK_SECRET])


def test_six_minutes_ago_is_too_late() -> None:
    with pytest.raises(StaleCall, match="6 minutes ago"):
        PROVIDER.verify(webhook(b"{}", signed=LATE), [WEBHOOK_SECRET])


def test_a_secret_that_is_no_base64_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SetupError, match="TRIAGE_WEBHOOK_SECRET"):
        PROVIDER.verify(call("webhook", b"", {}), ["whsec_!"])
