"""As much of `triage.bootstrap.Services` as the ways in and out need: real records, a fake engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from triage.clock import Teams
from triage.clock.team_file import read_teams
from triage.letters import DecisionLetters, open_letters
from triage.records.database import open_database
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store
from triage.settings import Settings


class RecordingEngine:
    """Remembers what was enqueued."""

    def __init__(self) -> None:
        self.processed: list[str] = []
        self.decided: list[str] = []

    def enqueue_process(self, connection: sa.Connection, request_id: str) -> None:
        assert connection.in_transaction()
        self.processed.append(request_id)

    def enqueue_decide(
        self, connection: sa.Connection, decision_id: str, *, after: timedelta = timedelta()
    ) -> None:
        assert connection.in_transaction()
        self.decided.append(decision_id)


@dataclass
class SmallServices:
    """Settings, records and clock."""

    settings: Settings
    store: Store
    people: People
    outgoing: Outgoing
    teams: Teams
    letters: DecisionLetters
    engine: RecordingEngine = field(default_factory=RecordingEngine)


@contextmanager
def small_services(folder: Path, **settings: Any) -> Iterator[SmallServices]:
    """Over the migrated database `folder`/triage.db."""
    read = Settings(data_dir=folder, _env_file=None, **settings)
    engine = open_database(read.sql_url)
    try:
        store, people = Store(engine), People(engine)
        yield SmallServices(
            settings=read,
            store=store,
            people=people,
            letters=open_letters(read, store, people.get),
            outgoing=Outgoing(engine),
            teams=read_teams(read),
        )
    finally:
        engine.dispose()
