"""Slack: the command, the shortcut, and who people are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput
from triage.intake.providers.base import Answered
from triage.intake.providers.receiving import receive

from .calls import Fixture
from .conftest import Way
from .crm_calls import slack
from .loopback_api import LoopbackApi, loopback_api

SAM = "/api/users.info?user=U2147483697"
PRIYA = "/api/users.info?user=U0PRIYA01"


@pytest.fixture(autouse=True)
def _stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixtures name Slack's own host; no test may call it."""
    monkeypatch.setattr("triage.intake.providers.slack.provider._HOOKS", "hooks.slack.invalid")


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackApi]:
    with loopback_api() as api:
        yield api


@pytest.fixture
def api(server: LoopbackApi) -> LoopbackApi:
    """Slack's API with two users."""
    server.slow.clear()
    server.asked.clear()
    server.answers = {
        SAM: {"ok": True, "user": {"id": "U2147483697", "profile": {"email": "sam.sales@ours.example"}}},
        PRIYA: {"ok": True, "user": {"id": "U0PRIYA01", "real_name": "Priya Nair", "profile": {}}},
    }
    return server


@pytest.fixture
def way(open_way: Callable[..., Way], api: LoopbackApi) -> Way:
    return open_way("slack", slack_token="xoxb-1", slack_api=f"{api.base}/api")


def test_a_command_becomes_a_request_and_is_answered_to_its_sender_alone(way: Way) -> None:
    answered = way.answered("command.http")
    told = json.loads(answered.body)
    request_id = way.services.engine.processed[0]
    assert (answered.status, answered.media_type) == (200, "application/json")
    assert told["response_type"] == "ephemeral"
    assert f"<https://triage.example.com/requests/{request_id}|{request_id}>" in told["text"]
    request = way.services.store.request(request_id)
    assert request.customer == "Acorn Facilities"
    assert request.body == (
        "export job reports as PDF & CSV? They asked priya.nair@acorn.example.com about it."
    )
    assert request.subject == "export job reports as PDF & CSV?"
    assert (request.submitter, request.channel) == ("sam.sales@ours.example", Channel.CHAT)
    assert request.from_role is FromRole.SALES


def test_labelled_lines_of_a_command_fill_the_fields(way: Way) -> None:
    way.answered("command_lines.http")
    request = way.services.store.request(way.services.engine.processed[0])
    assert (request.customer, request.asker_address) == ("Dune Energy", "omar@dune.example.com")
    assert (request.deal_value, request.deal_currency) == (120_000.0, "USD")
    assert (request.need_by, request.need_by_reason) == (date(2027, 2, 28), "their pilot ends")
    assert request.body == "SSO and roles for twenty people. Is that a small thing?"


def test_a_command_without_words_is_told_how_to_write_it(way: Way) -> None:
    told = json.loads(way.answered("command_help.http").body)
    assert "/can-we for Acorn Facilities" in told["text"]
    assert way.services.engine.processed == []


def test_a_shortcut_hands_in_the_message_with_who_wrote_it_and_where_it_stands(way: Way) -> None:
    way.answered("shortcut.http")
    request = way.services.store.request(way.services.engine.processed[0])
    assert "match their approval flow (https://example.com/flow)" in request.body
    assert "@sam says it is “just five roles” & done" in request.body
    assert (request.asker_name, request.submitter) == ("Priya Nair", "sam.sales@ours.example")
    assert request.source == Source(
        provider="slack",
        kind="message",
        id="C2147483705:1763629800.000200",
        url="https://ours.slack.com/archives/C2147483705/p1763629800000200",
    )
    way.answered("shortcut.http")
    assert len(way.services.engine.processed) == 1


def test_after_a_shortcut_slack_is_told_because_it_shows_no_answer(way: Way, api: LoopbackApi) -> None:
    api.answers["/told"] = {}
    _take(way, {"payload": json.dumps(_shortcut(f"{api.base}/told"))})
    request_id = way.services.engine.processed[0]
    told = [body for path, _, body in api.asked if path == "/told"]
    assert [body["response_type"] for body in told] == ["ephemeral"]
    assert f"https://triage.example.com/requests/{request_id}" in told[0]["text"]


@pytest.mark.parametrize("address", ["https://crm.example.com/told", "http://10.0.0.1/", "nonsense", 5])
def test_nobody_but_slack_is_told(open_way: Callable[..., Way], address: object) -> None:
    way = open_way("slack")
    assert _take(way, {"payload": json.dumps(_shortcut(address))}).status == 200
    assert len(way.services.engine.processed) == 1


def test_a_slack_that_does_not_listen_costs_nothing(way: Way, api: LoopbackApi) -> None:
    api.answers["/told"] = 500
    assert _take(way, {"payload": json.dumps(_shortcut(f"{api.base}/told"))}).status == 200
    assert len(way.services.engine.processed) == 1


def test_without_a_token_a_name_does_and_it_is_said(open_way: Callable[..., Way]) -> None:
    way = open_way("slack")
    way.answered("shortcut.http")
    request = way.services.store.request(way.services.engine.processed[0])
    assert (request.submitter, request.asker_name) == ("", "U0PRIYA01")
    assert request.defects[0].startswith("@sam handed this in from Slack")
    assert "TRIAGE_SLACK_TOKEN" in request.defects[0]


@pytest.mark.parametrize("answer", [500, 403, {"ok": False, "error": "user_not_found"}, {"user": []}])
def test_a_slack_that_does_not_say_who_it_is_costs_nothing(
    way: Way, api: LoopbackApi, answer: object
) -> None:
    api.answers = {SAM: answer}
    way.answered("command.http")
    request = way.services.store.request(way.services.engine.processed[0])
    assert request.submitter == ""
    assert "did not say their mail address" in request.defects[0]


def test_a_slow_slack_does_not_hold_the_answer_up(
    way: Way, api: LoopbackApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.slow[SAM.partition("?")[0]] = 0.5
    monkeypatch.setattr(way.providers.get("slack"), "_time_s", 0.1)
    way.answered("shortcut.http")
    assert "did not say" in way.services.store.request(way.services.engine.processed[0]).defects[0]


def test_the_proof_of_the_address_is_given_back(way: Way) -> None:
    answered = way.answered("url_verification.json")
    assert answered == Answered(b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "text/plain", 200)


def test_a_check_of_the_certificate_is_fine(way: Way) -> None:
    assert _take(way, {"ssl_check": "1", "token": "x"}).status == 200


def test_a_message_without_words_is_answered(way: Way) -> None:
    message = {"type": "message_action", "channel": {"id": "C1"}, "message": {"ts": "1.2", "text": " "}}
    assert b"no text" in _take(way, {"payload": json.dumps(message)}).body


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": "hello"}, "neither a command"),
        ({"command": "/can-we", "text": "hello"}, "trigger_id"),
        ({"payload": '{"type": "message_action", "message": {"text": "x"}}'}, "names no message"),
        ({"payload": "{"}, "not valid JSON"),
    ],
)
def test_what_is_missing_is_said(way: Way, form: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        _take(way, form)


def _shortcut(response_url: object) -> dict[str, Any]:
    return {
        "type": "message_action",
        "channel": {"id": "C1"},
        "message": {"ts": "1763629800.000200", "text": "Can we match their approval flow?"},
        "user": {"id": "U2147483697", "name": "sam"},
        "response_url": response_url,
    }


def _take(way: Way, form: dict[str, str]) -> Answered:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    made = slack(Fixture(headers, urlencode(form).encode()))
    return receive(way.services, way.providers, "slack", made)  # type: ignore[arg-type]
