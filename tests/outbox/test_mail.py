"""The mail as built, and the folder it is written to without a server."""

from __future__ import annotations

import email
from email.policy import default
from pathlib import Path

import pytest

from triage.domain import OutgoingMessage
from triage.errors import NotDelivered
from triage.outbox.email import FolderSender
from triage.outbox.mime import build

FROM = "triage@fieldnote.example"


def message(**changes: object) -> OutgoingMessage:
    fields: dict[str, object] = {
        "id": "m-1",
        "request_id": "r-1",
        "kind": "answer",
        "to": "mara@fieldnote.example",
        "subject": "Yes",
    }
    return OutgoingMessage.model_validate({**fields, "text": "Hello", **changes})


def test_only_automatic_mails_say_so_and_none_invites_robots() -> None:
    kinds = ("answer", "customer", "questions", "checklist", "sign_in", "reminder", "escalation", "receipt")
    mails = {kind: build(message(kind=kind), FROM) for kind in kinds}
    assert {kind: mail["Auto-Submitted"] for kind, mail in mails.items() if mail["Auto-Submitted"]} == {
        **dict.fromkeys(("checklist", "sign_in", "reminder", "escalation"), "auto-generated"),
        "receipt": "auto-replied",
    }
    assert {mail["X-Auto-Response-Suppress"] for mail in mails.values()} == {"All"}


LONG = f"<{'A' * 60}@{'b' * 60}.prod.mail.example.com>"


def test_the_thread_before_it_is_named_in_order() -> None:
    mail = build(message(in_reply_to="<b@x>", references=("<a@x>", "<b@x>", "<r-1.questions.1@ours>")), FROM)
    assert mail["In-Reply-To"] == "<b@x>"
    assert mail["References"].split() == ["<a@x>", "<b@x>", "<r-1.questions.1@ours>"]


def test_long_ids_go_out_as_they_are() -> None:
    raw = build(message(in_reply_to=LONG, references=("<a@x>", LONG), message_id=LONG), FROM).as_bytes()
    assert f"In-Reply-To: {LONG}\r\n".encode() in raw
    assert f"References: <a@x>\r\n {LONG}\r\n".encode() in raw
    assert f"Message-ID: {LONG}\r\n".encode() in raw
    again = email.message_from_bytes(raw, policy=default)
    assert again["References"].split() == ["<a@x>", LONG]


def test_a_thread_without_end_keeps_its_first_and_its_latest() -> None:
    chain = tuple(f"<{number}@x>" for number in range(100))
    kept = build(message(in_reply_to="<99@x>", references=chain), FROM)["References"].split()
    assert kept == ["<0@x>", *(f"<{number}@x>" for number in range(81, 100))]


@pytest.mark.parametrize("parent", ["no id", "", "<a b@x>", "<>", "<ä@x>", f"<{'x' * 2000}@x>"])
def test_what_is_no_id_starts_no_thread(parent: str) -> None:
    mail = build(message(in_reply_to=parent), FROM)
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


def test_a_missing_message_id_is_made_with_our_domain() -> None:
    assert str(build(message(), FROM)["Message-ID"]).endswith("@fieldnote.example>")


def test_no_header_can_be_smuggled_in() -> None:
    mail = build(message(subject="Yes\r\nBcc: eve@evil.example", in_reply_to="<a@b>\nX: y"), FROM)
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["Subject"] == "Yes Bcc: eve@evil.example"


def test_unclean_text_is_sent_clean() -> None:
    mail = build(message(text="a\0b\ud800", subject="s\ud800"), FROM)
    assert mail.get_content() == "ab\ufffd\n"
    assert mail.as_bytes()


@pytest.mark.parametrize("to", ["", "nobody", "a@x.example, b@x.example", "a@", "<>", "x" * 2000])
def test_a_recipient_that_is_none_is_a_permanent_trouble(to: str) -> None:
    with pytest.raises(NotDelivered, match="no address pair") as caught:
        build(message(to=to), FROM)
    assert caught.value.permanent


def test_a_mail_is_written_whole_and_a_repeat_replaces_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "outbox"
    sender = FolderSender(folder, FROM)
    where = sender.send(message(id="../r-1:answer"))
    assert sender.send(message(id="../r-1:answer", text="Once more, Grüße")) == where
    (written,) = folder.iterdir()
    assert written == Path(where)
    mail = email.message_from_bytes(written.read_bytes(), policy=default)
    assert mail.get_content().strip() == "Once more, Grüße"


def test_a_folder_that_cannot_be_written_is_a_passing_trouble(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file is in the way")
    with pytest.raises(NotDelivered, match="could not be written") as caught:
        FolderSender(tmp_path / "outbox", FROM).send(message())
    assert not caught.value.permanent
