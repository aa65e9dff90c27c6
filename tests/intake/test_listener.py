"""Mail by SMTP and LMTP: confirmed when the database has it, for our own addresses alone."""

from __future__ import annotations

import shutil
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.conftest import OpenServices
from tests.small import SmallServices, small_services
from triage import doctor
from triage.doctor import Check, Severity
from triage.errors import SetupError
from triage.intake import arrive, listener
from triage.intake.listener import Listener
from triage.intake.listening import Addresses, Place, read_certificate, read_place
from triage.settings import Settings

OURS = "triage@ours.example"
KIM = "kim@customer.example"
WORDS = "Could we export all job reports as a file, for every branch, by the end of the quarter?"

VERBS = [
    b"EHLO a",
    b"HELO a",
    b"MAIL FROM:<>",
    b"RCPT TO:<triage@ours.example>",
    b"DATA",
    b"RSET",
    b"STARTTLS",
    b".",
]

Listening = Callable[..., Listener]


def mail(number: int = 1, body: str = WORDS, *headers: str, named: bool = True) -> bytes:
    lines = (f"From: {KIM}", f"To: {OURS}", f"Subject: Export {number}")
    key = (f"Message-ID: <smtp-{number}@customer.example>",) if named else ()
    return "\r\n".join([*lines, *key, *headers, "", body, ""]).encode()


@pytest.fixture
def services(open_services: OpenServices) -> SmallServices:
    return open_services(intake_addresses="requests@ours.example, Wünsche@ours.example")


@pytest.fixture
def listening(services: SmallServices) -> Iterator[Listening]:
    """Starts listeners on free ports."""
    with ExitStack() as stack:

        def start(place: Place | None = None, **options: Any) -> Listener:
            made = Listener(services, place or free_place(), **options)  # type: ignore[arg-type]
            stack.callback(made.stop)
            made.start()
            return made

        yield start


@pytest.fixture(scope="module")
def rude_door(empty_records: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    """A listener for whoever says anything."""
    folder = tmp_path_factory.mktemp("rude")
    shutil.copy(empty_records, folder / "triage.db")
    with small_services(folder, mail_from=OURS) as services:
        server = Listener(services, free_place())  # type: ignore[arg-type]
        server.start()
        yield server
        server.stop()


def free_place() -> Place:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return Place("127.0.0.1", probe.getsockname()[1])


@pytest.fixture
def smtp(listening: Listening) -> Iterator[smtplib.SMTP]:
    """A mail server that speaks with ours."""
    with connected(listening()) as connection:
        yield connection


def connected(server: Listener) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server._place.port, timeout=30)


def hand_over(connection: smtplib.SMTP, raw: bytes, *recipients: str, sender: str = KIM) -> tuple[int, str]:
    """Deliver and return the reply to the mail itself."""
    connection.ehlo_or_helo_if_needed()
    assert connection.mail(sender)[0] == 250
    for address in recipients or (OURS,):
        assert connection.rcpt(address)[0] == 250
    code, said = connection.data(raw)
    return code, said.decode()


def subjects(services: SmallServices) -> list[str]:
    return [record.request.subject for record in services.store.records()]


# --- what is taken ------------------------------------------------------------------------------


def test_a_mail_is_a_request_before_it_is_confirmed(smtp: smtplib.SMTP, services: SmallServices) -> None:
    code, said = hand_over(smtp, mail())
    (record,) = services.store.records()
    assert (code, said) == (250, f"2.0.0 Accepted as request {record.request.id}.")
    assert record.request.asker_address == KIM
    assert services.engine.processed == [record.request.id]
    (kept,) = services.store.received(["request"])
    assert kept.channel == "smtp"
    assert services.store.raw(kept.id) == f"Return-Path: <{KIM}>\r\n".encode() + mail()


@pytest.mark.parametrize("named", [True, False], ids=["with Message-ID", "without"])
def test_the_same_mail_again_is_confirmed_again(
    smtp: smtplib.SMTP, services: SmallServices, named: bool
) -> None:
    """A server that did not hear our reply sends it once more."""
    first, again = (hand_over(smtp, mail(named=named)) for _ in range(2))
    assert first[1].endswith(".")
    assert again == (250, f"{first[1][:-1]}, which we had already.")
    assert len(subjects(services)) == 1


