"""Mails fetched from a real mailbox: each becomes one request or one reply, whatever happens in between."""

from __future__ import annotations

import itertools
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.dovecot import PASSWORD, Dovecot
from tests.intake.conftest import OpenServices
from tests.small import SmallServices
from triage import doctor
from triage.doctor import Check, Severity
from triage.errors import Unreachable
from triage.intake import arrive, taking
from triage.intake.imap import Mailbox
from triage.intake.polling import Poller, last_look
from triage.intake.taking import MOST_TRIES, last_place

pytestmark = pytest.mark.imap

MAIL_IN = Check("mail in", doctor._mail_in)
USERS = (f"box{number}@ours.example" for number in itertools.count(1))
FIXTURES = Path(__file__).parent.parent / "fixtures" / "emails"
WORDS = "Could we export all job reports as a file, for every branch, by the end of the quarter?"


def mail(number: int = 1, body: str = WORDS, *headers: str, message_id: str | None = None) -> bytes:
    """A customer's mail; `message_id` "" leaves it out."""
    named = f"<mail-{number}@customer.example>" if message_id is None else message_id
    lines = [
        "From: Kim Kestrel <kim@customer.example>",
        "To: triage@ours.example",
        f"Subject: Export of job reports {number}",
        *([f"Message-ID: {named}"] if named else []),
        *headers,
    ]
    return "\r\n".join([*lines, "", f"{body} Branch {number}.", ""]).encode()


NO_MAIL = b"%PDF-1.7\r\nhow it got there nobody knows\r\n"


class Box:
    """One mailbox, the records beside it, and a poller that looks when it is told to."""

    def __init__(self, server: Dovecot, open_services: OpenServices, **settings: Any) -> None:
        self.server, self.user = server, next(USERS)
        self._open, self._settings = open_services, settings
        self.services = self.again()

    def again(self, **changes: Any) -> SmallServices:
        """The same records in a new process, as it were."""
        options = {
            "imap_host": "127.0.0.1",
            "imap_port": self.server.imap_port,
            "imap_user": self.user,
            "imap_password": PASSWORD,
            "imap_security": "none",
            "imap_done_folder": "Done",
            "imap_refused_folder": "Refused",
            **self._settings,
            **changes,
        }
        self.services = self._open(**options)
        return self.services

    def deliver(self, *mails: bytes) -> None:
        """By LMTP, as a mail server does; what is no mail is simply put there."""
        for raw in mails:
            if raw.startswith(b"From:"):
                self.server.deliver(self.user, raw)
            else:
                with self.server.client(self.user) as client:
                    client.append("INBOX", raw)

    def look(self) -> bool:
        return Poller(self.services).look()  # type: ignore[arg-type]

    def look_until_quiet(self) -> None:
        while self.look():
            pass

    def requests(self) -> list[str]:
        return [record.request.subject for record in self.services.store.records(limit=500)]

    def refused(self) -> list[str]:
        return [info.trouble for info in self.services.store.received(["refused"])]

    def left(self) -> dict[str, int]:
        """How many mails lie in which folder."""
        found = {name: self.server.count(self.user, name) for name in ("INBOX", "Done", "Refused")}
        return {name: count for name, count in found.items() if count}


@pytest.fixture
def box(dovecot: Dovecot, open_services: OpenServices) -> Box:
    return Box(dovecot, open_services)


# --- what comes in ------------------------------------------------------------------------------


def test_a_mail_becomes_a_request_and_is_moved(box: Box) -> None:
    box.deliver(mail())
    assert box.look() is False
    assert box.requests() == ["Export of job reports 1"]
    assert box.left() == {"Done": 1}
    (kept,) = box.services.store.received(["request"])
    assert (kept.channel, kept.message_id) == ("imap", "<mail-1@customer.example>")
    assert WORDS in box.services.store.raw(kept.id).decode()
    assert box.services.engine.processed == [kept.request_id]


def test_thirty_mails_are_taken_oldest_first_and_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "BATCH", 12)
    box.look()  # the folder is known, and empty
    box.deliver(*(mail(number) for number in range(1, 31)))
    assert box.look() is True  # more is left than is taken at once
    assert box.left() == {"INBOX": 18, "Done": 12}
    box.look_until_quiet()
    taken = [info.message_id for info in box.services.store.received(["request"], limit=100)]
    assert taken[::-1] == [f"<mail-{number}@customer.example>" for number in range(1, 31)]
    assert box.left() == {"Done": 30}


