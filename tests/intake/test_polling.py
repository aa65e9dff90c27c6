"""Looking into a mailbox, without a mailbox: the login, the pauses, the words."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.errors import SetupError, Unreachable
from triage.intake.imap import Mailbox, check_login
from triage.intake.polling import Look, ago, pause_after
from triage.settings import Settings


@contextmanager
def one_answer(reply: Callable[[bytes], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A server that greets, then answers each line as told."""
    heard = list[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb") as lines:
                lines.write(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\r\n")
                lines.flush()
                for line in lines:
                    heard.append(line)
                    lines.write(reply(line))
                    lines.flush()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(timeout=10)


def test_a_token_is_read_afresh_at_each_login(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n", encoding="utf-8")

    def reply(line: bytes) -> bytes:
        if b"AUTHENTICATE" in line:
            return b"+ \r\n"
        tag = line.split()[0]
        if b"CAPABILITY" in line:
            return b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n"
        if b"LOGOUT" in line:
            return b"* BYE\r\n" + tag + b" OK done\r\n"
        return b"TAG1 NO not today\r\n"

    for said in ("first", "second"):
        token.write_text(said, encoding="utf-8")
        with one_answer(reply) as (port, heard):
            settings = Settings(
                _env_file=None,
                imap_host="127.0.0.1",
                imap_port=port,
                imap_user="triage@ours.example",
                imap_token_file=token,
                imap_security="none",
            )
            with pytest.raises(Unreachable), Mailbox(settings):
                pass
        spoken = b"".join(heard)
        expected = base64.b64encode(f"user=triage@ours.example\1auth=Bearer {said}\1\1".encode())
        assert b"AUTHENTICATE XOAUTH2" in spoken
        assert expected in spoken.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"imap_host": ""}, "TRIAGE_IMAP_HOST"),
        ({"imap_user": ""}, "TRIAGE_IMAP_USER"),
        ({"imap_password": ""}, "TRIAGE_IMAP_TOKEN_FILE"),
        ({"imap_security": "none"}, "TRIAGE_IMAP_SECURITY"),
    ],
)
def test_what_is_missing_is_named_at_the_start(changes: dict[str, Any], names: str) -> None:
    given = {"imap_host": "mail.example.com", "imap_user": "triage", "imap_password": "x", **changes}
    with pytest.raises(SetupError, match=names):
        check_login(Settings(_env_file=None, **given))


def test_pauses_grow_and_stay_within_a_quarter_of_an_hour() -> None:
    assert [pause_after(failures, 60) for failures in (0, 1, 2, 3, 4, 30)] == [60, 120, 240, 480, 900, 900]
    assert pause_after(5, 3600) == 3600


def test_the_last_look_in_words() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert Look(at=now - timedelta(minutes=2), mails=3).said(now) == "looked 2 minutes ago, 3 new mails"
    assert Look(at=now, mails=1, refused=1).said(now) == "looked just now, 1 new mail, 1 of them refused"
    assert Look(at=now - timedelta(hours=30)).said(now) == "looked 1 day ago, no new mails"
    assert [ago(timedelta(minutes=m)) for m in (0, 1, 59, 60, 3000)] == [
        "just now",
        "1 minute ago",
        "59 minutes ago",
        "1 hour ago",
        "2 days ago",
    ]
