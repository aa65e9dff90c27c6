"""The whole way by real mail servers: SMTP to our listener, the answer into a real mailbox, the reply to it
fetched from another."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.dovecot import PASSWORD, Dovecot, dovecot_server
from tests.integration.company import SALES, Company, another_mail, open_company, ready
from triage.domain import Status

pytestmark = [pytest.mark.imap, pytest.mark.model]

OURS = "requests@fieldhand.example"
SENTENCE = "One approval step can go ahead if managers see all teams for now."


class Relay:
    """The company's mail server: hands everything to the mailboxes."""

    def __init__(self, boxes: Dovecot) -> None:
        self._boxes = boxes

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with smtplib.LMTP("127.0.0.1", self._boxes.lmtp_port) as mailboxes:
            mailboxes.sendmail(str(envelope.mail_from), envelope.rcpt_tos, bytes(envelope.content or b""))
        return "250 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def boxes() -> Iterator[Dovecot]:
    with dovecot_server() as server:
        yield server


@pytest.fixture(scope="module")
def relay(boxes: Dovecot) -> Iterator[int]:
    controller = Controller(Relay(boxes), hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    controller.start()
    yield int(controller.port)
    controller.stop()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, boxes: Dovecot, relay: int) -> Iterator[Company]:
    settings: dict[str, Any] = {
        "smtp_listen": f"127.0.0.1:{free_port()}",
        "smtp_host": "127.0.0.1",
        "smtp_port": relay,
        "smtp_security": "none",
        "imap_host": "127.0.0.1",
        "imap_port": boxes.imap_port,
        "imap_user": OURS,
        "imap_password": PASSWORD,
        "imap_security": "none",
        "imap_done_folder": "Done",
        "imap_every_s": 1,
    }
    with open_company(tmp_path_factory.mktemp("round"), **settings) as company:
        yield company


def mailbox_of(boxes: Dovecot, user: str) -> list[EmailMessage]:
    found = [message_from_bytes(raw, policy=default) for raw in boxes.mails(user)]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def test_a_mail_by_smtp_its_answer_in_a_mailbox_and_the_reply_to_it(
    company: Company, boxes: Dovecot, relay: int
) -> None:
    host, port = company.services.settings.smtp_listen.split(":")
    with smtplib.SMTP(host, int(port)) as sender:
        sender.ehlo()
        sender.mail(SALES)
        sender.rcpt(OURS)
        code, said = sender.data(another_mail("by-smtp"))
    (record,) = company.services.store.records()
    request_id = record.request.id
    assert (code, said.decode()) == (250, f"2.0.0 Accepted as request {request_id}.")
    assert record.request.submitter == SALES

    company.until(lambda: company.record(request_id).status is Status.IN_REVIEW)
    company.approve(ready(company.draft(request_id)))
    company.until(lambda: len(mailbox_of(boxes, SALES)) == 2)
    receipt, answer = mailbox_of(boxes, SALES)
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["In-Reply-To"] == answer["In-Reply-To"]
    assert SENTENCE in answer.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    asked = record.request.message_id
    assert answer["Message-ID"] == f"<{request_id}.answer.2@fieldhand.example>"
    assert answer["In-Reply-To"] == asked
    assert answer["References"].split()[-1] == asked
    assert answer["Return-Path"] == f"<{OURS}>"

    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = SALES, answer["Reply-To"], f"Re: {answer['Subject']}"
    reply["Message-ID"], reply["In-Reply-To"] = "<reply-1@fieldhand.example>", answer["Message-ID"]
    reply.set_content("They would also like to see it on the phone. Is that a big thing?")
    with smtplib.SMTP("127.0.0.1", relay) as sender:
        sender.send_message(reply)
    company.until(lambda: company.services.store.later_mails(request_id))
    (later,) = company.services.store.later_mails(request_id)
    assert "on the phone" in later.text
    assert (later.address, later.known) == (SALES, True)
    company.until(lambda: boxes.count(OURS, "Done") == 1)
    assert boxes.count(OURS) == 0
    assert len(company.services.store.records()) == 1
