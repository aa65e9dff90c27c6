"""Intercom: conversations that begin, go on and are tagged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from triage.domain import Channel, FromRole
from triage.errors import BadInput
from triage.intake.providers.receiving import receive

from .calls import Fixture, fixture
from .conftest import Way
from .crm_calls import intercom


@pytest.fixture
def way(open_way: Callable[..., Way]) -> Way:
    return open_way("intercom")


def test_a_conversation_that_a_customer_begins_becomes_a_request(way: Way) -> None:
    request = way.request("conversation_created.json")
    assert request.subject == "Can our managers review job reports before invoices go out?"
    assert request.body.endswith("Today somebody does it by hand.")
    assert (request.asker_name, request.asker_address) == ("Priya Nair", "priya.nair@acorn.example.com")
    assert (request.channel, request.from_role) == (Channel.CHAT, FromRole.CUSTOMER)
    assert request.source is not None
    assert request.source.url.endswith("/conversations/147")


def test_a_reply_goes_to_the_request_and_a_repeat_adds_nothing(way: Way) -> None:
    request_id = way.take("conversation_created.json")["id"]
    assert way.take("conversation_created.json")["duplicate"] is True
    assert way.take("conversation_replied.json")["id"] == request_id
    assert way.take("conversation_replied.json")["duplicate"] is True
    later = way.services.store.later_mails(request_id)
    assert [mail.text for mail in later] == ["It must also work when they are offline."]


def test_a_tag_hands_in_the_whole_conversation_with_its_attributes(way: Way) -> None:
    request = way.request("tagged.json")
    assert [(message.sender, message.text) for message in request.thread] == [
        ("Tom Support", "Which managers?"),
        ("Priya Nair", "Those of every branch."),
    ]
    assert (request.customer, request.submitter) == ("Acorn Facilities", "sam.sales@ours.example")
    assert (request.deal_value, request.deal_currency) == (48000.0, "EUR")
    assert request.need_by == date(2027, 1, 31)
    assert request.defects == ("Files stay in Intercom and were not read: flow.png.",)


def test_another_tag_asks_for_nothing(way: Way) -> None:
    notification = _read("tagged.json")
    notification["data"]["item"]["tags_added"]["tags"][0]["name"] = "billing"
    assert _take(way, notification) == {"ignored": "The tag is not “triage”."}


def test_the_first_message_of_an_admin_is_not_the_customers(way: Way) -> None:
    notification = _read("tagged.json")
    notification["data"]["item"]["source"]["author"]["type"] = "admin"
    request = way.services.store.request(_take(way, notification)["id"])
    assert request.from_role is FromRole.SUCCESS


def test_a_reply_without_words_or_from_us_asks_for_nothing(way: Way) -> None:
    way.take("conversation_created.json")
    notification = _read("conversation_replied.json")
    part = notification["data"]["item"]["conversation_parts"]["conversation_parts"][0]
    part["author"]["email"] = "triage+r-1.abcdefghij@ours.example"
    assert _take(way, notification) == {"ignored": "Our own words came back."}
    part["body"] = "<p> </p>"
    assert "no words" in _take(way, notification)["ignored"]


@pytest.mark.parametrize(
    ("value", "said"),
    [({}, "no topic"), ({"topic": "conversation.user.created"}, "names no conversation"), ([], "no object")],
)
def test_what_is_missing_is_said(way: Way, value: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        _take(way, value)


def _read(name: str) -> Any:
    return json.loads(fixture("intercom", name).body)


def _take(way: Way, value: object) -> dict[str, Any]:
    made = intercom(Fixture({"content-type": "application/json"}, json.dumps(value).encode()))
    receipt: dict[str, Any] = json.loads(receive(way.services, way.providers, "intercom", made).body)  # type: ignore[arg-type]
    return receipt
