"""Salesforce: records out of Apex, platform events, comments."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest

from triage.errors import BadInput, BadSignature
from triage.intake.providers.receiving import receive

from .calls import NOW, Fixture, call
from .conftest import Way
from .crm_calls import SECRET, salesforce


@pytest.fixture
def way(open_way: Callable[..., Way]) -> Way:
    return open_way("salesforce")


def test_a_record_in_our_envelope_becomes_a_request(way: Way) -> None:
    request = way.request("opportunity.json")
    assert request.body.startswith("They need to match their approval flow: five roles")
    assert (request.customer, request.submitter) == ("Cedar Clinics", "sam.sales@ours.example")
    assert (request.deal_value, request.deal_currency) == (86000.5, "GBP")
    assert request.need_by == date(2027, 2, 15)
    assert request.source is not None
    assert (request.source.kind, request.source.id) == ("Opportunity", "006Qy00000AbCdEIAV")
    assert request.source.url == "https://ours.my.salesforce.com/006Qy00000AbCdEIAV"


def test_every_record_of_a_list_becomes_one(way: Way) -> None:
    results = way.take("records.json")["results"]
    requests = [way.services.store.request(each["id"]) for each in results]
    assert [request.subject for request in requests] == [
        "Cedar Clinics – approval rules",
        "Einmal täglich ein Bericht?",
    ]
    assert (requests[1].asker_name, requests[1].asker_address) == (
        "Jörg Dünnbier",
        "joerg@duennbier.example.com",
    )


def test_a_platform_event_becomes_one_and_keeps_what_it_could_not_read(way: Way) -> None:
    request = way.request("platform_event.json")
    assert (request.subject, request.deal_value, request.need_by) == ("SSO for a pilot", 1_200_000.0, None)
    assert "someday soon" in request.defects[0]
    assert way.take("platform_event.json")["duplicate"] is True


def test_a_comment_goes_to_the_request_of_its_case(way: Way) -> None:
    assert way.take("case_comment.json") == {"ignored": "No request came from this record."}
    case = way.take("records.json")["results"][1]["id"]
    assert way.take("case_comment.json")["id"] == case
    assert way.take("case_comment.json")["duplicate"] is True
    later = way.services.store.later_mails(case)
    assert [(mail.sender, mail.text) for mail in later] == [("Sam Sales", "They now need it for Excel, too.")]


def test_our_own_mail_in_a_comment_is_not_taken_for_somebody_elses_words(way: Way) -> None:
    way.take("records.json")
    body = {
        "attributes": {"type": "CaseComment"},
        "ParentId": "500Qy00000ZzYyXIAV",
        "CommentBody": "Yes.\n\nThe whole answer: https://triage.example.com/requests/r-1",
    }
    made = salesforce(Fixture({}, json.dumps(body).encode()))
    answered = receive(way.services, way.providers, "salesforce", made)  # type: ignore[arg-type]
    assert json.loads(answered.body) == {"ignored": "Our own words came back."}


@pytest.mark.parametrize("header", ["v1=00", "t=1763630000", "t=,v1=", "1763630000"])
def test_a_signature_of_another_form_is_said_to_be_one(way: Way, header: str) -> None:
    made = call("salesforce", b"{}", {"x-triage-signature": header}, NOW)
    with pytest.raises(BadSignature, match="form"):
        way.providers.get("salesforce").verify(made, [SECRET])


def test_several_proofs_in_one_header_serve_a_change_of_secrets(way: Way) -> None:
    made = salesforce(Fixture({}, b"{}"))
    header = made.headers["x-triage-signature"].replace(",v1=", ",v1=00ff,v1=")
    again = call("salesforce", b"{}", {"x-triage-signature": header}, NOW)
    way.providers.get("salesforce").verify(again, [SECRET])


@pytest.mark.parametrize("body", [b"7", b'["a"]', b"null"])
def test_what_is_no_record_is_refused(way: Way, body: bytes) -> None:
    with pytest.raises(BadInput, match="neither a record"):
        receive(way.services, way.providers, "salesforce", salesforce(Fixture({}, body)))  # type: ignore[arg-type]