def test_a_reply_says_on_which_request_it_is(smtp: smtplib.SMTP, services: SmallServices) -> None:
    hand_over(smtp, mail())
    (record,) = services.store.records()
    answer = mail(2, "For two branches only.", "In-Reply-To: <smtp-1@customer.example>")
    assert hand_over(smtp, answer) == (250, f"2.0.0 Accepted as reply on request {record.request.id}.")


def test_the_envelope_leads_a_reply_to_its_request(smtp: smtplib.SMTP, services: SmallServices) -> None:
    from triage.intake.plus import KEY, plus_address

    hand_over(smtp, mail())
    (record,) = services.store.records()
    address = plus_address(OURS, record.request.id, services.store.own_key(KEY))
    assert hand_over(smtp, mail(2, "And roles."), address)[1].endswith(
        f"reply on request {record.request.id}."
    )


def test_dots_umlauts_and_long_lines_come_through(smtp: smtplib.SMTP, services: SmallServices) -> None:
    body = f"Könnten wir alle Einsatzberichte exportieren?\r\n.\r\n..zwei\r\n{'lang ' * 4000}\r\nEnde"
    assert hand_over(smtp, mail(1, body, "Content-Type: text/plain; charset=utf-8"))[0] == 250
    (kept,) = services.store.received(["request"])
    assert body.encode() in services.store.raw(kept.id)


def test_an_automatic_reply_is_taken_and_put_aside(smtp: smtplib.SMTP, services: SmallServices) -> None:
    code, said = hand_over(smtp, mail(1, WORDS, "Auto-Submitted: auto-replied"), sender="")
    assert (code, "put aside" in said) == (250, True)
    assert subjects(services) == []
    (kept,) = services.store.received(["automatic"])
    assert services.store.raw(kept.id).startswith(b"Return-Path: <>\r\n")


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["else@ours.example", "triage@other.example", "triage", "a@b@ours.example"]
)
def test_there_is_no_relay(smtp: smtplib.SMTP, address: str) -> None:
    smtp.ehlo()
    smtp.mail(KIM)
    code, said = smtp.rcpt(address)
    assert code in (550, 553)
    assert b"OK" not in said
    assert smtp.docmd("DATA")[0] == 503


@pytest.mark.parametrize(
    "address",
    [
        OURS,
        "Triage@OURS.example",
        "triage+r-1.abc@ours.example",
        "requests@ours.example",
        "requests+x@ours.example",
    ],
)
def test_our_addresses_with_and_without_a_plus(smtp: smtplib.SMTP, address: str) -> None:
    smtp.ehlo()
    smtp.mail(KIM)
    assert smtp.rcpt(address)[0] == 250


