"""DBOS behind one class: who is running what, and what to do after a crash.

Two short workflows per request, never one that waits for days: `process` drafts it up to the review,
`decide` carries out a human's decision. Arguments are ids only. Both may run again after a crash;
the graph's checkpoint and the rows make a repeat harmless.

DBOS keeps its tables in the same database as ours, so `enqueue_*` runs inside the caller's own
transaction: a request is accepted together with its job, or not at all.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from triage.errors import Conflict, TriageError

if TYPE_CHECKING:
    import sqlalchemy as sa

QUEUE = "requests"
# A constant: the default is a hash of the source, which strands running jobs at every deploy.
APPLICATION_VERSION = "1"
TRIES = 3  # then a request is parked with the reason on its page
RECOVERIES = 5  # process deaths during one job; then it is given up, or it would kill each start anew
GRACE_S = 6  # for jobs in hand at a stop; what takes longer goes on at the next start

log = logging.getLogger(__name__)


class Engine:
    """Accepts jobs inside our transactions and, when started, runs them."""

    def __init__(self, database_url: str, *, concurrency: int = 2) -> None:
        self._url = database_url
        self._concurrency = concurrency
        self._client: Any = None
        self._running = False
        self._stopping = threading.Event()
        self._in_hand: set[str] = set()
        self.executor_id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def enqueue_process(self, connection: sa.Connection, request_id: str) -> None:
        """Queue the drafting of a request on the caller's transaction."""
        self._enqueue(connection, "process", f"process-{request_id}-{secrets.token_hex(4)}", request_id)

    def enqueue_decide(
        self, connection: sa.Connection, decision_id: str, *, after: timedelta = timedelta()
    ) -> None:
        """Queue the carrying out of a decision on the caller's transaction. Raises Conflict on a repeat.

        `after`: not before so long; until then it waits in the database and takes nobody's turn.
        """
        self._enqueue(connection, "decide", f"decide-{decision_id}", decision_id, after)

    def prepare(self) -> None:
        """Create or migrate the engine's tables; must run once before anything is enqueued."""
        from dbos import DBOS

        _quiet()
        DBOS.migrate(self._url)

    def start(
        self,
        process: Callable[[str], None],
        decide: Callable[[str], None],
        give_up: Callable[[str, str], None],
    ) -> None:
        """Run jobs in this process until `stop`.

        `process` takes a request id, `decide` a decision id; `give_up` takes the job's id argument and
        a sentence, after the last try. Jobs left behind by a process that died are taken over first.
        """
        from dbos import DBOS, DBOSPortableJSONSerializer

        _quiet()
        DBOS.destroy(destroy_registry=True)
        self._stopping.clear()
        DBOS(
            config={
                "name": "request-triage",
                "system_database_url": self._url,
                "application_version": APPLICATION_VERSION,
                "executor_id": self.executor_id,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "run_migrations": True,
                "max_executor_threads": self._concurrency + 4,
            }
        )
        self._register("process", process, give_up)
        self._register("decide", decide, give_up)
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self._concurrency, polling_interval_sec=0.2)
        self._running = True
        self._take_over(give_up)

    def stop(self) -> None:
        """Begin nothing new and give jobs in hand `GRACE_S` seconds; what is not done by then is neither
        failed nor given up: it goes on from its checkpoint at the next start."""
        if self._running:
            from dbos import DBOS

            self._stopping.set()
            DBOS.destroy(
                destroy_registry=True, workflow_completion_timeout_sec=GRACE_S if self._in_hand else 0
            )
            self._running = False
        if self._client is not None:
            self._client.destroy()
            self._client = None

    @property
    def running(self) -> bool:
        """True between `start` and `stop`."""
        return self._running

    @property
    def in_hand(self) -> frozenset[str]:
        """Arguments of the jobs being worked on; after `stop`, of those it could not wait for."""
        return frozenset(self._in_hand)

    def _enqueue(
        self,
        connection: sa.Connection,
        workflow: str,
        workflow_id: str,
        argument: str,
        after: timedelta = timedelta(),
    ) -> None:
        from dbos import error as engine_errors

        options: dict[str, Any] = {
            "workflow_name": workflow,
            "queue_name": QUEUE,
            "workflow_id": workflow_id,
            "workflow_id_reuse_policy": "reject",
            "app_version": APPLICATION_VERSION,
        }
        if after:
            options["delay_seconds"] = after.total_seconds()
        try:
            self._connect().enqueue_in_transaction(connection, options, argument)
        except engine_errors.DBOSWorkflowIDInUseError as error:
            raise Conflict(f"{argument} is being carried out already.", "Reload the page.") from error

    def _connect(self) -> Any:
        if self._client is None:
            from dbos import DBOSClient, DBOSPortableJSONSerializer

            _quiet()
            self._client = DBOSClient(
                system_database_url=self._url,
                serializer=DBOSPortableJSONSerializer(),
                application_name="request-triage",
                lazy=True,
            )
        return self._client

    def _take_over(self, give_up: Callable[[str, str], None]) -> None:
        """Put jobs of dead processes back into the queue, except those that processes keep dying of.

        The lock on the data folder makes this the only process, so every other executor is dead.
        """
        from dbos import DBOS

        dead: set[str] = set()
        for workflow in DBOS.list_workflows(status="PENDING", queue_name=QUEUE):
            if workflow.executor_id == self.executor_id:
                continue
            deaths = workflow.recovery_attempts or 0
            if deaths >= RECOVERIES:
                log.warning("giving up on job %s after %d deaths", workflow.workflow_id, deaths)
                give_up(_argument(workflow), f"The process died {deaths} times while it worked on this.")
                DBOS.cancel_workflow(workflow.workflow_id)
            else:
                log.info("taking over job %s", workflow.workflow_id)
                dead.add(str(workflow.executor_id))
        # Not `resume_workflow`, which would set the count of deaths to 0.
        DBOS._recover_pending_workflows(sorted(dead))

    def _register(self, name: str, job: Callable[[str], None], give_up: Callable[[str, str], None]) -> None:
        from dbos import DBOS

        @DBOS.workflow(name=name, max_recovery_attempts=None)  # `_take_over` counts
        def run(argument: str) -> None:
            self._in_hand.add(argument)
            try:
                self._with_retries(job, argument, give_up)
            finally:
                self._in_hand.discard(argument)

    def _with_retries(
        self, job: Callable[[str], None], argument: str, give_up: Callable[[str, str], None]
    ) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                job(argument)
                return
            except Exception as error:  # the edge of the process: whatever it is must not be lost silently
                if self._stopping.is_set():  # not the job's fault: its database may be closed already
                    raise _Stopped from error
                if attempt == TRIES or (isinstance(error, TriageError) and error.permanent):
                    give_up(argument, _trouble(error, argument))
                    return
                log.warning("job %s failed, try %d of %d", argument, attempt, TRIES, exc_info=True)
            if self._stopping.wait(0.5 * attempt):
                raise _Stopped


class _Stopped(BaseException):
    """Ends a job without an outcome: DBOS keeps it pending, and the next start takes it over."""


def _trouble(error: Exception, argument: str) -> str:
    if isinstance(error, TriageError):
        log.warning("giving up on %s: %s", argument, error)
        return str(error)
    log.error("giving up on %s", argument, exc_info=error)
    return f"{type(error).__name__} while drafting; the log has the details."


def _argument(workflow: Any) -> str:
    return str(workflow.input["args"][0])


def _quiet() -> None:
    for name in ("dbos", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
