"""The worker as a child process of `triage serve`.

Drafting is work for the processor; in the process of the pages it would hold up every mail that comes in,
because one Python process computes one thing at a time. The child ends with its parent, however that ends.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

from triage.errors import TriageError
from triage.settings import Settings

STOP_S = 20.0  # for the job in hand; then it goes on at the next start
PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)  # between two starts of a worker that dies
STEADY_S = 600.0  # a worker that lived so long was well
SETUP_EXIT = 2
NICE = 5  # where processors are short, pages and incoming mail come before drafting

log = logging.getLogger(__name__)


class Crew:
    """Starts the worker, starts it again when it dies, stops it."""

    def __init__(self, settings: Settings, give_up: Callable[[], None]) -> None:
        """`give_up`: called when the worker says that it cannot run as configured."""
        self.unusable = False
        self._settings = settings
        self._give_up = give_up
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="crew", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def begin_stop(self) -> None:
        """Tell the worker to end after the job in hand; returns at once."""
        self._stopping.set()

    def stop(self) -> None:
        """End the worker and wait until it has."""
        self._stopping.set()
        self._thread.join(STOP_S + 5)

    def _watch(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            process = multiprocessing.get_context("spawn").Process(
                target=attached_worker, args=(self._settings,), name="worker"
            )
            begun = time.monotonic()
            try:
                process.start()
            except OSError:
                log.exception("the worker could not be started; trying again")
            while process.is_alive() and not self._stopping.wait(0.2):
                pass
            if self._stopping.is_set():
                _end(process)
            elif process.exitcode == SETUP_EXIT:
                self.unusable = True
                while not self._stopping.is_set():
                    self._give_up()
                    self._stopping.wait(0.5)
            else:
                deaths = 0 if time.monotonic() - begun > STEADY_S else deaths
                log.error("the worker ended with %s; starting it again", process.exitcode)
                self._stopping.wait(PAUSES_S[min(deaths, len(PAUSES_S) - 1)])
                deaths += 1


def attached_worker(settings: Settings) -> None:
    """What the child does: work until its parent stops it or is gone."""
    from triage.serving import run_worker

    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICE)
    code = 0
    try:
        run_worker(settings, attached=True)
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        code = SETUP_EXIT
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # everything is closed; taking the model apart piece by piece takes seconds


def _end_with_parent() -> None:
    """A parent that was killed can tell nobody to stop; what is in hand goes on at the next start."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end(process: SpawnProcess) -> None:
    if process.is_alive() and process.pid:
        os.kill(process.pid, signal.SIGTERM)
    process.join(STOP_S)
    if process.is_alive():
        log.warning("the worker did not stop; ending it")
        process.kill()
        process.join()
