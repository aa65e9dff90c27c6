"""Mailgun: forms whose signature covers a time and a token, and not the mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.intake.providers.calls import LATE, MAILGUN_SECRET, NOW, call, mailgun
from triage.errors import BadInput, BadSignature, StaleCall
from triage.intake.email import ParsedMail, read_mail
from triage.intake.providers.base import NewMail, Nothing
from triage.intake.providers.mailgun.provider import Mailgun


@pytest.fixture
def provider() -> Mailgun:
    """One that has seen no token yet."""
    return Mailgun()


def mail(name: str) -> ParsedMail:
    """The one mail in a fixture, read."""
    (found,) = Mailgun().read(mailgun(name))
    assert isinstance(found, NewMail)
    assert found.recipients == ("requests@mg.example.com",)
    return read_mail(found.raw)


@pytest.mark.parametrize("name", ["parsed", "raw"])
def test_the_fields_say_the_same_as_the_raw_mail(name: str) -> None:
    request = mail(f"{name}.http").request
    assert request.subject == "Export of all job reports"
    assert (request.asker_name, request.asker_address) == ("Mira Holt", "mira.holt@acorn.example.com")
    assert "one file" in request.body
    assert request.message_id == f"<mailgun-{name}@acorn.example.com>"


def test_files_of_a_multipart_form_are_kept() -> None:
    read = mail("attachment.http")
    assert ("sites.csv", "text/csv", 40) in [
        (each.name, each.media_type, each.size) for each in read.request.attachments
    ]
    assert "changed for all of them" in read.request.body


def test_other_alphabets_survive() -> None:
    request = mail("non_ascii.http").request
    assert request.subject == "Berichte für Łódź"
    assert request.asker_name == "Jörg Müßig"
    assert "Łódź und Zürich" in request.body


def test_a_stored_mail_is_not_fetched(provider: Mailgun) -> None:
    with pytest.raises(BadInput, match="stored") as told:
        provider.read(mailgun("unknown.http"))
    assert "forward" in told.value.remedy


def test_a_form_without_a_mail_says_what_is_missing(provider: Mailgun) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    with pytest.raises(BadInput, match="body-mime nor message-headers"):
        provider.read(call("mailgun", b"subject=x", form))
    (found,) = provider.read(call("mailgun", b"event=opened", form))
    assert found == Nothing("Mailgun's event opened brings no mail.")


def test_the_signature_proves_it_also_by_the_old_key(provider: Mailgun) -> None:
    provider.verify(mailgun("parsed.http"), [MAILGUN_SECRET])
    provider.verify(mailgun("raw.http"), ["new-key", MAILGUN_SECRET])


def test_timestamp_and_token_are_signed_without_anything_between() -> None:
    """The right signature was computed with `openssl dgst -sha256 -hmac key`."""
    body = (
        b"timestamp=1770920772&token=abc&"
        b"signature=0b04ce0adc099a908d13f68dfa3e9aea674b8ba9d9d00d7be6a00ca27d8acd5e"
    )
    form = {"content-type": "application/x-www-form-urlencoded"}
    at = datetime.fromtimestamp(1770920772, UTC)
    Mailgun().verify(call("mailgun", body, form, at), ["key"])
    with pytest.raises(BadSignature):
        Mailgun().verify(call("mailgun", body.replace(b"=abc", b"=abd"), form, at), ["key"])


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'name="token"\r\n\r\n', b'name="token"\r\n\r\nx'), (b'name="signature"', b'name="other"')],
)
def test_a_changed_proof_proves_nothing(provider: Mailgun, old: bytes, new: bytes) -> None:
    good = mailgun("raw.http")
    with pytest.raises(BadSignature):
        provider.verify(replace(good, body=good.body.replace(old, new)), [MAILGUN_SECRET])


def test_a_wrong_key_and_a_body_that_is_no_form_prove_nothing(provider: Mailgun) -> None:
    with pytest.raises(BadSignature):
        provider.verify(mailgun("parsed.http", secret="another"), [MAILGUN_SECRET])
    with pytest.raises(BadSignature):
        provider.verify(call("mailgun", b"{}", {"content-type": "application/json"}), [MAILGUN_SECRET])


def test_six_minutes_ago_is_too_late(provider: Mailgun) -> None:
    with pytest.raises(StaleCall, match="6 minutes ago"):
        provider.verify(mailgun("parsed.http", signed=LATE), [MAILGUN_SECRET])


def test_a_token_is_good_for_one_mail(provider: Mailgun) -> None:
    provider.verify(mailgun("parsed.http", token="t" * 50), [MAILGUN_SECRET])
    provider.verify(mailgun("parsed.http", token="t" * 50), [MAILGUN_SECRET])  # the same mail again
    with pytest.raises(BadSignature, match="another mail"):
        provider.verify(mailgun("non_ascii.http", token="t" * 50), [MAILGUN_SECRET])


def test_a_repeat_with_other_boundaries_is_the_same_form(provider: Mailgun) -> None:
    first = mailgun("raw.http")
    again = replace(
        first,
        body=first.body.replace(b"52d0ac1d4b6c4a0b8f6d", b"another"),
        headers={"content-type": "multipart/form-data; boundary=another"},
        at=NOW,
    )
    provider.verify(first, [MAILGUN_SECRET])
    provider.verify(again, [MAILGUN_SECRET])
