"""The engine on real DBOS and SQLite: jobs inside our transactions, retries, stops and deaths."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.engine_process import Desk, open_records
from tests.fakes import request
from triage.domain import Status
from triage.engine import TRIES, Engine
from triage.errors import BadInput, Conflict, IndexUnavailable, NotFound
from triage.records.store import Store

Job = Callable[[str], None]
PATIENCE_S = 30.0


@pytest.fixture
def records(tmp_path: Path) -> Iterator[tuple[Store, Engine]]:
    store, engine = open_records(tmp_path)
    yield store, engine
    engine.stop()
    store._engine.dispose()


@pytest.fixture
def store(records: tuple[Store, Engine]) -> Store:
    return records[0]


@pytest.fixture
def engine(records: tuple[Store, Engine]) -> Engine:
    return records[1]


class Notes:
    """Jobs that remember what they were called with, and fail as told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls: list[tuple[str, str]] = []
        self.given_up: list[tuple[str, str]] = []

    def process(self, argument: str) -> None:
        self._run("process", argument)

    def decide(self, argument: str) -> None:
        self._run("decide", argument)

    def give_up(self, argument: str, trouble: str) -> None:
        self.given_up.append((argument, trouble))

    def _run(self, name: str, argument: str) -> None:
        self.calls.append((name, argument))
        if self.failures:
            raise self.failures.pop(0)

    def start(self, engine: Engine) -> None:
        engine.start(self.process, self.decide, self.give_up)


def until(condition: Callable[[], object]) -> None:
    """Wait for it, or fail."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def idle(store: Store) -> bool:
    """True when no job waits or runs."""
    return not jobs(store, "ENQUEUED", "PENDING")


def jobs(store: Store, *statuses: str) -> list[str]:
    """Ids of the engine's jobs with one of these statuses, read from its own table."""
    with store._engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT workflow_uuid, status FROM workflow_status"))
        return [row.workflow_uuid for row in rows if not statuses or row.status in statuses]


def test_a_request_and_its_job_come_in_together_and_the_job_runs(store: Store, engine: Engine) -> None:
    store.accept(request(), engine.enqueue_process)
    notes = Notes()
    notes.start(engine)
    until(lambda: idle(store))
    assert notes.calls == [("process", "r-1")]
    assert engine.running


def test_what_is_rolled_back_leaves_neither_request_nor_job(store: Store, engine: Engine) -> None:
    def enqueue_and_fail(connection: sa.Connection, request_id: str) -> None:
        engine.enqueue_process(connection, request_id)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk"):
        store.accept(request(), enqueue_and_fail)
    with pytest.raises(NotFound):
        store.record("r-1")
    assert jobs(store) == []


def test_the_same_mail_again_brings_no_second_job(store: Store, engine: Engine) -> None:
    mail = request(message_id="<one@customer.example>")
    store.accept(mail, engine.enqueue_process)
    assert store.accept(mail.model_copy(update={"id": "r-2"}), engine.enqueue_process).duplicate
    assert len(jobs(store)) == 1


def test_a_decision_is_a_job_of_its_own_kind(store: Store, engine: Engine) -> None:
    notes = Notes()
    notes.start(engine)
    with store._writing() as connection:
        engine.enqueue_process(connection, "r-1")
        engine.enqueue_decide(connection, "d-1")
    until(lambda: idle(store))
    assert sorted(notes.calls) == [("decide", "d-1"), ("process", "r-1")]


def test_a_decision_may_wait_and_takes_nobodys_turn_meanwhile(tmp_path: Path, store: Store) -> None:
    engine, notes = Engine(str(store._engine.url), concurrency=1), Notes()
    notes.start(engine)
    with store._writing() as connection:
        for number in (1, 2, 3):
            engine.enqueue_decide(connection, f"d-late-{number}", after=timedelta(seconds=3600))
        engine.enqueue_decide(connection, "d-soon", after=timedelta(seconds=0.5))
        engine.enqueue_process(connection, "r-1")
    until(lambda: ("decide", "d-soon") in notes.calls and idle(store))
    engine.stop()
    assert sorted(notes.calls) == [("decide", "d-soon"), ("process", "r-1")]
    assert sorted(jobs(store, "DELAYED")) == [f"decide-d-late-{number}" for number in (1, 2, 3)]


def test_a_decision_that_waits_survives_a_restart(store: Store, engine: Engine) -> None:
    with store._writing() as connection:
        engine.enqueue_decide(connection, "d-1", after=timedelta(seconds=0.2))
    assert jobs(store, "DELAYED") == ["decide-d-1"]
    notes = Notes()
    notes.start(engine)
    until(lambda: notes.calls and idle(store))
    assert notes.calls == [("decide", "d-1")]


def test_a_repeated_decision_is_refused_with_everything_around_it(store: Store, engine: Engine) -> None:
    with store._writing() as connection:
        engine.enqueue_decide(connection, "d-1")

    def accept_with_it(connection: sa.Connection, request_id: str) -> None:
        engine.enqueue_process(connection, request_id)
        engine.enqueue_decide(connection, "d-1")

    with pytest.raises(Conflict, match="d-1"):
        store.accept(request(), accept_with_it)
    assert jobs(store) == ["decide-d-1"]


