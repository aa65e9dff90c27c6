"""Delivery reports: who did not get the mail, why, and which mail it was."""

from __future__ import annotations

import pytest

from tests.intake.mails import mail
from triage.intake.bounces import Bounce, Failure, read_bounce
from triage.intake.email import parse_mail
from triage.intake.headers import read_headers
from triage.intake.mime import Reading, read_tree
from triage.intake.outer import automatic_reason

REPORT = b"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: requests@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I'm sorry: your message could not be delivered to one or more recipients.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Tue, 3 Nov 2026 09:12:00 +0100

Final-Recipient: rfc822; Ana.Berg@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ana.berg@example.com>: no such
    user here

Final-Recipient: rfc822;otto@example.com
Action: delayed
Status: 4.4.1

--b
Content-Type: {original}

From: requests@example.org
Message-ID: <answer-7@example.org>
Subject: Your request

{body}
--b--
"""
FAILURE = Failure("ana.berg@example.com", "5.1.1", "550 5.1.1 <ana.berg@example.com>: no such user here")


def read(raw: bytes) -> Bounce | None:
    return read_bounce(read_tree(raw, Reading()))


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_a_standard_report_names_recipient_reason_and_mail(original: str) -> None:
    raw = REPORT.replace(b"{original}", original.encode()).replace(b"{body}", b"")
    assert read(raw) == Bounce((FAILURE,), "<answer-7@example.org>")
    assert FAILURE.permanent


def test_a_delay_is_no_failure() -> None:
    raw = REPORT.replace(b"Action: failed", b"Action: delayed").replace(b"{original}", b"message/rfc822")
    assert read(raw) == Bounce((), "<answer-7@example.org>", "delayed")


def test_a_temporary_code_may_work_later() -> None:
    assert not Failure("ana@example.com", "4.2.2").permanent


LETTERS = {
    "qmail": (
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your"
        " message to the following addresses.\n\n<ana.berg@example.com>:\n550 5.1.1 no such user\n\n"
        "--- Below this line is a copy of the message.\n\nMessage-ID: <answer-7@example.org>\nSubject: x\n",
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its recipients.\n\n"
        "  ana.berg@example.com\n    host mx.example.com said: 550 5.1.1 no such user\n\n"
        "------ This is a copy of the message ------\n\nMessage-ID: <answer-7@example.org>\n",
    ),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_report_written_as_a_letter_is_read(name: str) -> None:
    subject, text = LETTERS[name]
    head = f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com\nSubject: {subject}\n\n"
    bounce = read((head + text).encode())
    assert bounce is not None
    assert [(one.recipient, one.status) for one in bounce.failures] == [("ana.berg@example.com", "5.1.1")]
    assert bounce.message_id == "<answer-7@example.org>"
    assert "no such user" in bounce.failures[0].diagnostic


def test_the_recipients_header_is_enough() -> None:
    raw = mail(
        "Something went wrong.", "X-Failed-Recipients: ana.berg@example.com", "In-Reply-To: <a@b.example>"
    )
    assert read(raw) == Bounce((Failure("ana.berg@example.com"),), "<a@b.example>")


@pytest.mark.parametrize(
    "raw",
    [
        mail("Our invoices could not be delivered to the new address. Can you add one?"),
        mail("Delivery failed again, says the driver.", sender="ana.berg@example.com"),
        mail("Hello", sender="postmaster@example.com"),
    ],
)
def test_what_people_write_is_no_report(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("Auto-Submitted: auto-generated", "Auto-Submitted is auto-generated"),
        ("Auto-Submitted: no", ""),
        ("Return-Path: <>", "it has an empty Return-Path"),
        ("Return-Path: <ana@example.com>", ""),
        ("Content-Type: multipart/report; report-type=delivery-status", "it is a delivery report"),
        ("From: Mailer-Daemon@mx.example.com", "a mail server sent it"),
        ("Precedence: bulk", "Precedence is bulk"),
        ("Precedence: list\nList-Id: <sales.example.org>", ""),
        ("X-Autoreply: yes", "it has the header X-Autoreply"),
        ("X-Autorespond: away", "it has the header X-Autorespond"),
        ("X-Auto-Response-Suppress: All", ""),
        ("Subject: Automatic reply: Export", ""),
        (
            "Subject: Automatische Antwort: Export\nX-Auto-Response-Suppress: All",
            "its subject and headers are those of an out-of-office reply",
        ),
        ("Subject: Abwesenheiten planen\nIn-Reply-To: <a@b.example>", ""),
        (
            "List-Unsubscribe: <https://example.com>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "it was sent to many",
        ),
    ],
)
def test_what_must_not_be_answered_automatically(lines: str, reason: str) -> None:
    assert automatic_reason(read_headers(lines.encode())) == reason


def test_a_report_is_still_a_mail_that_can_be_read() -> None:
    raw = REPORT.replace(b"{original}", b"message/rfc822").replace(b"{body}", b"The answer.")
    request = parse_mail(raw)
    assert any("automatic mail" in defect for defect in request.defects)
