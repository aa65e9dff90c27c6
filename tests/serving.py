"""`triage serve --sample` as a process of its own, as a person starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 120.0
REVIEWER = "ines.kallas@fieldhand.example"


@contextmanager
def sample_company(folder: Path) -> Iterator[Serving]:
    """The sample company, running, with all its drafts in review."""
    service = Serving(folder, "--sample")
    try:
        service.until(service.answers)
        service.until(lambda: service.by_status() == {"in_review": 10})
        yield service
    finally:
        service.stop(signal.SIGKILL)


class Serving:
    """One running service over `folder`. The log is kept for the message of a failing test."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"log-{self.port}.txt"
        command = [sys.executable, "-u", "-m", "triage.cli", "serve", "--port", str(self.port), *options]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=self._environment()
            )
        self._token = ""

    def triage(self, *arguments: str, stdin: bytes = b"") -> str:
        """A command beside the running service; returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "triage.cli", *arguments],
            input=stdin,
            capture_output=True,
            env=self._environment(),
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def get(self, path: str) -> Any:
        """JSON from the running service, as the reviewer; a token is made with the command line."""
        self._token = self._token or self.triage("token", "add", REVIEWER)
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    @property
    def token(self) -> str:
        """The reviewer's token."""
        self._token = self._token or self.triage("token", "add", REVIEWER)
        return self._token

    def by_status(self) -> dict[str, int]:
        """How many requests stand where, as the API tells it."""
        found: dict[str, int] = {}
        for summary in self.get("/api/v1/requests?limit=200"):
            found[summary["status"]] = found.get(summary["status"], 0) + 1
        return found

    def answers(self) -> bool:
        """True once the process takes requests."""
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for it, or fail with the log."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.log()}"
            assert time.monotonic() < deadline, f"it did not happen:\n{self.log()}"
            time.sleep(0.2)

    def sign_in_link(self) -> str:
        """The link it printed."""
        found = re.search(r"http://\S+/sign-in\?token=\S+", self.log())
        assert found, self.log()
        return found[0]

    def log(self) -> str:
        """Everything it has said."""
        return self._log.read_text(encoding="utf-8")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; returns the exit code. Fails when that takes more than ten seconds."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"it did not stop within 10 s:\n{self.log()}") from None
        return self.process.returncode

    def _environment(self) -> dict[str, str]:
        own = {
            "TRIAGE_DATA_DIR": str(self.folder / "data"),
            "XDG_CACHE_HOME": str(self.folder.parent / "cache"),
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}
        return clean | own


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