def test_a_forward_is_credited_to_the_customer_in_it(box: Box) -> None:
    forwards = sorted(FIXTURES.glob("*forward*.eml")) or sorted(FIXTURES.glob("*fwd*.eml"))
    raw = forwards[0].read_bytes()
    domain = "fieldnote.example"
    box.again(team_domains=domain)
    box.deliver(raw)
    box.look()
    (record,) = box.services.store.records()
    assert record.request.forwarded_by.endswith(f"@{domain}")
    assert record.request.asker_address
    assert not record.request.asker_address.endswith(f"@{domain}")


def test_an_attachment_is_kept(box: Box) -> None:
    lines = (
        "From: kim@customer.example",
        "Subject: List",
        "Message-ID: <files@customer.example>",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "",
        WORDS,
        "--b",
        'Content-Type: text/csv; name="Niederlassungen – alle.csv"',
        "Content-Disposition: attachment",
        "",
        "a,b",
        "--b--",
        "",
    )
    box.deliver("\r\n".join(lines).encode())
    box.look()
    (record,) = box.services.store.records()
    (file,) = box.services.store.stored_files(record.request.id)
    assert (file.media_type, file.size) == ("text/csv", 3)


def test_a_reply_lands_on_its_request(box: Box) -> None:
    box.deliver(mail())
    box.look()
    (record,) = box.services.store.records()
    answer = mail(2, "Only for two branches.", "In-Reply-To: <mail-1@customer.example>")
    box.deliver(answer)
    box.look()
    assert len(box.requests()) == 1
    (later,) = box.services.store.later_mails(record.request.id)
    assert later.address == "kim@customer.example"
    assert "Only for two branches." in later.text


def test_without_folders_mails_stay_and_are_marked_as_read(
    dovecot: Dovecot, open_services: OpenServices
) -> None:
    box = Box(dovecot, open_services, imap_done_folder="", imap_refused_folder="")
    box.deliver(mail(1), NO_MAIL, mail(2))
    box.look()
    assert len(box.requests()) == 2
    assert box.left() == {"INBOX": 3}
    with dovecot.client(box.user) as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search("UNSEEN") == []
    box.deliver(mail(3))
    box.look()
    assert len(box.requests()) == 3


def test_folders_may_have_names_in_any_script(dovecot: Dovecot, open_services: OpenServices) -> None:
    names = {
        "imap_folder": "Wünsche & Co",
        "imap_done_folder": "Erledigt – für später",
        "imap_refused_folder": "却下",
    }
    box = Box(dovecot, open_services, **names)
    with dovecot.client(box.user) as client:
        client.create_folder("Wünsche & Co")
        client.append("Wünsche & Co", mail(1))
        client.append("Wünsche & Co", NO_MAIL)
    with Mailbox(box.services.settings, readonly=True) as mailbox:
        assert mailbox.missing_folders() == ["Erledigt – für später", "却下"]
    box.look()
    assert len(box.requests()) == 1
    assert [dovecot.count(box.user, name) for name in names.values()] == [0, 1, 1]


def test_what_was_read_before_the_first_look_is_left_alone(box: Box) -> None:
    """Years of old mail in a mailbox must not become requests."""
    box.deliver(mail(1), mail(2))
    with box.server.client(box.user) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search("ALL")[:1], [rb"\Seen"])
    box.look()
    assert box.requests() == ["Export of job reports 2"]
    with box.server.client(box.user) as client:  # later on, a person who reads the mailbox changes nothing
        client.append("INBOX", mail(3), [rb"\Seen"])
    box.look()
    assert len(box.requests()) == 2


# --- what cannot be taken -----------------------------------------------------------------------


def test_a_mail_that_cannot_be_read_is_kept_and_moved_away(box: Box) -> None:
    box.deliver(NO_MAIL, mail())
    box.look()
    assert box.requests() == ["Export of job reports 1"]
    (trouble,) = box.refused()
    assert trouble.startswith("This is a PDF, not a mail.")
    assert box.left() == {"Done": 1, "Refused": 1}


