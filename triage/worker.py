"""What one process does beside drafting: takes mail in, sends the outbox, applies index changes, watches the
clock."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from triage.bootstrap import Services
from triage.intake.ways_in import ways_in
from triage.outbox.dispatch import Dispatch
from triage.reminders import remind
from triage.retrieval.indexing import apply_changes, index_is_incomplete, reindex
from triage.worker_status import EVERY_S, say, say_gone

INTERVAL_S = 2.0
COMPARE_S = 300.0  # between two comparisons of the index with the database
REMIND_S = 600.0  # between two rounds of reminders
INDEXED_AT_ONCE = 64  # then the outbox gets its turn

log = logging.getLogger(__name__)


class Worker:
    """Drafts requests and keeps house, until `stop`."""

    def __init__(self, services: Services) -> None:
        """Nothing runs yet. Raises SetupError for a way in that the settings describe wrongly."""
        self._services = services
        self._ways_in = ways_in(services)
        self._dispatch = Dispatch(services.outgoing, services.sender)
        self._stopping = threading.Event()
        self._next_word = 0.0
        self._next_comparison = 0.0
        self._next_reminders = 0.0
        self._thread = threading.Thread(target=self._keep_house, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Load the model in the background, take over what a dead process left, start working."""
        import numpy  # noqa: F401  complete before threads start: two threads importing it at once end in a loop

        services = self._services
        services.encoder.warm()
        services.engine.start(services.pipeline.process, services.pipeline.decide, self._give_up)
        self._thread.start()
        for way in self._ways_in:
            way.start()

    def stop(self) -> None:
        """Stop after the job in hand; nothing accepted is lost."""
        self._stopping.set()
        for way in self._ways_in:
            way.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
            say_gone(self._services)
        self._dispatch.stop()
        self._services.engine.stop()

    def _give_up(self, job_id: str, trouble: str) -> None:
        """A request is parked with its reason; a decision's trouble goes on the page of its request."""
        request_id = job_id
        if not job_id.startswith("r-"):
            request_id = self._services.store.decision(job_id).request_id
        self._services.store.park(request_id, trouble)

    def _keep_house(self) -> None:
        chores = (self._say, self._index, self._send, self._watch_the_clock)
        while not self._stopping.is_set():
            for chore in chores:
                try:
                    chore()
                except Exception:  # one chore must not stop the others, nor the next round
                    log.exception("housekeeping: %s failed, trying again", chore.__name__)
            self._stopping.wait(INTERVAL_S)

    def _say(self) -> None:
        if time.monotonic() >= self._next_word:
            say(self._services, datetime.now(UTC))
            ready = self._services.encoder.ready
            self._next_word = time.monotonic() + (EVERY_S if ready else INTERVAL_S)

    def _index(self) -> None:
        """Once nothing is pending, at the start and then now and again, it is compared with the database."""
        services = self._services
        applied = apply_changes(services.knowledge, services.index, services.encoder, most=INDEXED_AT_ONCE)
        if applied < INDEXED_AT_ONCE and time.monotonic() >= self._next_comparison:
            self._compare_index()
            self._next_comparison = time.monotonic() + COMPARE_S

    def _compare_index(self) -> None:
        services = self._services
        if index_is_incomplete(services.knowledge, services.index, services.encoder):
            log.info("the vector index is incomplete: rebuilding it from the database")
            reindex(services.knowledge, services.index, services.encoder)

    def _send(self) -> None:
        self._dispatch.begin(datetime.now(UTC))

    def _watch_the_clock(self) -> None:
        """Overdue is said once per request; silence never becomes an answer (P4). Reminders go out in rounds,
        so that one mail names what one reviewer has."""
        store = self._services.store
        for request_id in store.newly_overdue(datetime.now(UTC)):
            store.note_once(request_id, "overdue", "The target time has passed.")
        if time.monotonic() >= self._next_reminders:
            self._next_reminders = time.monotonic() + REMIND_S
            remind(self._services, datetime.now(UTC))
