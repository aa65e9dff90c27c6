"""What proves a call of a CRM, a help desk or a chat, what does not, and that nothing in one can raise."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import cast
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadInput, BadSignature, SetupError, StaleCall
from triage.intake.providers.base import Handshake, LaterWords, NewFields, Nothing, Provider
from triage.intake.providers.registry import setting_of
from triage.settings import Settings

from .calls import NOW, PROVIDERS, Fixture, call
from .crm_calls import SECRET, SIGNED, front_rule, hubspot_v2, named
from .test_fields import JSON

EXAMPLE = {
    "hubspot": "workflow_deal.json",
    "salesforce": "opportunity.json",
    "zendesk": "trigger_ticket.json",
    "intercom": "conversation_created.json",
    "front": "inbound.json",
    "slack": "command.http",
}
TIMED = [name for name in EXAMPLE if name != "intercom"]
SIGNATURES = {
    "hubspot": "x-hubspot-signature-v3",
    "salesforce": "x-triage-signature",
    "zendesk": "x-zendesk-webhook-signature",
    "intercom": "x-hub-signature",
    "front": "x-front-signature",
    "slack": "x-slack-signature",
}


def provider(name: str) -> Provider:
    module = import_module(f"triage.intake.providers.{name}.provider")
    settings = Settings(team_domains="ours.example", base_url="https://triage.example.com", _env_file=None)
    return cast("Provider", module.open_provider(settings))


ALL = {name: provider(name) for name in EXAMPLE}


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_rightly_signed_call_is_proven_by_any_active_secret(name: str) -> None:
    ALL[name].verify(named(name, EXAMPLE[name]), ["an-older-one", SECRET])


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_call_signed_with_another_secret_is_not(name: str) -> None:
    with pytest.raises(BadSignature, match=r"not signed") as caught:
        ALL[name].verify(named(name, EXAMPLE[name], secret="somebody else's"), [SECRET])
    assert setting_of(name) in caught.value.remedy


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_changed_body_is_not_proven(name: str) -> None:
    signed = named(name, EXAMPLE[name])
    with pytest.raises(BadSignature):
        ALL[name].verify(replace(signed, body=signed.body.replace(b"a", b"b", 1)), [SECRET])


@pytest.mark.parametrize("name", EXAMPLE)
@pytest.mark.parametrize("value", ["", " ", "nonsense", "sha1=", "v0=é", "t=1,v1="])
def test_a_call_without_a_usable_signature_is_not_proven(name: str, value: str) -> None:
    signed = named(name, EXAMPLE[name])
    headers = {**signed.headers, SIGNATURES[name]: value}
    with pytest.raises(BadSignature):
        ALL[name].verify(replace(signed, headers=headers), [SECRET])
    with pytest.raises(BadSignature):
        ALL[name].verify(replace(signed, headers={}), [SECRET])


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("minutes", [-6, 6, 600])
def test_a_call_signed_minutes_ago_or_ahead_is_stale(name: str, minutes: int) -> None:
    with pytest.raises(StaleCall):
        ALL[name].verify(named(name, EXAMPLE[name], signed=NOW + timedelta(minutes=minutes)), [SECRET])
    ALL[name].verify(
        named(name, EXAMPLE[name], signed=NOW + timedelta(minutes=minutes / abs(minutes) * 4)), [SECRET]
    )


@pytest.mark.parametrize("name", TIMED)
def test_another_time_than_the_signed_one_proves_nothing(name: str) -> None:
    signed = named(name, EXAMPLE[name], signed=NOW - timedelta(hours=1))
    now = {"zendesk": "2026-11-20T09:12:10Z", "salesforce": ""}.get(name, str(int(NOW.timestamp())))
    headers = {
        key: (now + "000" * (name in ("hubspot", "front")) if "timestamp" in key else value)
        for key, value in signed.headers.items()
    }
    if name == "salesforce":
        headers[SIGNATURES[name]] = signed.headers[SIGNATURES[name]].replace("t=", "t=1", 1)
    with pytest.raises(BadSignature) as caught:
        ALL[name].verify(replace(signed, headers=headers), [SECRET])
    assert not isinstance(caught.value, StaleCall)


def test_hubspot_decodes_the_documented_characters_of_the_address() -> None:
    found = Fixture({"content-type": "application/json"}, b"{}")
    signed = SIGNED["hubspot"](
        found, query="?from=https%3A%2F%2Fcrm.example.com&who=sam%40ours.example&x=%20"
    )
    ALL["hubspot"].verify(signed, [SECRET])
    with pytest.raises(BadSignature):
        ALL["hubspot"].verify(replace(signed, url=signed.url + "&more=1"), [SECRET])


def test_the_older_signature_of_hubspot_is_for_workflows_alone() -> None:
    workflow = Fixture({}, (PROVIDERS / "hubspot/fixtures/workflow_deal.json").read_bytes())
    events = Fixture({}, (PROVIDERS / "hubspot/fixtures/subscription.json").read_bytes())
    ALL["hubspot"].verify(hubspot_v2(workflow), [SECRET])
    with pytest.raises(BadSignature, match="older"):
        ALL["hubspot"].verify(hubspot_v2(events), [SECRET])
    with pytest.raises(BadSignature):
        ALL["hubspot"].verify(hubspot_v2(workflow, secret="another"), [SECRET])


def test_hubspot_does_not_fall_back_to_v2_when_v3_is_wrong() -> None:
    older = hubspot_v2(Fixture({}, b"{}"))
    headers = {
        **older.headers,
        "x-hubspot-signature-v3": "AAAA",
        "x-hubspot-request-timestamp": "1763630000000",
    }
    with pytest.raises(BadSignature):
        ALL["hubspot"].verify(replace(older, headers=headers), [SECRET])


def test_a_rule_of_front_signs_without_a_time() -> None:
    found = Fixture({}, (PROVIDERS / "front/fixtures/rule_forward.json").read_bytes())
    ALL["front"].verify(front_rule(found), [SECRET])
    timed = {**front_rule(found).headers, "x-front-request-timestamp": "1763630000000"}
    with pytest.raises(BadSignature):
        ALL["front"].verify(replace(front_rule(found), headers=timed), [SECRET])


@pytest.mark.parametrize("name", EXAMPLE)
def test_an_event_of_another_kind_asks_for_nothing_or_says_what_is_missing(name: str) -> None:
    unknown = "unknown.http" if name == "slack" else "unknown.json"
    if name == "salesforce":  # has no kinds of event, only records
        with pytest.raises(BadInput, match="what the customer wants"):
            ALL[name].read(named(name, unknown))
    else:
        found = ALL[name].read(named(name, unknown))
        assert all(isinstance(each, Nothing) and each.reason for each in found)


@pytest.mark.parametrize("name", EXAMPLE)
@given(value=JSON)
def test_any_json_is_read_or_refused(name: str, value: object) -> None:
    _read(name, json.dumps(value).encode(), "application/json")


@pytest.mark.parametrize("name", EXAMPLE)
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    ),
)
def test_any_bytes_are_read_or_refused(name: str, body: bytes, kind: str) -> None:
    _read(name, body, kind)


@pytest.mark.parametrize("name", EXAMPLE)
@given(data=st.data())
def test_a_fixture_with_any_part_replaced_is_read_or_refused(name: str, data: st.DataObject) -> None:
    files = sorted((PROVIDERS / name / "fixtures").glob("*.json"))
    payload = json.loads(data.draw(st.sampled_from(files)).read_bytes())
    _replace_somewhere(payload, data)
    body = json.dumps(payload).encode()
    _read(name, body, "application/json")
    form = urlencode({"payload": body.decode(), "ticket.id": "1", "command": "/can-we"})
    _read(name, form.encode(), "application/x-www-form-urlencoded")


def _replace_somewhere(payload: object, data: st.DataObject) -> None:
    """Walk down at random and put anything in the place of what stands there."""
    holder, key = [payload], 0
    below: object = payload
    while isinstance(below, dict | list) and below and data.draw(st.integers(0, 3)):
        keys = list(below) if isinstance(below, dict) else list(range(len(below)))
        holder, key = below, data.draw(st.sampled_from(keys))  # type: ignore[assignment]
        below = holder[key]
    holder[key] = data.draw(JSON)


def _read(name: str, body: bytes, kind: str) -> None:
    refusals = (BadInput, SetupError) if name == "hubspot" else (BadInput,)  # no token is set
    try:
        found = ALL[name].read(call(name, body, {"content-type": kind}))
    except refusals:
        return
    assert all(isinstance(each, NewFields | LaterWords | Nothing | Handshake) for each in found)
    assert all(each.key and each.request().text().strip() for each in found if isinstance(each, NewFields))
