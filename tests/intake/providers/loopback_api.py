"""A small HTTP server on this machine that answers as an API would."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class LoopbackApi:
    """Answers by path; remembers what it was asked."""

    base: str = ""
    answers: dict[str, Any] = field(default_factory=dict)  # by path: a JSON value, or a status to fail with
    slow: dict[str, float] = field(default_factory=dict)  # by path: seconds before the answer
    asked: list[tuple[str, str, Any]] = field(default_factory=list)  # path, Authorization, body

    def answer(self, path: str, token: str, body: Any) -> tuple[int, Any]:
        """Status and JSON for one question."""
        self.asked.append((path, token, body))
        time.sleep(self.slow.get(path.partition("?")[0], 0))
        answer = self.answers.get(path, self.answers.get(path.partition("?")[0], 404))
        return (answer, {"message": "no"}) if isinstance(answer, int) else (200, answer)


@contextmanager
def loopback_api() -> Iterator[LoopbackApi]:
    """An API that knows nothing yet."""
    api = LoopbackApi()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(body)

        def do_GET(self) -> None:
            self._answer(None)

        def _answer(self, body: Any) -> None:
            status, value = api.answer(self.path, self.headers.get("Authorization", ""), body)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with suppress(OSError):  # whoever asked may have given up
                self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    api.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
