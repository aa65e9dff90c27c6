"""Records on a real database: SQLite, and PostgreSQL where a server program is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.records.material import MONDAY, Jobs
from tests.records.postgres import postgres_server
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store


class Clock:
    """A clock that tests turn; every look at it takes a second, so that nothing happens twice at once."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A migrated database of its own for each test."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("empty_records"), tmp_path / "triage.db")
        engine = open_database(f"sqlite:///{path}")
    else:
        engine = _migrated(request.getfixturevalue("new_postgres_database")())
    yield engine
    engine.dispose()


def _migrated(url: str) -> sa.Engine:
    engine = open_database(url)
    migrate(engine)
    return engine


@pytest.fixture
def store(database: sa.Engine, clock: Clock) -> Store:
    return Store(database, clock)


@pytest.fixture
def people(database: sa.Engine, clock: Clock) -> People:
    return People(database, clock)


@pytest.fixture
def knowledge(database: sa.Engine) -> KnowledgeStore:
    return KnowledgeStore(database)


@pytest.fixture
def outgoing(database: sa.Engine, clock: Clock) -> Outgoing:
    return Outgoing(database, clock)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture(scope="session")
def new_postgres_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes empty databases on a server that lives for this run."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as make:
        yield make