def test_an_address_may_have_umlauts(smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    assert smtp.has_extn("smtputf8")
    smtp.command_encoding = "utf-8"
    assert smtp.mail(KIM, ["SMTPUTF8"])[0] == 250
    assert smtp.rcpt("wünsche@ours.example")[0] == 250


def test_a_mail_that_cannot_be_read_is_refused_in_a_sentence(
    smtp: smtplib.SMTP, services: SmallServices
) -> None:
    code, said = hand_over(smtp, b"%PDF-1.7\r\nno mail")
    assert code == 554
    assert said.startswith("5.6.0 This is a PDF, not a mail.")
    assert services.store.received(["request", "refused"]) == []
    assert hand_over(smtp, mail())[0] == 250  # the connection goes on


def test_a_mail_that_is_too_large_is_refused(
    listening: Listening, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MAX_MAIL", 5000)
    with connected(listening()) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == "5000"
        assert smtp.mail(KIM, ["SIZE=5001"])[0] == 552  # before a byte is sent
        code, _ = hand_over(smtp, mail(1, "many words " * 1000))
        assert code == 552  # and when nothing was said about its size
        assert hand_over(smtp, mail())[0] == 250
    assert subjects(services) == ["Export 1"]


def test_a_mail_that_goes_in_circles_is_refused(smtp: smtplib.SMTP, services: SmallServices) -> None:
    round_about = [f"Received: from a.example by b.example; turn {turn}" for turn in range(60)]
    assert hand_over(smtp, mail(1, WORDS, *round_about))[0] == 554
    assert subjects(services) == []


def test_trouble_with_the_database_is_said_to_pass(
    smtp: smtplib.SMTP, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OSError("disk I/O error on a secret path")

    with monkeypatch.context() as patched:
        patched.setattr(services.store, "accept", away)
        code, said = hand_over(smtp, mail())
    assert code == 451
    assert "secret" not in said
    assert hand_over(smtp, mail())[0] == 250
    assert subjects(services) == ["Export 1"]


def test_a_crash_after_the_commit_doubles_nothing(
    smtp: smtplib.SMTP, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = arrive.accept_mail

    def dying(*parts: Any, **options: Any) -> Any:
        real(*parts, **options)
        raise OSError("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(arrive, "accept_mail", dying)
        assert hand_over(smtp, mail())[0] == 451
    assert hand_over(smtp, mail())[0] == 250
    assert subjects(services) == ["Export 1"]


# --- limits -------------------------------------------------------------------------------------


def test_connections_are_counted(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MOST_CONNECTIONS", 2)
    server = listening()
    first, second = connected(server), connected(server)
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        connected(server)
    assert refused.value.smtp_code == 421
    first.quit()
    with soon_connected(server) as third:
        assert hand_over(third, mail())[0] == 250
    second.quit()


def soon_connected(server: Listener) -> smtplib.SMTP:
    """Once the server has noticed that somebody left."""
    pause = threading.Event()
    for _ in range(200):
        with suppress(smtplib.SMTPConnectError):
            return connected(server)
        pause.wait(0.05)
    return connected(server)


def test_who_says_nothing_is_shown_out(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "COMMAND_S", 0.3)
    with socket.create_connection(("127.0.0.1", listening()._place.port), timeout=30) as slow:
        assert slow.recv(200).startswith(b"220 ")
        slow.sendall(b"EHLO slow.example")  # and no end of line
        assert slow.recv(200) == b""


def test_who_trickles_a_mail_is_shown_out(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "COMMAND_S", 0.5)
    smtp = connected(listening())
    smtp.ehlo()
    smtp.mail(KIM)
    smtp.rcpt(OURS)
    assert smtp.docmd("DATA")[0] == 354
    pause = threading.Event()
    with pytest.raises((OSError, smtplib.SMTPServerDisconnected)):
        trickle(smtp, pause)
    smtp.close()


def trickle(smtp: smtplib.SMTP, pause: threading.Event) -> None:
    for _ in range(200):
        smtp.send(b"word\r\n")
        pause.wait(0.05)


def test_a_line_without_end_is_refused(listening: Listening) -> None:
    with socket.create_connection(("127.0.0.1", listening()._place.port), timeout=30) as rude:
        assert rude.recv(200).startswith(b"220 ")
        rude.sendall(b"EHLO " + b"x" * 300_000 + b"\r\n")
        assert rude.recv(200).startswith(b"500 ")


def test_many_mails_at_once(listening: Listening, services: SmallServices) -> None:
    server = listening()

    def send(number: int) -> int:
        with connected(server) as smtp:
            return hand_over(smtp, mail(number, f"{WORDS} Number {number}."))[0]

    with ThreadPoolExecutor(8) as senders:
        assert set(senders.map(send, range(24))) == {250}
    assert sorted(subjects(services)) == sorted(f"Export {number}" for number in range(24))


def test_a_mail_in_hand_is_finished_when_the_listener_stops(
    listening: Listening, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun, go_on = arrive.accept_mail, threading.Event(), threading.Event()

    def slow(*parts: Any, **options: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return real(*parts, **options)

    monkeypatch.setattr(arrive, "accept_mail", slow)
    server = listening()
    with ThreadPoolExecutor(2) as others, connected(server) as smtp:
        said = others.submit(hand_over, smtp, mail())
        assert begun.wait(30)
        stopped = others.submit(server.stop)
        go_on.set()
        assert said.result()[0] == 250
        stopped.result()
        smtp.close()
    assert subjects(services) == ["Export 1"]
    with pytest.raises(ConnectionRefusedError):
        connected(server)


def test_doctor_says_where_mail_is_taken(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, smtp_listen="127.0.0.1:2525", lmtp_listen=str(tmp_path / "l.sock"))
    smtp, lmtp = doctor._findings(Check("mail in", doctor._mail_in), settings)
    assert smtp.what == "Mail is taken by SMTP on 127.0.0.1:2525 while the service runs."
    assert "by LMTP on" in lmtp.what
    wrong = settings.model_copy(update={"smtp_listen": "0.0.0.0:25"})
    (found,) = doctor._findings(Check("mail in", doctor._mail_in), wrong)
    assert (found.severity, "other machines" in found.what) == (Severity.PROBLEM, True)


@pytest.mark.parametrize(
    "body",
    ["", ".", "..", ".a\r\n.b", "a\r\n.\r\nb", "\r\n\r\n", "a\nb", "x" * 65_530 + "\r\n.y", "é" * 70_000],
    ids=range(9),
)
def test_whatever_is_in_a_mail_comes_through(smtp: smtplib.SMTP, services: SmallServices, body: str) -> None:
    raw = mail(1, body)
    assert hand_over(smtp, raw)[0] == 250
    (kept,) = services.store.received(["request"])
    assert services.store.raw(kept.id).endswith(raw)
    assert smtp.noop()[0] == 250


def test_what_looks_like_an_end_is_none(listening: Listening, services: SmallServices) -> None:
    """A bare line feed ends no line: what follows is no second mail that was smuggled in."""
    with socket.create_connection(("127.0.0.1", listening()._place.port), timeout=30) as raw:
        said = raw.makefile("rb")
        raw.sendall(b"EHLO mx\r\n")
        assert said.readline().startswith(b"220")
        while not said.readline().startswith(b"250 "):
            pass
        raw.sendall(b"MAIL FROM:<kim@customer.example>\r\nRCPT TO:<triage@ours.example>\r\nDATA\r\n")
        assert codes(said, 3) == ["250", "250", "354"]
        smuggled = b"MAIL FROM:<ceo@ours.example>\r\nRCPT TO:<triage@ours.example>\r\nDATA\r\n"
        for end in (b"\n.\r\n", b"\r\n.\n", b"\n.\n", b"\r.\r"):
            raw.sendall(mail() + end + smuggled)
        raw.sendall(b"\r\n.\r\nQUIT\r\n")
        assert codes(said, 2) == ["250", "221"]
    assert len(subjects(services)) == 1


def test_a_mail_without_a_byte(listening: Listening) -> None:
    with socket.create_connection(("127.0.0.1", listening()._place.port), timeout=30) as raw:
        said = raw.makefile("rb")
        raw.sendall(b"HELO mx\r\nMAIL FROM:<kim@customer.example>\r\nRCPT TO:<triage@ours.example>\r\n")
        raw.sendall(b"DATA\r\n.\r\nNOOP\r\n")
        assert codes(said, 7) == ["220", "250", "250", "250", "354", "554", "250"]


# --- LMTP, sockets, TLS -------------------------------------------------------------------------


def test_lmtp_replies_for_each_recipient(listening: Listening, services: SmallServices) -> None:
    """The standard library's client reads one reply alone, so this one speaks for itself."""
    server = listening(lmtp=True)
    with socket.create_connection(("127.0.0.1", server._place.port), timeout=30) as raw:
        said = raw.makefile("rb")
        raw.sendall(b"LHLO mx\r\n")
        while not said.readline().startswith(b"250 "):
            pass
        for body in (mail(), b"%PDF-1.7\r\nno mail\r\n"):
            raw.sendall(b"MAIL FROM:<>\r\nRCPT TO:<triage@ours.example>\r\n")
            raw.sendall(b"RCPT TO:<requests@ours.example>\r\nRCPT TO:<else@ours.example>\r\nDATA\r\n")
            assert codes(said, 5) == ["250", "250", "250", "550", "354"]
            raw.sendall(body + b".\r\nNOOP\r\n")
            expected = "250" if body == mail() else "554"
            assert codes(said, 3) == [expected, expected, "250"]
    assert subjects(services) == ["Export 1"]


def codes(said: IO[bytes], count: int) -> list[str]:
    return [said.readline()[:3].decode() for _ in range(count)]


def test_lmtp_on_a_socket(listening: Listening, services: SmallServices, tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    left_behind = socket.socket(socket.AF_UNIX)
    left_behind.bind(str(path))
    left_behind.close()  # as a process does that was killed
    server = listening(Place(path=path), lmtp=True)
    assert path.stat().st_mode & 0o777 == 0o660
    with smtplib.LMTP(str(path)) as lmtp:
        lmtp.sendmail(KIM, [OURS], mail())
    assert subjects(services) == ["Export 1"]
    server.stop()
    assert not path.exists()


def test_starttls_when_there_is_a_certificate(
    listening: Listening, services: SmallServices, certificate: Path
) -> None:
    services.settings = services.settings.model_copy(
        update={"listen_cert": certificate, "listen_key": certificate.with_name("key.pem")}
    )
    trusting = ssl.create_default_context(cafile=str(certificate))
    with connected(listening()) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")
        smtp._host = "localhost"  # type: ignore[attr-defined]  # the name in the certificate
        smtp.starttls(context=trusting)
        smtp.ehlo()
        assert not smtp.has_extn("auth")
        assert hand_over(smtp, mail())[0] == 250
    assert subjects(services) == ["Export 1"]


def test_without_a_certificate_there_is_no_tls(smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    assert not smtp.has_extn("starttls")
    assert smtp.has_extn("8bitmime")


def test_an_address_in_use_is_named(listening: Listening, services: SmallServices) -> None:
    first = listening()
    with pytest.raises(SetupError, match=str(first._place)):
        listening(first._place)


# --- settings -----------------------------------------------------------------------------------


def test_other_machines_must_be_let_in_on_purpose() -> None:
    settings = Settings(_env_file=None)
    assert read_place("127.0.0.1:2525", "X", settings) == Place("127.0.0.1", 2525)
    assert str(read_place("[::1]:24", "X", settings)) == "[::1]:24"
    with pytest.raises(SetupError, match="other machines can reach"):
        read_place("0.0.0.0:25", "TRIAGE_SMTP_LISTEN", settings)
    open_to_all = settings.model_copy(update={"listen_anywhere": True})
    assert read_place("0.0.0.0:25", "X", open_to_all).host == "0.0.0.0"


@pytest.mark.parametrize(
    "text", ["2525", "localhost", "localhost:", "localhost:smtp", ":25", "localhost:99999", "/a"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_SMTP_LISTEN"):
        read_place(text, "TRIAGE_SMTP_LISTEN", Settings(_env_file=None))


def test_a_path_is_for_lmtp_alone() -> None:
    settings = Settings(_env_file=None)
    assert read_place("run/lmtp.sock", "X", settings, sockets=True).path == Path("run/lmtp.sock")


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cert.pem"
    path.write_text("no certificate", encoding="utf-8")
    settings = Settings(_env_file=None, listen_cert=path)
    with pytest.raises(SetupError, match="TRIAGE_LISTEN_CERT"):
        read_certificate(settings)
    assert read_certificate(Settings(_env_file=None)) is None


def test_whose_mail_it_is() -> None:
    settings = Settings(
        _env_file=None, mail_from="Triage <triage+x@ours.example>", intake_addresses="a@b.example,,c"
    )
    addresses = Addresses(settings)
    assert all(map(addresses.has, ("triage@ours.example", "TRIAGE+y@ours.example", "<a@B.example>")))
    assert not any(map(addresses.has, ("c", "", "@ours.example", "b@b.example", "triage@b.example")))


@settings(max_examples=25)
@given(noise=st.lists(st.binary(max_size=60) | st.sampled_from(VERBS), max_size=12))
def test_no_commands_break_it(rude_door: Listener, noise: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", rude_door._place.port), timeout=30) as rude:
        assert rude.recv(200).startswith(b"220 ")
        rude.sendall(b"\r\n".join([*noise, b"", b"."]) + b"\r\nQUIT\r\n")
        rude.shutdown(socket.SHUT_WR)
        while rude.recv(65_536):
            pass
    with connected(rude_door) as polite:
        assert polite.noop()[0] == 250
