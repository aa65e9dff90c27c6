"""SendGrid: multipart forms signed with ECDSA over time and body."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.intake.providers.calls import LATE, call, sendgrid, sendgrid_secret
from triage.errors import BadInput, BadSignature, SetupError, StaleCall
from triage.intake.email import ParsedMail, read_mail
from triage.intake.providers.base import NewMail
from triage.intake.providers.sendgrid.provider import SendGrid

PROVIDER = SendGrid()


def mail(name: str) -> ParsedMail:
    """The one mail in a fixture, read."""
    (found,) = PROVIDER.read(sendgrid(name))
    assert isinstance(found, NewMail)
    assert found.recipients == ("requests@parse.example.com",)
    return read_mail(found.raw)


@pytest.mark.parametrize("name", ["parsed", "raw"])
def test_the_fields_say_the_same_as_the_raw_mail(name: str) -> None:
    request = mail(f"{name}.http").request
    assert request.subject == "Export of all job reports"
    assert (request.asker_name, request.asker_address) == ("Mira Holt", "mira.holt@acorn.example.com")
    assert "one file" in request.body
    assert request.message_id == f"<sendgrid-{name}@acorn.example.com>"


def test_files_are_found_by_their_description() -> None:
    attachments = mail("attachment.http").request.attachments
    assert ("sites.csv", "text/csv", 40) in [(each.name, each.media_type, each.size) for each in attachments]


def test_each_field_has_a_character_set_of_its_own() -> None:
    request = mail("non_ascii.http").request
    assert request.subject == "Berichte für Łódź"
    assert request.asker_name == "Jörg Müßig"
    assert "Köln und Zürich" in request.body


@pytest.mark.parametrize("name", ["unknown.http"])
def test_a_form_without_a_mail_says_what_is_missing(name: str) -> None:
    with pytest.raises(BadInput, match="neither email nor headers"):
        PROVIDER.read(sendgrid(name))


def test_the_signature_proves_it_also_by_the_old_key() -> None:
    other = sendgrid_secret(ec.generate_private_key(ec.SECP256R1()))
    PROVIDER.verify(sendgrid("raw.http"), [sendgrid_secret()])
    PROVIDER.verify(sendgrid("attachment.http"), [other, sendgrid_secret()])
    with pytest.raises(BadSignature):
        PROVIDER.verify(sendgrid("raw.http"), [other])


def test_one_changed_byte_proves_nothing() -> None:
    good = sendgrid("attachment.http")
    changed = replace(good, body=good.body.replace(b"all of them", b"none of it!"))
    with pytest.raises(BadSignature):
        PROVIDER.verify(changed, [sendgrid_secret()])


@pytest.mark.parametrize("value", ["", "now", "-1", "9" * 30, "1" * 19])
def test_a_time_that_is_none_proves_nothing(value: str) -> None:
    good = sendgrid("raw.http")
    headers = {**good.headers, "x-twilio-email-event-webhook-timestamp": value}
    with pytest.raises(BadSignature):
        PROVIDER.verify(replace(good, headers=headers), [sendgrid_secret()])


def test_without_a_signature_it_says_how_to_switch_it_on() -> None:
    with pytest.raises(BadSignature, match="x-twilio-email-event-webhook-signature") as told:
        PROVIDER.verify(call("sendgrid", b"", {}), [sendgrid_secret()])
    assert "docs/providers" in told.value.remedy


def test_six_minutes_ago_is_too_late() -> None:
    with pytest.raises(StaleCall, match="6 minutes ago"):
        PROVIDER.verify(sendgrid("raw.http", signed=LATE), [sendgrid_secret()])


@pytest.mark.parametrize("secret", ["no-key", "TUZrdw==", "MFkwEwYHKoZIzj0CAQYI"])
def test_what_is_no_public_key_is_a_mistake_in_the_settings(secret: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_SENDGRID_SECRET"):
        PROVIDER.verify(sendgrid("raw.http"), [secret])
