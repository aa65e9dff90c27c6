"""What is written on top of a mail: the same for the same bytes, and nothing on what is no mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.mails import mail
from triage.errors import TriageError
from triage.intake.email import read_mail
from triage.intake.trace import hops, with_message_id, with_return_path

NAMELESS = mail().replace(b"Message-ID: <m@x.example>\n", b"")


def test_a_mail_without_a_message_id_gets_one_of_its_own_bytes() -> None:
    named = with_message_id(NAMELESS)
    key = read_mail(named).request.message_id
    assert key.endswith("@unnamed.invalid>")
    assert with_message_id(NAMELESS) == named
    assert with_message_id(named) == named
    assert read_mail(with_message_id(NAMELESS + b" More.")).request.message_id != key
    assert read_mail(named).request.body == read_mail(NAMELESS).request.body


def test_a_mail_with_one_keeps_it() -> None:
    assert with_message_id(mail()) == mail()


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n\r\n", b"%PDF-1.7 x", b"just words", b"From ada Mon\nSubject: x\n\ny"]
)
def test_what_is_no_mail_stays_as_it_is(raw: bytes) -> None:
    assert with_message_id(raw) == raw
    assert with_return_path(raw, "ada@example.com") == raw
    assert hops(raw) == 0


@pytest.mark.parametrize(
    ("sender", "line"),
    [
        ("ada@example.com", b"Return-Path: <ada@example.com>\r\n"),
        ("", b"Return-Path: <>\r\n"),
        ("<>", b"Return-Path: <>\r\n"),
        ("ada@example.com\r\nBcc: x", b"Return-Path: <ada@example.comBcc:x>\r\n"),
        ("ädä@example.com", b"Return-Path: <?d?@example.com>\r\n"),
    ],
)
def test_the_sender_of_the_envelope_is_one_line(sender: str, line: bytes) -> None:
    assert with_return_path(mail(), sender) == line + mail()


def test_servers_on_the_way_are_counted() -> None:
    assert hops(mail("x", "Received: from a", "Received: from b")) == 2


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda noise: b"Subject: x\r\n" + noise))
def test_no_bytes_break_it(raw: bytes) -> None:
    named = with_message_id(raw)
    assert named.endswith(raw)
    assert with_message_id(named) == named
    assert with_return_path(named, "ada@example.com").endswith(raw)
    assert hops(raw) >= 0


@given(st.binary(max_size=300))
def test_garbage_is_made_no_mail(raw: bytes) -> None:
    """Whatever could not be read before cannot be read afterwards."""
    try:
        read_mail(raw)
    except TriageError:
        with pytest.raises(TriageError):
            read_mail(with_return_path(with_message_id(raw), "ada@example.com"))
