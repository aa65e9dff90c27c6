"""Front: messages, forwards, tags, comments and the challenge of the set-up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from triage.domain import Source
from triage.errors import BadInput
from triage.intake.providers.receiving import receive

from .calls import Fixture, fixture
from .conftest import Way
from .crm_calls import front, front_rule, named


@pytest.fixture
def way(open_way: Callable[..., Way]) -> Way:
    return open_way("front")


def test_the_first_message_of_a_conversation_becomes_a_request(way: Way) -> None:
    request = way.request("inbound.json")
    assert request.subject == "Approval before invoices"
    assert request.body.endswith("can the managers of each branch review job reports before invoices go out?")
    assert (request.customer, request.asker_name) == ("Acorn Facilities Ltd", "Priya Nair")
    assert (request.deal_value, request.deal_currency, request.need_by) == (48000.0, "EUR", date(2027, 1, 31))
    assert request.submitter == "sam.sales@ours.example"
    assert request.source == Source(
        provider="front",
        kind="conversation",
        id="cnv_1042nr10",
        url="https://app.frontapp.com/open/cnv_1042nr10",
    )
    assert request.defects == ("Files stay in Front and were not read: approval flow.pdf.",)


def test_a_further_message_goes_to_it_and_repeats_add_nothing(way: Way) -> None:
    request_id = way.take("inbound.json")["id"]
    assert way.take("inbound.json")["duplicate"] is True
    assert way.services.store.later_mails(request_id) == []
    assert way.take("inbound_reply.json")["id"] == request_id
    assert way.take("inbound_reply.json")["duplicate"] is True
    assert [mail.text for mail in way.services.store.later_mails(request_id)] == [
        "Also on the phone, please."
    ]


def test_a_reply_alone_is_a_request_with_what_it_quotes_below(way: Way) -> None:
    request = way.request("inbound_reply.json")
    assert request.body == "Also on the phone, please."
    assert [message.text for message in request.thread] == ["Which managers?"]


def test_a_comment_of_a_colleague_goes_to_the_request(way: Way) -> None:
    request_id = way.take("inbound.json")["id"]
    assert way.take("comment.json")["id"] == request_id
    later = way.services.store.later_mails(request_id)
    assert [(mail.sender, mail.address) for mail in later] == [("Olga Other", "olga.other@ours.example")]


def test_a_tag_hands_in_a_conversation(way: Way) -> None:
    assert way.request("tag_added.json").source == Source(
        provider="front",
        kind="conversation",
        id="cnv_1042nr12",
        url="https://app.frontapp.com/open/cnv_1042nr12",
    )
    other = _read("tag_added.json")
    other["payload"]["target"]["data"]["name"] = "billing"
    assert _take(way, other) == {"ignored": "The tag is not “triage”."}


def test_a_rule_sends_the_event_alone_and_a_forward_is_the_customers(way: Way) -> None:
    made = front_rule(fixture("front", "rule_forward.json"))
    taken = json.loads(receive(way.services, way.providers, "front", made).body)  # type: ignore[arg-type]
    request = way.services.store.request(taken["id"])
    assert (request.asker_address, request.submitter) == (
        "maya@elm-tools.example.com",
        "sam.sales@ours.example",
    )
    assert (request.forwarder_note, request.deal_value) == ("Hi support, please see below.", 30_000.0)


def test_a_preview_is_taken_and_said_to_be_one(way: Way) -> None:
    event = _read("inbound.json")
    for name in ("text", "body"):
        del event["payload"]["target"]["data"][name]
    request = way.services.store.request(_take(way, event)["id"])
    assert request.body.startswith("Hi,")
    assert any("only the beginning" in defect for defect in request.defects)


def test_our_own_mail_in_the_inbox_is_no_request(way: Way) -> None:
    event = _read("inbound.json")
    event["payload"]["target"]["data"]["recipients"][0]["handle"] = "triage@ours.example"
    assert _take(way, event) == {"ignored": "Our own mail came back."}


def test_the_challenge_of_the_set_up_is_answered(way: Way) -> None:
    made = named("front", "sync.json")
    asked = replace(made, headers={**made.headers, "x-front-challenge": 'n0nsense-"<>'})
    answered = receive(way.services, way.providers, "front", asked)  # type: ignore[arg-type]
    assert (answered.status, json.loads(answered.body)) == (200, {"challenge": 'n0nsense-"<>'})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "no kind of event"),
        ({"type": "inbound_received", "payload": {"id": "evt_1"}}, "names no message"),
        ({"type": "tag_added", "payload": {"target": {"data": {"name": "triage"}}}}, "names no message"),
    ],
)
def test_what_is_missing_is_said(way: Way, value: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        _take(way, value)


def _read(name: str) -> Any:
    return json.loads(fixture("front", name).body)


def _take(way: Way, value: object) -> dict[str, Any]:
    made = front(Fixture({"content-type": "application/json"}, json.dumps(value).encode()))
    receipt: dict[str, Any] = json.loads(receive(way.services, way.providers, "front", made).body)  # type: ignore[arg-type]
    return receipt