def test_a_mail_that_is_too_large_is_never_fetched(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = list[int]()
    whole = Mailbox.raw
    monkeypatch.setattr(Mailbox, "raw", lambda self, uid: fetched.append(uid) or whole(self, uid))
    monkeypatch.setattr(taking, "MAX_MAIL", 2000)
    box.deliver(mail(1, "x" * 3000), mail(2))
    box.look()
    assert len(fetched) == 1
    assert box.requests() == ["Export of job reports 2"]
    (info,) = box.services.store.received(["refused"])
    assert "The mail is" in info.trouble
    kept = box.services.store.raw(info.id)
    assert b"Subject: Export of job reports 1" in kept
    assert b"xxx" not in kept
    assert box.left() == {"Done": 1, "Refused": 1}


def test_a_mail_that_breaks_the_reading_is_given_up_after_three_looks(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = arrive.accept_mail

    def fragile(services: Any, raw: bytes, **options: Any) -> Any:
        if b"poison" in raw:
            raise RecursionError("too deep")
        return real(services, raw, **options)

    monkeypatch.setattr(arrive, "accept_mail", fragile)
    box.deliver(mail(1, "poison"), mail(2))
    for _ in range(MOST_TRIES):
        box.look()
        assert box.requests() == ["Export of job reports 2"]  # the next mail did not wait
        assert box.refused() == []
    box.look()
    (trouble,) = box.refused()
    assert trouble.startswith("Reading the mail failed 3 times.")
    assert box.left() == {"Done": 1, "Refused": 1}


def test_an_automatic_reply_is_put_aside(box: Box) -> None:
    box.deliver(mail(1, WORDS, "Auto-Submitted: auto-replied"))
    box.look()
    assert box.requests() == []
    assert [info.kind for info in box.services.store.received(["automatic"])] == ["automatic"]
    assert box.left() == {"Done": 1}


# --- what happens in between --------------------------------------------------------------------


def test_a_crash_between_taking_and_moving_doubles_nothing(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    nameless = mail(2, message_id="")  # without a Message-ID nothing else tells a repeat
    box.deliver(mail(1), nameless, mail(3))
    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(Mailbox, "move", killed)
            with pytest.raises(Killed):
                box.look()
        box.again()
    box.look()
    assert sorted(box.requests()) == [f"Export of job reports {number}" for number in (1, 2, 3)]
    assert box.refused() == []
    assert box.left() == {"Done": 3}


def test_a_server_that_goes_away_and_comes_back(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.deliver(*(mail(number) for number in range(1, 5)))
    real = arrive.accept_mail
    taken = itertools.count(1)

    def stopping_server(services: Any, raw: bytes, **options: Any) -> Any:
        if next(taken) == 2:
            box.server.stop()
        return real(services, raw, **options)

    with monkeypatch.context() as patched:
        patched.setattr(arrive, "accept_mail", stopping_server)
        with pytest.raises(Unreachable):
            box.look()
    with pytest.raises(Unreachable, match="could not be reached"):
        box.look()
    looked = last_look(box.services.store)  # type: ignore[arg-type]
    assert looked is not None
    assert "could not be reached" in looked.said(datetime.now(UTC))
    box.server.start()
    box.look_until_quiet()
    assert sorted(box.requests()) == [f"Export of job reports {number}" for number in range(1, 5)]
    assert box.left() == {"Done": 4}


def test_a_database_that_is_away_costs_no_mail_and_counts_no_try(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(mail(1), mail(2))

    gone = list[bool]()
    remember = box.services.store.put_memory

    def taking(*_: Any, **__: Any) -> None:
        gone.append(True)
        raise OSError("the database is gone")

    def remembering(name: str, value: str) -> None:
        if gone:
            raise OSError("the database is gone")
        remember(name, value)

    poller = Poller(box.services)  # type: ignore[arg-type]
    for _ in range(MOST_TRIES + 1):
        with monkeypatch.context() as patched:
            patched.setattr(arrive, "accept_mail", taking)
            patched.setattr(box.services.store, "put_memory", remembering)
            with pytest.raises(OSError, match="gone"):
                poller.look()
        gone.clear()
    poller.look()
    assert len(box.requests()) == 2
    assert box.refused() == []


def test_uids_that_were_given_out_anew(box: Box) -> None:
    """A restored or rebuilt folder: what was taken is known again, what is new is taken."""
    box.again(imap_done_folder="", imap_refused_folder="")
    box.deliver(mail(1), mail(2))
    box.look()
    store = box.services.store
    before = last_place(store)
    folder = box.server.folder / "mail" / box.user
    box.server.stop()
    for index in folder.glob("dovecot*"):
        index.unlink()
    (folder / "dovecot-uidlist").write_text("3 V1700000000 N1\n", encoding="utf-8")
    box.server.start()
    with box.server.client(box.user) as client:
        client.select_folder("INBOX")
        validity = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
    assert validity != before.validity
    box.deliver(mail(3))
    box.look()
    assert last_place(store).validity == validity
    assert sorted(box.requests()) == [f"Export of job reports {number}" for number in (1, 2, 3)]


def test_a_folder_that_takes_no_mail_holds_up_nothing(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Mailbox.move

    def full(self: Mailbox, uid: int, folder: str) -> None:
        raise Unreachable("The mail server is full.", "It is tried again.")

    box.deliver(mail(1), mail(2))
    with monkeypatch.context() as patched:
        patched.setattr(Mailbox, "move", full)
        box.look()
        box.look()
    assert len(box.requests()) == 2
    assert box.left() == {"INBOX": 2}
    looked = last_look(box.services.store)  # type: ignore[arg-type]
    assert looked is not None
    assert "full" in looked.trouble
    assert Mailbox.move is real
    box.look()
    assert box.left() == {"Done": 2}


def test_a_server_that_cannot_move_is_asked_to_copy(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from imapclient import IMAPClient

    able = IMAPClient.has_capability
    box.deliver(mail(1))
    with monkeypatch.context() as patched:
        patched.setattr(IMAPClient, "has_capability", lambda self, name: name != "MOVE" and able(self, name))
        box.look()
    assert box.left() == {"Done": 1}
    box.deliver(mail(2))
    with monkeypatch.context() as patched:  # nor can it expunge one mail alone: it stays, marked as deleted
        patched.setattr(
            IMAPClient,
            "has_capability",
            lambda self, name: name not in ("MOVE", "UIDPLUS") and able(self, name),
        )
        box.look()
        box.look()
    assert box.left() == {"INBOX": 1, "Done": 2}
    assert len(box.requests()) == 2


# --- the thread and the login -----------------------------------------------------------


def test_the_thread_looks_by_itself_and_stops(box: Box) -> None:
    box.again(imap_every_s=1)
    poller = Poller(box.services)  # type: ignore[arg-type]
    poller.start()
    try:
        box.deliver(mail())
        waited = threading.Event()
        for _ in range(200):
            if box.requests():
                break
            waited.wait(0.05)
        assert box.requests() == ["Export of job reports 1"]
    finally:
        poller.stop()
    assert "mailbox" not in {thread.name for thread in threading.enumerate()}


def test_one_trouble_is_one_line(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.again(imap_password="wrong")
    poller = Poller(box.services)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, logger="triage"):
        for _ in range(3):
            with pytest.raises(Unreachable, match="refused the login") as caught:
                poller.look()
            poller._say(str(caught.value), caught.value)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("triage")]
    assert len(said) == 1
    assert "wrong" not in said[0]


def test_starttls_is_insisted_on_and_the_certificate_checked(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(mail())
    settings = box.again(imap_security="starttls", imap_host="localhost").settings
    with pytest.raises(Unreachable, match=r"(?i)certificate"), Mailbox(settings):
        pass
    monkeypatch.setenv("SSL_CERT_FILE", str(box.server.certificate))
    with Mailbox(settings) as mailbox:
        assert len(mailbox.unread()) == 1


def test_a_folder_that_is_not_there_is_named(box: Box) -> None:
    settings = box.again(imap_folder="Requests").settings
    with pytest.raises(Unreachable, match="no folder “Requests”"), Mailbox(settings):
        pass


# --- what doctor says ---------------------------------------------------------------------------


def test_doctor_opens_the_mailbox_and_changes_nothing(box: Box) -> None:
    box.deliver(mail())
    with box.server.client(box.user) as client:
        client.create_folder("Done")
    opened, missing = doctor._findings(MAIL_IN, box.services.settings)
    assert opened.severity is Severity.OK
    assert opened.what.endswith("can be opened; the service has not looked yet.")
    assert (missing.severity, missing.what) == (Severity.WARNING, "The folder “Refused” is not there yet.")
    with box.server.client(box.user) as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search("UNSEEN")) == 1
    box.look()
    opened, _ = doctor._findings(MAIL_IN, box.services.settings)
    assert opened.what.endswith("can be opened; the service looked just now, 1 new mail.")


def test_doctor_names_what_is_wrong_with_the_mailbox(box: Box) -> None:
    wrong = box.again(imap_password="wrong").settings
    (refused,) = doctor._findings(MAIL_IN, wrong)
    assert refused.severity is Severity.PROBLEM
    assert "refused the login" in refused.what
    (incomplete,) = doctor._findings(MAIL_IN, wrong.model_copy(update={"imap_user": ""}))
    assert incomplete.what == "TRIAGE_IMAP_USER is empty."
