"""`triage intake`: what is open, and an example sent to a server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from triage.cli import app
from triage.errors import BadInput, Unreachable

SECRET = "whsec_dHdlbnR5LWZvdXIgYnl0ZXMgb3IgbW9yZQ=="
RUN = CliRunner()


class _Service(BaseHTTPRequestHandler):
    """Takes what carries a signature."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        good = self.path == "/intake/webhook" and (self.headers["webhook-signature"] or "").startswith("v1,")
        body = b'{"outcome":"request","id":"r-1"}' if good else b'{"code":"bad-signature"}'
        self.send_response(202 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a service."""
    with HTTPServer(("127.0.0.1", 0), _Service) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_list_shows_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_MAILGUN_SECRET", "one,two")
    monkeypatch.setenv("TRIAGE_WEBHOOK_SECRET", SECRET)
    lines = {line.split()[0]: line for line in RUN.invoke(app, ["intake", "list"]).output.splitlines()}
    assert "open, 2 secrets" in lines["mailgun"]
    assert "open " in lines["webhook"]
    assert "off" in lines["postmark"]
    assert "two" not in "".join(lines.values())


def test_an_example_prints_what_came_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_WEBHOOK_SECRET", SECRET)
    ran = RUN.invoke(app, ["intake", "example", "webhook", "--url", url])
    assert ran.exit_code == 0
    assert "answered 202" in ran.output
    assert '"id":"r-1"' in ran.output


def test_a_refusal_ends_with_one(url: str) -> None:
    ran = RUN.invoke(app, ["intake", "example", "mailgun", "--url", url, "--secret", "wrong"])
    assert ran.exit_code == 1
    assert "bad-signature" in ran.output


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["fax"], BadInput, "Known are postmark"),
        (["webhook"], BadInput, "TRIAGE_WEBHOOK_SECRET is not set"),
        (["ses"], BadInput, "a key that it alone has"),
        (["webhook", "--secret", SECRET, "--url", "ftp://example.com"], BadInput, "not a web address"),
        (["webhook", "--secret", SECRET, "--url", "http://127.0.0.1:9"], Unreachable, "triage serve"),
    ],
)
def test_what_cannot_be_sent_says_why(arguments: list[str], kind: type[Exception], words: str) -> None:
    ran = RUN.invoke(app, ["intake", "example", *arguments])
    assert isinstance(ran.exception, kind)
    assert words in str(ran.exception)