def test_the_same_request_may_be_processed_again_later(store: Store, engine: Engine) -> None:
    notes = Notes()
    notes.start(engine)
    for _ in range(2):
        with store._writing() as connection:
            engine.enqueue_process(connection, "r-1")
    until(lambda: idle(store))
    assert notes.calls == [("process", "r-1")] * 2


def test_a_failing_job_is_tried_three_times_and_then_given_up(store: Store, engine: Engine) -> None:
    notes = Notes(*(RuntimeError("secret of the customer") for _ in range(9)))
    notes.start(engine)
    store.accept(request(), engine.enqueue_process)
    until(lambda: notes.given_up)
    until(lambda: idle(store))
    assert len(notes.calls) == TRIES == 3
    assert notes.given_up == [("r-1", "RuntimeError while drafting; the log has the details.")]


def test_a_passing_trouble_passes(store: Store, engine: Engine) -> None:
    notes = Notes(IndexUnavailable("The index server is starting.", "Wait."))
    notes.start(engine)
    store.accept(request(), engine.enqueue_process)
    until(lambda: idle(store))
    assert len(notes.calls) == 2
    assert notes.given_up == []


def test_a_permanent_error_is_given_up_at_once_in_its_own_words(store: Store, engine: Engine) -> None:
    notes = Notes(BadInput("The mail has no words.", "Ask for text."))
    notes.start(engine)
    store.accept(request(), engine.enqueue_process)
    until(lambda: idle(store))
    assert len(notes.calls) == 1
    assert notes.given_up == [("r-1", "The mail has no words. Ask for text.")]


def test_no_more_jobs_at_once_than_told(tmp_path: Path, store: Store) -> None:
    engine, running, most = Engine(str(store._engine.url), concurrency=2), 0, 0
    lock = threading.Lock()

    def process(request_id: str) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1

    for number in range(6):
        store.accept(request(id=f"r-{number}"), engine.enqueue_process)
    engine.start(process, process, lambda *_: None)
    until(lambda: idle(store))
    engine.stop()
    assert most == 2


def test_a_job_in_hand_is_finished_before_the_stop(store: Store, engine: Engine) -> None:
    began, done = threading.Event(), threading.Event()

    def process(request_id: str) -> None:
        began.set()
        time.sleep(0.3)
        done.set()

    engine.start(process, process, lambda *_: None)
    store.accept(request(), engine.enqueue_process)
    assert began.wait(PATIENCE_S)
    engine.stop()
    assert done.is_set()
    assert not engine.in_hand
    assert idle(store)


def test_what_a_stop_cannot_wait_for_is_not_given_up_and_goes_on_at_the_next_start(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.engine.GRACE_S", 1)
    began, released, given_up = threading.Event(), threading.Event(), list[str]()

    def process(request_id: str) -> None:
        began.set()
        released.wait(PATIENCE_S)
        raise RuntimeError("Cannot operate on a closed database.")  # what a stop does to a running job

    engine.start(process, process, lambda argument, _: given_up.append(argument))
    store.accept(request(), engine.enqueue_process)
    assert began.wait(PATIENCE_S)
    engine.stop()
    assert engine.in_hand == {"r-1"}
    released.set()
    until(lambda: not engine.in_hand)
    assert given_up == []

    notes, second = Notes(), Engine(str(store._engine.url))
    notes.start(second)
    until(lambda: idle(store))
    second.stop()
    assert notes.calls == [("process", "r-1")]


def test_a_second_process_takes_over_what_kill_9_left_behind(tmp_path: Path) -> None:
    died = run(tmp_path, "--accept", "4", "--die-in", "r-2")
    assert died.returncode == -signal.SIGKILL, died.stderr
    before = Desk(tmp_path).lines()
    assert before[-1] == "begin r-2"

    store, engine = open_records(tmp_path)
    desk = Desk(tmp_path)
    engine.start(desk.process, desk.process, desk.give_up)
    until(lambda: idle(store))
    engine.stop()
    store._engine.dispose()
    lines = desk.lines()
    assert {line for line in lines if line.startswith("done")} == {f"done r-{n}" for n in range(1, 5)}
    assert lines.count("done r-1") == 1
    assert desk.troubles == []


def test_a_request_that_kills_every_process_is_given_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.engine.RECOVERIES", 2)
    store, engine = open_records(tmp_path)
    store.accept(request(), engine.enqueue_process)
    engine.stop()
    endings = [run(tmp_path, "--die-in", "r-1").returncode for _ in range(2)]
    desk = Desk(tmp_path)
    engine.start(desk.process, desk.process, desk.give_up)
    assert endings == [-signal.SIGKILL] * 2
    assert [argument for argument, _ in desk.troubles] == ["r-1"]
    assert "died 2 times" in desk.troubles[0][1]
    assert idle(store)
    assert store.record("r-1").status is Status.RECEIVED  # parking is what `give_up` is for
    engine.stop()
    store._engine.dispose()


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The little process, until it dies."""
    command = [sys.executable, "-m", "tests.engine_process", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
