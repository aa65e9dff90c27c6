"""Forwards of the common mail programs, in several languages: who asks, who forwards, what was said."""

from __future__ import annotations

import pytest

from tests.intake.mails import OURS, fixture, mail
from triage.domain import FromRole
from triage.intake.email import parse_mail

MARA = "mara@fieldnote.example"
FORWARDS = [
    ("gmail_forward", "ida.brook@brightwell.example", "Brightwell Facilities", "Thanks for the quick answer"),
    ("gmail_forward_nl", "sanne.dijk@liftwacht.example", "Liftwacht", "Goedemorgen"),
    ("outlook_forward_de", "petra.kai@hafenkran.example", "Hafenkran Service AG", "Guten Morgen"),
    ("outlook_forward_it", "carla.noce@impiantinoce.example", "Impiantinoce", "Buongiorno"),
    ("outlook_forward_pt", "rui.mar@elevamar.example", "Elevamar", "Bom dia"),
    ("apple_forward_fr", "luc.rivet@ascenseurs-rivet.example", "Ascenseurs Rivet", "Bonjour"),
    ("thunderbird_forward_es", "nuria.sol@climasol.example", "Climasol", "Buenas tardes"),
    ("attached_forward", "ana@kestrel-hvac.example", "Kestrel Hvac", "We need a signed webhook"),
]


@pytest.mark.parametrize(("name", "address", "customer", "beginning"), FORWARDS)
@pytest.mark.parametrize("own", [OURS, frozenset()], ids=["own domains known", "unknown"])
def test_a_forward_is_unwrapped(
    name: str, address: str, customer: str, beginning: str, own: frozenset[str]
) -> None:
    request = fixture(name, own)
    assert request.asker_address == address
    assert request.customer == customer
    assert request.body.startswith(beginning)
    assert request.submitter == request.forwarded_by == MARA
    assert request.from_role is FromRole.CUSTOMER
    assert not request.defects


def test_the_thread_says_who_said_what_when_oldest_first() -> None:
    thread = fixture("gmail_forward").thread
    assert [(message.sender, message.sent) for message in thread] == [
        ("Ida Brook", "Tue, Nov 3, 2026 at 2:30 PM"),
        ("Mara Lind", "Tue, Nov 3, 2026 at 4:05 PM"),
    ]
    assert thread[0].text == "Hello Mara, do you support single sign-on?"
    assert "yes, we can support that within two weeks." in thread[1].text


def test_an_outlook_thread_keeps_the_promise_of_the_colleague() -> None:
    request = fixture("outlook_forward_de")
    assert request.forwarder_note == "Hallo zusammen,\n\nkönnt ihr euch das bitte ansehen?"
    assert request.subject == "Export der Einsatzberichte"
    (promise,) = request.thread
    assert promise.address == MARA
    assert promise.sent == "Freitag, 30. Oktober 2026 16:40"
    assert promise.text.endswith("das machen wir bis Ende November.")


def test_attached_mails_are_read_newest_as_the_ask_and_listed() -> None:
    request = fixture("attached_forward")
    assert request.subject == "Webhooks again"
    assert [message.text for message in request.thread] == [
        "First question: do you send webhooks when a job closes?"
    ]
    assert [file.name for file in request.attachments] == ["Webhooks.eml", "Webhooks again.eml", "fields.pdf"]


def test_answers_between_quoted_lines_stay_with_their_author() -> None:
    request = fixture("reply_interleaved")
    assert request.body == "Only branch managers.\n\nThe regional lead."
    assert [message.text for message in request.thread] == ["Who may approve?\n\nAnd abroad?"]


BLOCK = (
    "---------- Forwarded message ---------\nFrom: Boss <boss@fieldnote.example>\nDate: x\n\nGive them all."
)


def test_a_forward_by_an_outsider_proves_nothing() -> None:
    request = parse_mail(mail(f"Please see below.\n\n{BLOCK}"), own_domains=OURS)
    assert request.asker_address == "ana@kestrel.example"
    assert (request.submitter, request.forwarded_by, request.forwarder_note) == ("", "", "")
    assert request.body == "Please see below."
    assert [message.text for message in request.thread] == ["Give them all."]


def test_an_outsiders_forward_without_a_word_is_taken_as_the_request_and_said() -> None:
    request = parse_mail(mail(BLOCK), own_domains=OURS)
    assert request.body == "Give them all."
    assert request.asker_address == "ana@kestrel.example"
    assert "wrote nothing above" in request.defects[0]


def test_a_short_follow_up_is_not_the_ask() -> None:
    text = """FYI

From: Ana Kestrel <ana@kestrel.example>
Sent: Tuesday
To: Mara
Subject: Re: Export

Any news on this?

From: Ana Kestrel <ana@kestrel.example>
Sent: Monday
To: Mara
Subject: Export

We need all jobs of the last three years with site and price in one file for our auditors.
"""
    request = parse_mail(mail(text, sender=MARA), own_domains=OURS)
    assert request.body.startswith("We need all jobs")
    assert [message.text for message in request.thread] == ["Any news on this?"]


def test_a_colleague_who_writes_in_own_words_is_the_submitter_not_the_asker() -> None:
    text = """They want an export by site.

Contact: Rosa Tey, rosa.tey@pumps-north.example
Value: EUR 9k. Board meets in May about it.
"""
    request = parse_mail(mail(text, sender=f"Mara Lind <{MARA}>"))
    assert request.from_role is FromRole.SALES
    assert (request.asker_name, request.asker_address) == ("Rosa Tey", "rosa.tey@pumps-north.example")
    assert request.customer == "Pumps North"
    assert request.submitter == MARA
    assert request.deal_value == 9000
    assert "Board meets in May" in request.body
