"""Amazon SES: notifications that SNS signs with a certificate from its own host."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.intake.providers.calls import CERTIFICATE_URL, NOW, TOPIC, amazon, call, ses
from triage.errors import BadInput, BadSignature, SetupError, StaleCall, TooLarge, Unreachable
from triage.intake.email import ParsedMail, read_mail
from triage.intake.providers.base import NewMail, Nothing
from triage.intake.providers.ses.provider import Ses


def mail(name: str) -> ParsedMail:
    """The one mail in a fixture, read."""
    (found,) = Ses(amazon().fetch).read(ses(name))
    assert isinstance(found, NewMail)
    assert found.recipients == ("requests@example.com",)
    return read_mail(found.raw)


def test_a_plain_notification_brings_the_mail() -> None:
    request = mail("plain.json").request
    assert request.subject == "Export of all job reports"
    assert (request.asker_name, request.asker_address) == ("Mira Holt", "mira.holt@acorn.example.com")
    assert request.message_id == "<ses-plain@acorn.example.com>"
    assert "one file" in request.body


def test_base64_keeps_other_character_sets() -> None:
    request = mail("non_ascii.json").request
    assert (request.subject, request.asker_name) == ("Berichte für Łódź", "Jörg Müßig")
    assert "Köln und Zürich" in request.body


def test_base64_is_seen_where_the_encoding_is_not_named() -> None:
    (attached,) = mail("attachment.json").request.attachments
    assert (attached.name, attached.media_type, attached.size) == ("sites.csv", "text/csv", 40)


def test_a_mail_in_s3_is_not_fetched() -> None:
    with pytest.raises(BadInput, match="'S3'") as told:
        Ses(amazon().fetch).read(ses("stored_in_s3.json"))
    assert "SNS action" in told.value.remedy


@pytest.mark.parametrize(
    "changed",
    [{}, {"Message": "Successfully validated SNS topic for Amazon SES event publishing."}, {"Message": "[]"}],
)
def test_other_notifications_are_passed_over(changed: dict[str, str]) -> None:
    (found,) = Ses(amazon().fetch).read(ses("unknown.json", **changed))
    assert isinstance(found, Nothing)


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_prove_it(version: str) -> None:
    there = amazon()
    provider = Ses(there.fetch)
    for name in ("plain.json", "subscription.json"):
        provider.verify(ses(name, SignatureVersion=version), [TOPIC])
    assert there.fetched == [CERTIFICATE_URL]  # once for both


def test_a_message_without_subject_is_signed_without_it() -> None:
    good = ses("plain.json", without="Subject")
    Ses(amazon().fetch).verify(good, [TOPIC])
    added = {**json.loads(good.body), "Subject": "Another"}
    with pytest.raises(BadSignature):
        Ses(amazon().fetch).verify(replace(good, body=json.dumps(added).encode()), [TOPIC])


def test_a_confirmation_is_visited_once_it_is_proven() -> None:
    there = amazon()
    provider = Ses(there.fetch)
    confirmation = ses("subscription.json")
    provider.verify(confirmation, [TOPIC])
    (found,) = provider.read(confirmation)
    assert isinstance(found, Nothing)
    assert "is confirmed" in found.reason
    assert there.fetched[1].startswith("https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com.example.com/",
        "https://sns.eu-central-1.amazonaws.com@example.com/",
        "https://sns.eu-central-1.amazonaws.com:8443/",
        "https://127.0.0.1/",
        "https://[",
        "",
    ],
)
def test_no_other_host_is_visited(url: str) -> None:
    there = amazon()
    with pytest.raises(BadInput, match="SubscribeURL"):
        Ses(there.fetch).read(ses("subscription.json", SubscribeURL=url))
    assert there.fetched == []


@pytest.mark.parametrize(
    "changed",
    [
        {"SigningCertURL": "https://example.com/SimpleNotificationService-0123456789abcdef.pem"},
        {"SigningCertURL": CERTIFICATE_URL.replace("https", "http")},
        {"SigningCertURL": CERTIFICATE_URL.replace("eu-central-1", "us-east-1")},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com/other.pem"},
        {
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/a/../SimpleNotificationService-01234567.pem"
        },
        {"SignatureVersion": "3"},
        {"TopicArn": TOPIC.replace("requests", "others")},
        {"TopicArn": ""},
    ],
)
def test_nothing_is_fetched_for_a_message_that_cannot_be_ours(changed: dict[str, str]) -> None:
    there = amazon()
    with pytest.raises(BadSignature):
        Ses(there.fetch).verify(ses("plain.json", **changed), [TOPIC])
    assert there.fetched == []


def test_one_changed_field_proves_nothing() -> None:
    good = ses("plain.json")
    body = good.body.replace(b"Export of all", b"Import of all")
    assert body != good.body
    with pytest.raises(BadSignature, match="Amazon SNS"):
        Ses(amazon().fetch).verify(replace(good, body=body), [TOPIC])


def test_a_certificate_that_is_none_proves_nothing() -> None:
    with pytest.raises(BadSignature, match="certificate"):
        Ses(lambda _url: b"<html>").verify(ses("plain.json"), [TOPIC])


def test_amazon_being_away_asks_for_a_repeat() -> None:
    def away(_url: str) -> bytes:
        raise Unreachable("sns.eu-central-1.amazonaws.com does not answer: timed out.")

    with pytest.raises(Unreachable) as told:
        Ses(away).verify(ses("plain.json"), [TOPIC])
    assert not told.value.permanent


def test_strangers_cannot_have_many_certificates_fetched_at_once() -> None:
    def slow(_url: str) -> bytes:
        with pytest.raises(Unreachable, match="being fetched"):
            provider.verify(ses("attachment.json"), [TOPIC])
        return amazon().certificate

    provider = Ses(slow)
    provider.verify(ses("plain.json"), [TOPIC])
    provider.verify(ses("attachment.json"), [TOPIC])


def test_what_is_larger_than_sns_allows_is_not_read() -> None:
    with pytest.raises(TooLarge):
        Ses(amazon().fetch).verify(call("ses", b" " * (3 * 1024 * 1024), {}), [TOPIC])


def test_raw_message_delivery_is_not_signed() -> None:
    with pytest.raises(BadSignature, match="raw message delivery"):
        Ses(amazon().fetch).verify(call("ses", b"{}", {"x-amz-sns-rawdelivery": "true"}), [TOPIC])


def test_a_repeat_within_the_hour_is_taken_and_then_it_is_too_late() -> None:
    provider = Ses(amazon().fetch)
    provider.verify(ses("plain.json", signed=NOW - timedelta(minutes=59)), [TOPIC])
    with pytest.raises(StaleCall):
        provider.verify(ses("plain.json", signed=NOW - timedelta(minutes=66)), [TOPIC])


@pytest.mark.parametrize(
    "topic", ["requests", "arn:aws:sqs:eu-central-1:012345678912:requests", "arn:aws:sns"]
)
def test_what_is_no_topic_is_a_mistake_in_the_settings(topic: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_SES_SECRET"):
        Ses(amazon().fetch).verify(ses("plain.json"), [topic])
