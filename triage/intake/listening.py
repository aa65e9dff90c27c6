"""Where the listeners take mail, for whom, and with which certificate, as the settings say."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING

from triage.errors import SetupError
from triage.outbox.call import is_loopback

if TYPE_CHECKING:
    from triage.settings import Settings


@dataclass(frozen=True)
class Place:
    """Where to listen: `path` of a socket, else host and port."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return str(self.path) if self.path else f"{host}:{self.port}"


def read_place(text: str, setting: str, settings: Settings, *, sockets: bool = False) -> Place:
    """HOST:PORT, or with `sockets` the path of a Unix socket.

    Raises:
        SetupError: it is neither, or other machines would reach it and nobody said that they may.
    """
    if sockets and "/" in text:
        return Place(path=Path(text))
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        also = " or the path of a socket" if sockets else ""
        raise SetupError(f"{setting} is {text!r}.", f"Give HOST:PORT{also}, such as 127.0.0.1:2525.")
    if not is_loopback(host) and not settings.listen_anywhere:
        raise SetupError(
            f"{setting} is {text}, which other machines can reach.",
            "Anybody there could hand in mail. Listen on 127.0.0.1, or set TRIAGE_LISTEN_ANYWHERE=true when "
            "a firewall lets only your mail server in.",
        )
    return Place(host, int(port))


def read_certificate(settings: Settings) -> ssl.SSLContext | None:
    """What STARTTLS is offered with; None without a certificate. Raises SetupError."""
    if settings.listen_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.listen_cert, settings.listen_key)
    except (OSError, ssl.SSLError) as error:
        raise SetupError(
            f"The certificate {settings.listen_cert} and its key cannot be used: {error}.",
            "Name PEM files that belong together in TRIAGE_LISTEN_CERT and TRIAGE_LISTEN_KEY.",
        ) from error
    return context


class Addresses:
    """The addresses mail is taken for, with and without a plus."""

    def __init__(self, settings: Settings) -> None:
        own = [parseaddr(settings.mail_from)[1], *settings.intake_addresses.split(",")]
        self._own = {_bare(address) for address in own if "@" in address}

    def has(self, address: str) -> bool:
        """True when mail for `address` is ours to take."""
        return _bare(address) in self._own


def _bare(address: str) -> str:
    local, _, domain = address.strip().strip("<>").casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
