"""Zendesk: what a trigger sends, and ticket events."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from triage.domain import FromRole, Source
from triage.errors import BadInput, BadSignature
from triage.intake.providers.receiving import receive

from .calls import Fixture
from .conftest import Way
from .crm_calls import SECRET, zendesk


@pytest.fixture
def way(open_way: Callable[..., Way]) -> Way:
    return open_way("zendesk")


def test_the_ticket_of_a_trigger_becomes_a_request(way: Way) -> None:
    request = way.request("trigger_ticket.json")
    assert (request.subject, request.body) == ("A simple export", "We need a simple export of job reports.")
    assert (request.customer, request.asker_name) == ("Acorn Facilities", "Priya Nair")
    assert (request.asker_address, request.submitter) == (
        "priya.nair@acorn.example.com",
        "sam.sales@ours.example",
    )
    assert request.from_role is FromRole.CUSTOMER
    assert request.source == Source(
        provider="zendesk", kind="ticket", id="35436", url="https://ours.zendesk.com/agent/tickets/35436"
    )


def test_a_mail_that_a_colleague_forwarded_into_zendesk_is_the_customers(way: Way) -> None:
    request = way.request("trigger_ticket.http")
    assert (request.asker_name, request.asker_address) == ("Maya Okafor", "maya@elm-tools.example.com")
    assert (request.customer, request.submitter) == ("Elm Tools Ltd", "sam.sales@ours.example")
    assert request.forwarded_by == "sam.sales@ours.example"
    assert request.subject == "Import from our old system"
    assert request.body.startswith("Hello Sam,")
    assert (request.forwarder_note, request.deal_value) == ("Hi support, please see below.", 30_000.0)


def test_a_comment_goes_to_the_request_of_its_ticket_without_quotes(way: Way) -> None:
    request_id = way.take("trigger_ticket.json")["id"]
    assert way.take("trigger_comment.json")["outcome"] == "reply"
    later = way.services.store.later_mails(request_id)
    assert [(mail.sender, mail.text) for mail in later] == [
        ("Priya Nair", 'It also has to work offline, said "Priya".')
    ]
    assert way.take("trigger_comment.json")["duplicate"] is True


def test_a_comment_on_a_ticket_nobody_handed_in_is_left_alone(way: Way) -> None:
    assert way.take("trigger_comment.json") == {"ignored": "No request came from this record."}
    assert way.services.engine.processed == []


def test_ticket_events_make_one_request_and_say_what_they_do_not_know(way: Way) -> None:
    created = way.take("ticket_created.json")
    request = way.services.store.request(created["id"])
    assert (request.subject, request.asker_address) == ("Unterschrift auf dem Handy", "")
    assert "8447388090494" in request.defects[0]
    assert way.take("first_comment.json") == {"ignored": "The first comment is the ticket itself."}
    assert way.take("comment_added.json")["id"] == created["id"]
    assert len(way.services.store.later_mails(created["id"])) == 1
    assert way.take("ticket_created.json")["duplicate"] is True


def test_trigger_and_event_of_one_ticket_are_one_request(way: Way) -> None:
    created = way.take("ticket_created.json")
    trigger = {"ticket": {"id": "5158", "title": "Unterschrift", "description": "Noch einmal."}}
    again = receive(
        way.services,  # type: ignore[arg-type]
        way.providers,
        "zendesk",
        zendesk(Fixture({"content-type": "application/json"}, json.dumps(trigger).encode())),
    )
    assert (json.loads(again.body)["id"], json.loads(again.body)["duplicate"]) == (created["id"], True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "no ticket"),
        (b"[]", "no object"),
        (b'{"ticket": {"title": "Export"}}', "names no ticket"),
        (b'{"ticket": {"id": 5}}', "what the customer wants"),
        (b"{", "not valid JSON"),
    ],
)
def test_what_is_missing_is_said(way: Way, body: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        receive(way.services, way.providers, "zendesk", zendesk(Fixture({}, body)))  # type: ignore[arg-type]


def test_a_time_that_is_none_proves_nothing(way: Way) -> None:
    made = zendesk(Fixture({}, b"{}"))
    provider = way.providers.get("zendesk")
    headers = {**made.headers, "x-zendesk-webhook-signature-timestamp": "yesterday"}
    with pytest.raises(BadSignature):
        provider.verify(type(made)(made.method, made.url, headers, made.body, made.at), [SECRET])
