"""Requests from text files and from fields."""

from __future__ import annotations

from datetime import date

import pytest

from tests.intake.mails import FOLDER
from triage.domain import Channel, FromRole
from triage.errors import BadInput, BadMail, TooLarge
from triage.intake.form import NewRequest, request_from_fields
from triage.intake.ids import ALPHABET, new_request_id
from triage.intake.plain import request_from_file, request_from_text


def test_a_text_may_begin_with_its_subject_and_labelled_lines() -> None:
    request = request_from_text("Subject: Export\nCustomer: Kestrel\n\nThey want an export.\n\nFrom: now on.")
    assert (request.subject, request.customer) == ("Export", "Kestrel")
    assert request.body == "They want an export.\n\nFrom: now on."
    assert request.from_role is FromRole.SALES


def test_a_text_without_subject_is_all_body() -> None:
    request = request_from_text("We need\na report.", request_id="r-7")
    assert (request.id, request.subject, request.body) == ("r-7", "", "We need\na report.")
    assert request.from_role is FromRole.CUSTOMER


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(BadInput, match="The text is empty"):
        request_from_text(" \n\0 ")


def test_a_file_is_read_as_what_it_is() -> None:
    assert request_from_file((FOLDER / "direct.eml").read_bytes()).asker_name == "Jonas Veld"
    assert request_from_file(b"Subject: Export\n\nPlease.").channel is Channel.API
    assert request_from_file("Grüße bitte".encode("utf-16")).body == "Grüße bitte"
    with pytest.raises(BadMail):
        request_from_file(bytes(range(256)) * 10)
    with pytest.raises(TooLarge):
        request_from_file(b"x" * 30_000_000)


def test_fields_become_a_request() -> None:
    request = request_from_fields(
        {
            "subject": " Export\n now ",
            "body": "All jobs.",
            "customer": "Kestrel",
            "submitter": "Mara@Fieldnote.example",
            "deal_value": "48,000",
            "deal_currency": "chf",
            "need_by": "15.12.2026",
            "asker_name": "",
            "channel": "api",
        },
        request_id="r-1",
    )
    assert (request.id, request.subject, request.submitter) == ("r-1", "Export now", "mara@fieldnote.example")
    assert (request.deal_value, request.deal_currency) == (48_000, "CHF")
    assert request.need_by == date(2026, 12, 15)
    assert request.channel is Channel.API
    assert request.from_role is FromRole.SALES


def test_blank_fields_are_not_given() -> None:
    request = request_from_fields(NewRequest.model_validate({"body": "x", "deal_value": " ", "need_by": ""}))
    assert (request.deal_value, request.need_by, request.deal_currency) == (None, None, "EUR")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Please write what the customer wants into subject or body."),
        ({"body": "x", "need_by": "soon"}, "Need by: write a day as YYYY-MM-DD"),
        ({"body": "x", "deal_value": "much"}, "Deal value: write an amount"),
        ({"body": "x", "deal_value": -1}, "Deal value: "),
        ({"body": "x", "deal_value": float("nan")}, "Deal value: "),
        ({"body": "x", "deal_currency": "euros"}, "three-letter code"),
        ({"body": "x", "submitter": "mara"}, "Submitter: write a mail address"),
        ({"body": "x" * 200_001}, "Body: "),
        ({"body": "x", "colour": "red"}, "Colour: "),
    ],
)
def test_unusable_fields_are_named(fields: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match="cannot be used yet") as caught:
        request_from_fields(fields)
    assert words in caught.value.remedy


def test_ids_are_short_sortable_and_never_repeat() -> None:
    ids = [new_request_id() for _ in range(2000)]
    assert ids == sorted(set(ids))
    assert all(len(name) == 12 and set(name[2:]) <= set(ALPHABET) for name in ids)
