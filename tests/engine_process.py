"""A process that accepts requests, begins to draft them and dies by SIGKILL in the middle.

    python -m tests.engine_process FOLDER --accept 4 --die-in r-2     (see tests/test_engine.py)

Each job adds a line to FOLDER/log: "begin r-1", then "done r-1". With `--die-in` the process kills itself
between the two lines of that job.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path

from tests.fakes import request
from triage.engine import Engine
from triage.records.database import migrate, open_database
from triage.records.store import Store


class Desk:
    """Stands for the pipeline: writes down what it does, and may be told to die of a request."""

    def __init__(self, folder: Path, die_in: str = "") -> None:
        self._log = folder / "log"
        self._die_in = die_in
        self.troubles: list[tuple[str, str]] = []

    def process(self, request_id: str) -> None:
        """One job."""
        self._write(f"begin {request_id}")
        if request_id == self._die_in:
            os.kill(os.getpid(), signal.SIGKILL)
        self._write(f"done {request_id}")

    def give_up(self, request_id: str, trouble: str) -> None:
        """Remember what was given up."""
        self.troubles.append((request_id, trouble))

    def lines(self) -> list[str]:
        """Everything written so far, by this process and those before it."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    def _write(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(line + "\n")


def open_records(folder: Path) -> tuple[Store, Engine]:
    """Store and engine on one SQLite file, migrated."""
    url = f"sqlite:///{folder / 'triage.db'}"
    database = open_database(url)
    migrate(database)
    engine = Engine(url, concurrency=1)
    engine.prepare()
    return Store(database), engine


def main() -> None:
    """Accept, start, and wait to die."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accept", type=int, default=0)
    parser.add_argument("--die-in", default="")
    chosen = parser.parse_args()
    store, engine = open_records(chosen.folder)
    for number in range(1, chosen.accept + 1):
        store.accept(request(id=f"r-{number}"), engine.enqueue_process)
    desk = Desk(chosen.folder, chosen.die_in)
    engine.start(desk.process, desk.process, desk.give_up)
    threading.Event().wait(60)


if __name__ == "__main__":
    main()
