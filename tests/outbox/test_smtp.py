"""Sending through a real SMTP server on loopback, and what its refusals mean."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from triage.domain import OutgoingMessage
from triage.errors import NotDelivered, SetupError
from triage.outbox.call import is_loopback
from triage.outbox.email import SmtpSender
from triage.settings import Settings

MESSAGE = OutgoingMessage(
    id="r-1.answer.2",
    request_id="r-1",
    kind="answer",
    to="Mara Lind <mara@fieldnote.example>",
    subject="Yes, but: export – first version",
    text="First version in three weeks.\n" + "long " * 300 + "\nGrüße\n.\nend",
    message_id="<r-1.answer.2@triage.example>",
    in_reply_to="<fwd-1@fieldnote.example>",
)


class Postman:
    """Keeps what it is given, or replies as told."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.rcpt_reply = ""
        self.data_reply = "250 OK"
        self.hang_up = ""  # "before" the mail is taken, or "after"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        if self.hang_up == "before":
            server.transport.abort()
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.rcpt_reply:
            envelope.rcpt_tos.append(address)
        return self.rcpt_reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        if self.hang_up == "after":
            server.transport.abort()
        return self.data_reply

    def mail(self) -> Message:
        return email.message_from_bytes(bytes(self.envelopes[-1].content or b""), policy=default)


@pytest.fixture
def postman() -> Postman:
    return Postman()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.login == b"triage" and data.password == b"right", handled=False)


@pytest.fixture
def port(postman: Postman) -> Iterator[int]:
    controller = Controller(
        postman,
        hostname="127.0.0.1",
        port=free_port(),
        auth_require_tls=False,
        authenticator=authenticate,
    )
    controller.start()
    yield controller.port
    controller.stop()


def sender(port: int, **changes: Any) -> SmtpSender:
    options = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", **changes}
    return SmtpSender(Settings(mail_from="Triage <triage@fieldnote.example>", **options), timeout=5)


def test_a_mail_arrives_with_its_headers_and_text(port: int, postman: Postman) -> None:
    assert sender(port).send(MESSAGE) == f"smtp 127.0.0.1:{port}"
    mail = postman.mail()
    assert postman.envelopes[0].rcpt_tos == ["mara@fieldnote.example"]
    assert postman.envelopes[0].mail_from == "triage@fieldnote.example"
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Message-ID"] == MESSAGE.message_id
    assert mail["In-Reply-To"] == mail["References"] == "<fwd-1@fieldnote.example>"
    assert mail["Auto-Submitted"] is None
    assert mail["Reply-To"] is None
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text + "\n"


def test_text_and_html_arrive_side_by_side(port: int, postman: Postman) -> None:
    html = "<p>" + "Grüße " * 300 + "</p>"
    sender(port).send(MESSAGE.model_copy(update={"html": html, "reply_to": "triage+r-1.x@fieldnote.example"}))
    mail = postman.mail()
    assert mail.get_content_type() == "multipart/alternative"
    plain, rich = mail.get_payload()
    assert plain.get_content_type() == "text/plain"
    assert rich.get_content().strip() == html
    assert mail["Reply-To"] == "triage+r-1.x@fieldnote.example"
    assert bytes(postman.envelopes[0].content or b"").isascii()


@pytest.mark.parametrize(("when", "in_doubt"), [("before", False), ("after", True)])
def test_a_connection_that_breaks_after_the_mail_leaves_it_in_doubt(
    port: int, postman: Postman, when: str, in_doubt: bool
) -> None:
    postman.hang_up = when
    with pytest.raises(NotDelivered) as caught:
        sender(port).send(MESSAGE)
    assert (caught.value.permanent, caught.value.in_doubt) == (False, in_doubt)
    assert ("may have arrived" in caught.value.message) is in_doubt
    postman.hang_up = ""
    sender(port).send(MESSAGE)
    assert postman.mail()["Message-ID"] == MESSAGE.message_id


def test_a_login_is_used(port: int, postman: Postman) -> None:
    sender(port, smtp_user="triage", smtp_password="right").send(MESSAGE)
    assert len(postman.envelopes) == 1


def test_a_refused_login_may_be_repeated_and_names_the_settings(port: int, postman: Postman) -> None:
    with pytest.raises(NotDelivered, match="refused the login") as caught:
        sender(port, smtp_user="triage", smtp_password="wrong").send(MESSAGE)
    assert not caught.value.permanent
    assert "TRIAGE_SMTP_PASSWORD" in caught.value.remedy
    assert "wrong" not in str(caught.value)
    assert postman.envelopes == []


@pytest.mark.parametrize(
    ("rcpt", "data", "permanent"),
    [
        ("550 5.1.1 no such user", "250 OK", True),
        ("450 4.2.1 mailbox busy", "250 OK", False),
        ("", "554 5.7.1 looks like spam", True),
        ("", "451 4.3.0 try again", False),
        ("", "421 4.3.2 closing down", False),
    ],
)
def test_the_reply_code_decides_whether_a_repeat_helps(
    port: int, postman: Postman, rcpt: str, data: str, permanent: bool
) -> None:
    postman.rcpt_reply, postman.data_reply = rcpt, data
    with pytest.raises(NotDelivered) as caught:
        sender(port).send(MESSAGE)
    assert caught.value.permanent is permanent
    assert (rcpt or data)[:3] in caught.value.message
    assert "mara@fieldnote.example" in caught.value.message


def test_a_server_that_is_away_is_a_passing_trouble() -> None:
    with pytest.raises(NotDelivered, match="could not be reached") as caught:
        sender(free_port()).send(MESSAGE)
    assert not caught.value.permanent


def test_a_server_that_says_nothing_times_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings = Settings(smtp_host="127.0.0.1", smtp_port=silent.getsockname()[1], smtp_security="none")
        with pytest.raises(NotDelivered) as caught:
            SmtpSender(settings, timeout=0.2).send(MESSAGE)
    assert not caught.value.permanent


def test_starttls_is_insisted_on(port: int, postman: Postman) -> None:
    with pytest.raises(NotDelivered):
        sender(port, smtp_security="starttls").send(MESSAGE)
    assert postman.envelopes == []


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.7", ""])
def test_plain_text_leaves_no_machine(host: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_SMTP_"):
        SmtpSender(Settings(smtp_host=host, smtp_security="none"))


def test_loopback_is_known_by_name_and_address() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]")))
    assert not any(map(is_loopback, ("example.com", "10.0.0.1", "localhost.example.com", "")))
