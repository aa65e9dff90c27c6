"""A database of the previous version, with knowledge in it, is brought up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import triage.records
from triage.domain import Category, Passage, PastRequest, Surprise
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore

PAST = [
    PastRequest(id="p-1", opened="2025-03-01", subject="Export of job reports", body="As a spreadsheet."),
    PastRequest(
        id="p-2",
        subject="Single sign-on",
        body="Log in with the company account.",
        surprises=(Surprise(category=Category.SSO, question="How are leavers deprovisioned?"),),
    ),
    PastRequest(id="p-3"),
    *(
        PastRequest(id=f"q-{number:04}", subject=f"Wish {number}", body="One of many.")
        for number in range(600)
    ),
]
NEW = {"archived", "label", "superseded", "model_days"}  # fields that the first edition did not have
NOTE = Passage(id="n.md#run", path="n.md", title="Billing › Invoice run", text="Runs at night.")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def first_edition(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    """At revision 0001, knowing PAST and NOTE."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    else:
        engine = open_database(request.getfixturevalue("new_postgres_database")())
    with engine.begin() as connection:
        _move(connection, command.upgrade, "0001")
        rows = [{"id": past.id, "payload": past.model_dump_json(exclude=NEW)} for past in PAST]
        connection.execute(sa.text("INSERT INTO past_requests (id, payload) VALUES (:id, :payload)"), rows)
        connection.execute(
            sa.text("INSERT INTO passages (id, path, position, payload) VALUES (:id, :path, 0, :payload)"),
            {"id": NOTE.id, "path": NOTE.path, "payload": NOTE.model_dump_json(exclude=NEW)},
        )
    return engine


def _move(connection: sa.Connection, by: object, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(triage.records.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    assert callable(by)
    by(config, revision)


def test_what_is_there_already_is_counted_and_found(first_edition: sa.Engine) -> None:
    migrate(first_edition)
    knowledge = KnowledgeStore(first_edition)
    assert [hit.id for hit in knowledge.match_past("exporting reports", "", 5)] == ["p-1"]
    assert [hit.id for hit in knowledge.match_past("", "what about leavers", 5)] == ["p-2"]
    assert [hit.id for hit in knowledge.match_passages("", "invoice at night", 5)] == [NOTE.id]
    assert knowledge.past_requests([past.id for past in PAST]) == {past.id: past for past in PAST}
    _same_as_counted_anew(first_edition)
    first_edition.dispose()


def _same_as_counted_anew(engine: sa.Engine) -> None:
    queries = [
        "SELECT corpus, key, length FROM word_texts",
        "SELECT corpus, word, texts FROM word_counts",
        "SELECT corpus, texts, length FROM word_totals",
        "SELECT id, opened, archived, label FROM past_requests",
    ]

    def counts() -> list[list[tuple[object, ...]]]:
        with engine.connect() as connection:
            return [sorted(map(tuple, connection.execute(sa.text(query)))) for query in queries]

    before = counts()
    assert ("p-1", "2025-03-01", False, "") in before[3]
    KnowledgeStore(engine).recount_words()
    assert counts() == before


def test_back_and_forth_loses_nothing(first_edition: sa.Engine) -> None:
    migrate(first_edition)
    with first_edition.begin() as connection:
        _move(connection, command.downgrade, "0001")
    migrate(first_edition)
    knowledge = KnowledgeStore(first_edition)
    assert [hit.id for hit in knowledge.match_past("exporting reports", "", 5)] == ["p-1"]
    _same_as_counted_anew(first_edition)
    first_edition.dispose()
