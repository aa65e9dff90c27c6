"""A real HTTP server on loopback that keeps what it is sent and replies as told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One call as it arrived."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What a test asks of the server: `then` says how it replies, in turn; after that it says 200."""

    port: int = 0
    calls: list[Received] = field(default_factory=list)
    then: deque[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=deque)
    always: Callable[[BaseHTTPRequestHandler, Received], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        self.calls.clear()
        self.then.clear()
        self.always = None

    def will(self, *behaviours: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.then.extend(behaviours)


def says(status: int, body: str = "", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Reply with this; `retry_after="7"` is the header Retry-After."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        raw = body.encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return reply


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Take everything, then close without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send one byte at a time, for longer than anybody waits."""
    for letter in b"HTTP/1.1 200 OK" * 20:
        try:
            handler.wfile.write(bytes([letter]))
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


class Quiet(ThreadingHTTPServer):
    """A caller that hangs up is no news."""

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """The server, until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            receiver.calls.append(call)
            self.close_connection = True
            if receiver.then:
                receiver.then.popleft()(self)
            elif receiver.always:
                receiver.always(self, call)
            else:
                says(200, "{}")(self)

        def log_message(self, *_: object) -> None:
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
