"""Whatever is posted to a way in: no crash, and nothing is kept without a proof."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_services import SmallServices
from starlette.testclient import TestClient

from tests.intake.providers import calls
from triage.errors import BadInput
from triage.intake.providers.base import Found, NewFields, NewMail, Nothing

ALL_KINDS = ("request", "reply", "automatic", "bounce", "refused")


FUZZ = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        'multipart/form-data; boundary=""',
        "text/plain; charset=UTF-8",
        "",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "type",
        "data",
        "mail",
        "subject",
        "body",
        "recipients",
        "From",
        "FromFull",
        "ToFull",
        "RawEmail",
        "TextBody",
        "HtmlBody",
        "Headers",
        "Attachments",
        "Name",
        "Value",
        "Email",
        "Content",
        "ContentType",
        "RecordType",
        "deal_value",
        "need_by",
    ]
)
shaped = st.recursive(
    json_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
form_names = st.sampled_from(
    [
        "timestamp",
        "token",
        "signature",
        "body-mime",
        "message-headers",
        "body-plain",
        "body-html",
        "content-id-map",
        "attachment-1",
        "email",
        "headers",
        "envelope",
        "charsets",
        "attachment-info",
        "attachment1",
        "text",
        "html",
        "recipient",
    ]
)
form_values = st.binary(max_size=30) | json_values.map(lambda value: json.dumps(value).encode())


def multipart(pairs: list[tuple[str, bytes]]) -> bytes:
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), v) for n, v in pairs
    )
    return b"".join(parts) + b"--x--\r\n"


forms = st.lists(st.tuples(form_names, form_values), max_size=6).map(multipart)
bodies = st.binary(max_size=200) | shaped.map(lambda value: json.dumps(value).encode()) | forms
headers = st.dictionaries(
    st.sampled_from(
        [
            "authorization",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "x-amz-sns-rawdelivery",
            "x-twilio-email-event-webhook-signature",
            "x-twilio-email-event-webhook-timestamp",
        ]
    ),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=30)
    | st.sampled_from(["Basic Og==", "v1,", "1" * 20, "true", "99999999999999"]),
    max_size=4,
)


@FUZZ
@given(name=st.sampled_from(sorted(calls.SECRETS)), body=bodies, kind=TYPES, more=headers)
def test_without_a_signature_nothing_is_stored_and_nothing_breaks(
    outside: TestClient,
    services: SmallServices,
    name: str,
    body: bytes,
    kind: str,
    more: dict[str, str],
) -> None:
    encoded = {"content-type": kind, **{key: value.encode("latin-1") for key, value in more.items()}}
    answer = outside.post(f"/intake/{name}", content=body, headers=encoded)
    assert answer.status_code in (401, 413), answer.text
    assert services.store.received(ALL_KINDS) == []
    assert services.engine.processed == []


@FUZZ
@given(name=st.sampled_from(sorted(calls.SECRETS)), body=bodies, kind=TYPES)
def test_whatever_is_signed_is_taken_or_refused_with_a_reason(
    open_ways: FastAPI, name: str, body: bytes, kind: str
) -> None:
    provider = open_ways.state.providers.get(name)
    call = calls.call(name, body, {"content-type": kind, "webhook-id": "msg_1"})
    found: list[Found] = []
    with suppress(BadInput):
        found = list(provider.read(call))
        assert found
    assert all(isinstance(each, NewMail | NewFields | Nothing) for each in found)


@FUZZ
@given(body=shaped | st.dictionaries(NAMES, shaped, max_size=6))
def test_any_signed_json_gets_a_receipt_or_a_reason(
    outside: TestClient, services: SmallServices, body: object
) -> None:
    before = len(services.store.received(ALL_KINDS, limit=1000))
    call = calls.webhook(json.dumps(body).encode(), at=datetime.now(UTC), message_id=f"msg_{before}")
    answer = outside.post("/intake/webhook", content=call.body, headers=dict(call.headers))
    assert answer.status_code in (202, 400, 413, 422), answer.text
