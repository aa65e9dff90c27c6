"""Postmark: JSON with user and password in front."""

from __future__ import annotations

import json

import pytest

from tests.intake.providers.calls import POSTMARK_SECRET, call, fixture, postmark
from triage.errors import BadInput, BadSignature, SetupError
from triage.intake.email import ParsedMail, read_mail
from triage.intake.providers.base import NewMail, Nothing
from triage.intake.providers.postmark.provider import Postmark

PROVIDER = Postmark()


def mail(name: str) -> ParsedMail:
    """The one mail in a fixture, read."""
    (found,) = PROVIDER.read(postmark(name))
    assert isinstance(found, NewMail)
    assert found.recipients == ("8f0c6e1b7d2a4953b1e07c5d9a36f284@inbound.postmarkapp.com",)
    return read_mail(found.raw)


@pytest.mark.parametrize("name", ["parsed", "raw"])
def test_the_fields_say_the_same_as_the_raw_mail(name: str) -> None:
    request = mail(f"{name}.json").request
    assert request.subject == "Export of all job reports"
    assert (request.asker_name, request.asker_address) == ("Mira Holt", "mira.holt@acorn.example.com")
    assert "one file" in request.body
    assert request.message_id == f"<postmark-{name}@acorn.example.com>"


def test_files_and_thread_are_kept() -> None:
    read = mail("attachment.json")
    files = {each.name: (each.media_type, each.size) for each in read.request.attachments}
    assert files["sites.csv"] == ("text/csv", 40)
    assert read.in_reply_to == "<earlier@acorn.example.com>"
    assert read.references == ("<first@acorn.example.com>", "<earlier@acorn.example.com>")


def test_other_alphabets_survive() -> None:
    request = mail("non_ascii.json").request
    assert request.subject == "Berichte für Łódź"
    assert request.asker_name == "Jörg Müßig"
    assert "Łódź und Zürich" in request.body


def test_the_same_fields_give_the_same_mail() -> None:
    assert PROVIDER.read(postmark("attachment.json")) == PROVIDER.read(postmark("attachment.json"))


def test_a_mail_without_a_message_id_gets_one_from_postmark() -> None:
    payload = {**json.loads(fixture("postmark", "parsed.json").body), "Headers": []}
    (found,) = PROVIDER.read(call("postmark", json.dumps(payload).encode(), {}))
    assert isinstance(found, NewMail)
    assert read_mail(found.raw).request.message_id.endswith("@inbound.postmarkapp.com>")


def test_another_event_is_passed_over() -> None:
    (found,) = PROVIDER.read(postmark("unknown.json"))
    assert found == Nothing("Postmark's event Bounce brings no mail.")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"Subject": "x"}', b"\xff", b"[" * 100_000])
def test_what_is_no_mail_says_what_is_missing(body: bytes) -> None:
    with pytest.raises(BadInput) as told:
        PROVIDER.read(call("postmark", body, {}))
    assert told.value.remedy


def test_user_and_password_prove_it_also_the_old_ones() -> None:
    PROVIDER.verify(postmark("parsed.json"), [POSTMARK_SECRET])
    PROVIDER.verify(postmark("parsed.json"), ["postmark:the-new-one", POSTMARK_SECRET])


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!!", "Basic cG9zdG1hcms6", "Bearer cG9zdG1hcms6YS1sb25nLXBhc3N3b3Jk", "Basic ü"],
)
def test_anything_else_proves_nothing(authorization: str) -> None:
    with pytest.raises(BadSignature):
        PROVIDER.verify(call("postmark", b"{}", {"authorization": authorization}), [POSTMARK_SECRET])


def test_a_secret_without_a_user_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SetupError, match="TRIAGE_POSTMARK_SECRET"):
        PROVIDER.verify(postmark("parsed.json"), ["just-a-password"])
