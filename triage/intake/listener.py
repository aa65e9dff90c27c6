"""Takes mail by SMTP (RFC 5321) or LMTP (RFC 2033) for our own addresses, and for no others.

A mail is confirmed when the database has it: until then the server that sends it keeps it and tries again.
A listener runs in a thread of its own beside the drafting; mails are read in a few more.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from triage.errors import SetupError
from triage.intake.handed_over import in_ascii, reply_to
from triage.intake.limits import MAX_MAIL
from triage.intake.listening import Addresses, Place, read_certificate

if TYPE_CHECKING:
    from triage.bootstrap import Services

MOST_CONNECTIONS = 20  # at the same time; each may hold one mail in memory
COMMAND_S = 300.0  # for each command, a whole mail among them (RFC 5321, 4.5.3.2.7)
CONNECTION_S = 3600.0  # for all of them together
LINE = 64 * 1024  # bytes of a command, and of what is read of a mail at once
MOST_COMMANDS = {"MAIL": 1000, "RCPT": 10_000, "DATA": 1000, "RSET": 1000, "*": 100}  # on one connection
READERS = 4  # mails read at the same time
GRACE_S = 8.0  # for the mails in hand when the listener is stopped

log = logging.getLogger(__name__)


class Listener:
    """One open port or socket, until `stop`."""

    def __init__(self, services: Services, place: Place, *, lmtp: bool = False) -> None:
        """Nothing is opened yet. Raises SetupError for a certificate that cannot be used."""
        self._place = place
        self._session = _LmtpSession if lmtp else _SmtpSession
        self._tls = None if lmtp else read_certificate(services.settings)
        self._gate = _Gate()
        self._door = _Door(services, "lmtp" if lmtp else "smtp")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"{self._door.channel}-in", daemon=True)
        self._ready: Future[None] = Future()

    def start(self) -> None:
        """Listen, in a thread of its own. Raises SetupError when the address cannot be used."""
        self._thread.start()
        try:
            self._ready.result()
        except OSError as error:
            raise SetupError(
                f"{self._place} cannot be listened on: {error.strerror or error}.",
                "Stop what listens there or choose another address.",
            ) from error
        log.info("listening for mail channel=%s at=%s", self._door.channel, self._place)

    def stop(self) -> None:
        """Finish the mails in hand and take nothing more; an unconfirmed one is sent again by its server."""
        if self._loop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # its loop has ended by itself: the address was taken
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout=GRACE_S + 5)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            server = await self._open(self._loop)
        except OSError as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        await self._stopping.wait()
        server.close()
        await self._door.close()
        self._gate.close()
        await asyncio.sleep(0)  # one round for the connections to end in
        _clear_socket(self._place)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        def make() -> SMTP:
            return self._session(
                self._door,
                gate=self._gate,
                loop=loop,
                data_size_limit=MAX_MAIL,
                enable_SMTPUTF8=True,
                hostname=socket.gethostname(),
                ident="ready",
                tls_context=self._tls,
                timeout=COMMAND_S,
                command_call_limit=MOST_COMMANDS,
            )

        if self._place.path is None:
            return await loop.create_server(make, self._place.host, self._place.port)
        _clear_socket(self._place)
        server = await loop.create_unix_server(make, self._place.path)
        self._place.path.chmod(0o660)
        return server


def _clear_socket(place: Place) -> None:
    """A socket file outlives its process; one that nobody answers on is in the way."""
    if place.path is None or not place.path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(place.path))
        except OSError:
            with suppress(FileNotFoundError):
                place.path.unlink()


# --- one connection -----------------------------------------------------------------------------


class _Gate:
    """Counts connections, and ends those that stay too long."""

    def __init__(self) -> None:
        self._open: dict[Any, asyncio.TimerHandle] = {}

    def admit(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> bool:
        if len(self._open) >= MOST_CONNECTIONS:
            return False
        self._open[transport] = loop.call_later(CONNECTION_S, transport.close)
        return True

    def leave(self, transport: Any) -> None:
        timer = self._open.pop(transport, None)
        if timer:
            timer.cancel()

    def close(self) -> None:
        for transport in list(self._open):
            transport.close()


class _Admitted(SMTP):
    """A session that the gate lets in."""

    line_length_limit = LINE

    def __init__(self, door: _Door, *, gate: _Gate, **options: Any) -> None:
        super().__init__(door, **options)
        self._gate = gate
        self._first: Any = None  # the plain connection, also under TLS
        self._refused = False

    def connection_made(self, transport: Any) -> None:
        if self._first is None:
            self._first = transport
            if not self._gate.admit(transport, self.loop):
                self._refused = True
                transport.write(b"421 4.3.2 Too many connections, try again in a minute.\r\n")
                transport.close()
                return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._gate.leave(self._first)
        if not self._refused:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return False if self._refused else super().eof_received()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """As in aiosmtpd, but read in large pieces: 25 MB of empty lines would be twelve million objects."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        if content is None:
            status = f"552 5.3.4 The mail is too large; at most {MAX_MAIL // 1024 // 1024} MB are taken."
        else:
            envelope.content = envelope.original_content = content
            status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _content(self) -> bytes | None:
        """The mail up to the lone dot, without its transparent ones (RFC 5321, 4.5.2); None: too large."""
        end, pieces, size = b"\r\n.\r\n", list[bytes](), 0
        # So that a dot on the very first line ends it too.
        self._reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]
        while True:
            try:
                piece = await self._reader.readuntil(end)
            except asyncio.LimitOverrunError as error:
                piece = await self._reader.readexactly(error.consumed)
            size += len(piece)
            if size <= MAX_MAIL + len(end) + 2:
                pieces.append(piece)
            else:  # read on, so that the sender hears why
                pieces.clear()
            if piece.endswith(end):
                break
        if not pieces:
            return None
        return b"".join(pieces)[: -len(b".\r\n")].replace(b"\r\n.", b"\r\n")[len(b"\r\n") :]


