"""Mails out: by SMTP, or into a folder when no server is configured."""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import ssl
from pathlib import Path
from typing import Any

from triage.domain import OutgoingMessage
from triage.errors import NotDelivered, SetupError
from triage.outbox.call import is_loopback
from triage.outbox.mime import build
from triage.settings import Settings

TIMEOUT_S = 30.0
_PERMANENT_REPLIES = range(500, 600)  # RFC 5321: 5yz will not change on a repeat, 4yz may


class _BrokenAfterMail(smtplib.SMTPServerDisconnected):
    """The connection broke between the last byte of the mail and the server's reply to it."""


class _Watched(smtplib.SMTP):
    """Tells a connection that broke before the mail was handed over from one that broke after."""

    _replies = 0

    def getreply(self) -> tuple[int, bytes]:
        """As in the library; counts the replies that were waited for."""
        self._replies += 1
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As in the library: one reply to DATA, one to the mail itself.

        Raises:
            _BrokenAfterMail: the second never came.
        """
        before = self._replies
        try:
            return super().data(msg)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if self._replies - before < 2:
                raise
            raise _BrokenAfterMail(str(error)) from error


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same over TLS from the start."""


class SmtpSender:
    """Sends through the mail server of the settings. One connection per mail."""

    def __init__(self, settings: Settings, *, timeout: float = TIMEOUT_S) -> None:
        """Nothing is contacted yet; `timeout` is seconds for each wait on the server.

        Raises:
            SetupError: no server, or plain text to a server that is not on this machine.
        """
        if not settings.smtp_host:
            raise SetupError("TRIAGE_SMTP_HOST is empty.", "Name the mail server in it.")
        if settings.smtp_security == "none" and not is_loopback(settings.smtp_host):
            raise SetupError(
                f"TRIAGE_SMTP_SECURITY is none, but {settings.smtp_host} is not this machine.",
                "Set TRIAGE_SMTP_SECURITY to starttls or tls: mails must not travel in the open.",
            )
        self._settings = settings
        self._timeout = timeout

    def send(self, message: OutgoingMessage) -> str:
        """Deliver to the server; returns "smtp host:port".

        Raises:
            NotDelivered: `permanent` False for time-outs, broken connections, 4yz replies and anything
                wrong with the login or TLS, which an operator can put right meanwhile; `in_doubt` when the
                connection broke between the last byte of the mail and the server's word on it.
        """
        mail = build(message, self._settings.mail_from)
        where = f"{self._settings.smtp_host}:{self._settings.smtp_port}"
        try:
            server = self._connect()
            try:
                server.send_message(mail)
            finally:
                _say_goodbye(server)
        except (smtplib.SMTPException, OSError) as error:
            raise _not_delivered(error, message.to, where) from error
        return f"smtp {where}"

    def _connect(self) -> _Watched:
        settings = self._settings
        context = ssl.create_default_context()
        if settings.smtp_security == "tls":
            server: _Watched = _WatchedTls(
                settings.smtp_host, settings.smtp_port, timeout=self._timeout, context=context
            )
        else:
            server = _Watched(settings.smtp_host, settings.smtp_port, timeout=self._timeout)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server


class FolderSender:
    """Writes each mail as an `.eml` file, for a service without a mail server."""

    def __init__(self, folder: Path, mail_from: str) -> None:
        self._folder = folder
        self._mail_from = mail_from

    def send(self, message: OutgoingMessage) -> str:
        """Write the file in one step, so that no reader sees half a mail; returns its path.

        A repeat replaces the file: the name comes from the message's id.

        Raises:
            NotDelivered: the folder cannot be written.
        """
        mail = build(message, self._mail_from)
        path = self._folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', message.id)[:150]}.eml"
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(mail.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            raise NotDelivered(
                f"The mail could not be written to {path}: {error.strerror}.",
                "Make room or make the folder writable; it is tried again later.",
                permanent=False,
            ) from error
        return str(path)


def _say_goodbye(server: smtplib.SMTP) -> None:
    # The mail has been taken or refused by now; a failing QUIT must not change that.
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _not_delivered(error: Exception, to: str, where: str) -> NotDelivered:
    if isinstance(error, _BrokenAfterMail):
        return NotDelivered(
            f"The connection to the mail server {where} broke after the mail to {to} was handed over and "
            "before the server confirmed it, so it may have arrived.",
            "It is sent again with the same Message-ID; most mailboxes then show it once.",
            permanent=False,
            in_doubt=True,
        )
    if isinstance(error, smtplib.SMTPException):
        return _from_smtp(error, to, where)
    return NotDelivered(
        f"The mail server {where} could not be reached: {error or type(error).__name__}.",
        "Check TRIAGE_SMTP_HOST, TRIAGE_SMTP_PORT and TRIAGE_SMTP_SECURITY; it is tried again later.",
        permanent=False,
    )


def _from_smtp(error: smtplib.SMTPException, to: str, where: str) -> NotDelivered:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotDelivered(
            f"The mail server {where} refused the login ({error.smtp_code}).",
            "Check TRIAGE_SMTP_USER and TRIAGE_SMTP_PASSWORD; it is tried again later.",
            permanent=False,
        )
    code, text = _reply(error)
    permanent = code in _PERMANENT_REPLIES
    return NotDelivered(
        f"The mail server {where} did not take the mail to {to}: {code or ''} {text}".strip(),
        "Check the address." if permanent else "It is tried again later.",
        permanent=permanent,
    )


def _reply(error: smtplib.SMTPException) -> tuple[int, str]:
    """Code and text of the server's reply; code 0 when there was none."""
    text: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return 0, str(error)
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return code, " ".join(words.split())[:300]
