"""Opening and migrating the database, and what every store on top of it shares.

One transaction writes at a time, on SQLite (`BEGIN IMMEDIATE`) as on PostgreSQL (an advisory lock): the
writes are short, a compare-and-set never meets a half-done neighbour, and event ids become visible in
the order in which they were given out, which the live page relies on (`Last-Event-ID`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event

from triage.errors import DatabaseTooNew, SetupError

BUSY_SECONDS = 10
WRITER_LOCK = 7_214_300_001  # any number of our own; DBOS and LangGraph take other locks
_READ_ONLY = "triage_reading"
_TURNS: WeakKeyDictionary[sa.Engine, threading.Lock] = WeakKeyDictionary()


def utc_now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)


class Connected:
    """A store on one engine. `now` is the clock, so that tests can turn it."""

    def __init__(self, engine: sa.Engine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction that may write; everything or nothing is kept."""
        with _turn(self._engine), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection that only reads and so waits for no writer."""
        with self._engine.connect().execution_options(**{_READ_ONLY: True}) as connection:
            yield connection


@contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """On SQLite the threads of a process queue up here. Its own way of waiting is to sleep and look again,
    up to a tenth of a second: with many writers the database stands idle while all of them sleep."""
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = _TURNS.setdefault(engine, threading.Lock())
    taken = lock.acquire(timeout=BUSY_SECONDS)  # after that SQLite says itself that it is busy
    try:
        yield
    finally:
        if taken:
            lock.release()


def open_database(url: str) -> sa.Engine:
    """An engine for `url`, proven to answer and to be writable. Does not migrate.

    "sqlite://" is a database in memory, for one-off work: threads take turns on its one connection.

    Raises:
        SetupError: the URL is not understood, the file is no database or cannot be written, or the
            server does not answer.
    """
    engine = _engine(url)
    try:
        _prove(engine)
    except (sa.exc.DBAPIError, OSError) as error:
        engine.dispose()
        raise SetupError(
            f"The database {_shown(engine)} cannot be opened: {_reason(error)}.", _remedy(engine)
        ) from error
    return engine


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest revision; safe to call at every start and from several processes.

    Raises:
        DatabaseTooNew: the database carries a revision this version does not know.
        SetupError: the database holds tables of another program under our names.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with Connected(engine)._writing() as connection:
        _refuse_unknown_revision(connection, ScriptDirectory.from_config(config))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except sa.exc.DBAPIError as error:
            raise SetupError(
                f"The database {_shown(engine)} cannot be brought up to date: {_reason(error)}.",
                "Point TRIAGE_DATABASE_URL at an empty database or at one of this service.",
            ) from error


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        options: dict[str, Any] = {"pool_pre_ping": parsed.get_backend_name() != "sqlite"}
        if parsed.get_backend_name() == "sqlite":
            _make_folder(parsed)
            options["connect_args"] = {"timeout": BUSY_SECONDS}
        if _in_memory(parsed):
            options |= {"poolclass": sa.QueuePool, "pool_size": 1, "max_overflow": 0}
            options["connect_args"]["check_same_thread"] = False
        else:
            options |= {"pool_size": 10, "max_overflow": 30}
        engine = sa.create_engine(parsed, **options)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise SetupError(
            f"TRIAGE_DATABASE_URL is not a usable database URL: {_reason(error)}.",
            "Write sqlite:////path/to/triage.db or postgresql+psycopg://user@host/name.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prove(engine: sa.Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        if engine.dialect.name == "sqlite":  # a read-only file notices no earlier than here
            connection.exec_driver_sql("CREATE TABLE triage_probe (id INTEGER)")
        transaction.rollback()


def _in_memory(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _make_folder(url: sa.URL) -> None:
    if _in_memory(url) or not url.database or url.database.startswith("file:"):
        return
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The folder {folder} for the database cannot be made: {error.strerror}.",
            "Set TRIAGE_DATA_DIR to a folder this user may write to.",
        ) from error


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves: the driver would begin too late
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an accepted request survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-32000")  # 32 MB, where 2 are usual: keyword search reads many rows
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _refuse_unknown_revision(connection: sa.Connection, scripts: Any) -> None:
    from alembic.migration import MigrationContext

    known = {script.revision for script in scripts.walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise DatabaseTooNew(
                f"The database {_shown(connection.engine)} has revision {revision}, "
                "which this version of the service does not know.",
                "Install the version that wrote it or a later one, or restore a backup made before it.",
            )


def _shown(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0].rstrip(".") if str(cause).strip() else type(cause).__name__


def _remedy(engine: sa.Engine) -> str:
    if engine.dialect.name == "sqlite":
        return "Check that the file is a database of this service and that this user may write to its folder."
    return "Check that the server runs and that host, user, password and database name in the URL are right."