class _SmtpSession(_Admitted):
    pass


class _LmtpSession(_Admitted, LMTP):
    """After a mail, LMTP wants a reply for each recipient (RFC 2033, 4.2)."""

    _replies = 1

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("354 ") and self.envelope is not None:
            self._replies = len(self.envelope.rcpt_tos)
        elif self._replies > 1:
            status, self._replies = "\r\n".join([status] * self._replies), 1
        await super().push(status)


# --- what is said to a command ------------------------------------------------------------------


class _Door:
    """Answers the commands of a connection. The names of its methods are aiosmtpd's."""

    def __init__(self, services: Services, channel: str) -> None:
        self._services = services
        self._addresses = Addresses(services.settings)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"{channel}-mail")
        self._in_hand: set[asyncio.Future[str]] = set()
        self._closing = False
        self.channel = channel

    async def close(self) -> None:
        """Refuse what comes from now on and wait for the mails in hand."""
        self._closing = True
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=GRACE_S)
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        offered = [line for line in responses if not line.startswith("250-AUTH")]  # nobody has to sign in
        return [*offered[:-1], "250-PIPELINING", offered[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._addresses.has(address):
            return f"550 5.1.1 {in_ascii(address)} takes no mail here."
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        sender, recipients = envelope.mail_from or "", tuple(envelope.rcpt_tos)
        envelope.content = envelope.original_content = None  # kept once, not three times
        if self._closing:
            return "451 4.3.2 This service is being stopped, try again."
        take = partial(
            reply_to, self._services, raw, channel=self.channel, sender=sender, recipients=recipients
        )
        task = asyncio.get_running_loop().run_in_executor(self._readers, take)
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        return await task

    async def handle_exception(self, error: Exception) -> str:
        log.error("mail in: a connection failed: %s", type(error).__name__)
        return "451 4.3.0 Something went wrong on our side, try again."
