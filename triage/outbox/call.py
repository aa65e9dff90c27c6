"""One HTTP call out: to an address looked up once, within a time, without redirects, and with an error that
says whether a repeat may help and whether the call may have been carried out all the same."""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlsplit

from triage.errors import NotDelivered, SetupError

TIMEOUT_S = 20.0  # for the whole call
REPLY_CAP = 64 * 1024  # bytes read of an answer
USER_AGENT = "request-triage"
_PASSING = frozenset({408, 425, 429})  # beside 5xx: may be well in a while
_UNKNOWN_END = frozenset({502, 504})  # a gateway that does not know what became of it
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Place:
    """Where calls go. `name` is how it is called in messages: paths and queries may hold secrets."""

    scheme: str
    host: str
    port: int
    path: str  # with its query

    @property
    def name(self) -> str:
        """Host, and port where it is not the usual one."""
        usual = {"https": 443, "http": 80}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(frozen=True)
class Reply:
    """What came back. `body` is cut off at the cap of the call."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


def place_of(url: str, setting: str) -> Place:
    """The parts of `url`, which `setting` holds.

    Raises:
        SetupError: it is no address to call, or plain http to a host that is not this machine.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise SetupError(
            f"{setting} holds no address that can be called.",
            "Write it like https://hooks.example.com/triage.",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise SetupError(
            f"{setting} begins with http://, but {host} is not this machine.",
            "Use https://: answers must not travel in the open.",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(letter <= " " for letter in path):
        raise SetupError(f"{setting} holds characters that no address has.", "Write them percent-encoded.")
    return Place(parts.scheme, host, port or {"https": 443, "http": 80}[parts.scheme], path)


def call(
    method: str,
    place: Place,
    body: bytes,
    headers: Mapping[str, str],
    *,
    remedy: str,
    knows_repeats: bool,
    private: bool = False,
    timeout: float = TIMEOUT_S,
    cap: int = REPLY_CAP,
) -> Reply:
    """Make the call and read its reply, whose status is one of success.

    Args:
        method: "POST" or "GET".
        place: where to; its host is looked up once, and that very address is connected to.
        body: sent as it is.
        headers: beside Host, Content-Length and User-Agent.
        remedy: what to do when it refuses for good.
        knows_repeats: a repeat does no harm there, so nothing is ever in doubt.
        private: also to addresses that are not on the public internet.
        timeout: seconds for the whole call, looking up the name apart.
        cap: bytes of the reply to read.

    Raises:
        NotDelivered: permanent for redirects, which are not followed, for 4xx but 408, 425 and 429, and for
            an address that is not allowed; `in_doubt` when the call was sent whole and no reply came.
    """
    address = _look_up(place, private=private)
    connection = _Connection(place, address, time.monotonic() + timeout)
    try:
        try:
            connection.connect()
            own = {"Host": place.name, "User-Agent": USER_AGENT, "Connection": "close"}
            connection.request(method, place.path, body, {**own, **headers})
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(place, error) from error
        try:
            reply = connection.reply(method, cap)
        except (OSError, http.client.HTTPException) as error:
            raise _silent(place, error, in_doubt=not knows_repeats) from error
    finally:
        connection.close()
    if not 200 <= reply.status < 300:
        raise _refused(reply, place, remedy, knows_repeats=knows_repeats)
    return reply


def is_loopback(host: str) -> bool:
    """True when `host` is this machine by name or address."""
    if host.lower() in ("localhost", "localhost.localdomain"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """True for an address on the public internet, also when it is wrapped into one of IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


class _Connection(http.client.HTTPConnection):
    """A connection to one looked-up address, with one deadline for everything on it."""

    def __init__(self, place: Place, address: str, deadline: float) -> None:
        super().__init__(place.host, place.port)
        self._place = place
        self._address = address
        self._deadline = deadline

    def connect(self) -> None:
        """Connect, with TLS for the name that was looked up."""
        where = (self._address, self._place.port)
        self.sock = socket.create_connection(where, timeout=_left(self._deadline))
        if self._place.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._place.host)
        self.sock.settimeout(_left(self._deadline))

    def reply(self, method: str, cap: int) -> Reply:
        """Read status, headers and at most `cap` bytes of the body."""
        pieces = cast("socket.socket", _Pieces(self.sock, self._deadline))
        response = http.client.HTTPResponse(pieces, method=method)
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            with suppress(OSError, http.client.HTTPException):  # the status is what counts
                return Reply(response.status, headers, response.read(cap))
            return Reply(response.status, headers, b"")
        finally:
            response.close()


class _Pieces(io.RawIOBase):
    """The bytes that arrive on a socket until the deadline, however slowly they drip."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """What an HTTP response reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes. Raises TimeoutError after the deadline."""
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _look_up(place: Place, *, private: bool) -> str:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unreachable(place, error) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if private:
        return addresses[0]
    inside = [address for address in addresses if not is_public(address)]
    if inside:
        raise NotDelivered(
            f"{place.host} is at {inside[0]}, which is not on the public internet.",
            "Set TRIAGE_WEBHOOK_OUT_PRIVATE if that is meant, and send it again.",
            permanent=True,
        )
    return addresses[0]


def _unreachable(place: Place, error: Exception) -> NotDelivered:
    return NotDelivered(
        f"{place.name} could not be reached: {_words(error)}.", "It is tried again later.", permanent=False
    )


def _silent(place: Place, error: Exception, *, in_doubt: bool) -> NotDelivered:
    return NotDelivered(
        f"{place.name} took everything and then said nothing: {_words(error)}.",
        "It may have arrived; it is tried again later.",
        permanent=False,
        in_doubt=in_doubt,
    )


def _refused(reply: Reply, place: Place, remedy: str, *, knows_repeats: bool) -> NotDelivered:
    status = reply.status
    words = " ".join(reply.body.decode("utf-8", "replace").split())[:200]
    said = f"{place.name} answered {status}{f' ({words})' if words else ''}."
    if 300 <= status < 400:
        return NotDelivered(said, f"Redirects are not followed. {remedy}", permanent=True)
    if status in _PASSING or status >= 500:
        return NotDelivered(
            said,
            "It is tried again later.",
            permanent=False,
            in_doubt=status in _UNKNOWN_END and not knows_repeats,
            retry_after=_retry_after(reply),
        )
    return NotDelivered(said, remedy, permanent=True)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__


def _retry_after(reply: Reply) -> float:
    """Seconds, from a number or a date (RFC 9110, 10.2.3); 0 without either."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 10**6))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
