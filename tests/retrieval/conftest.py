"""One loaded model for all retrieval tests, and real stores that live in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.retrieval.embed import SentenceEncoder
from triage.retrieval.index import ChromaIndex


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The packaged model; loads once, about six seconds."""
    return SentenceEncoder()


@pytest.fixture
def index() -> Iterator[ChromaIndex]:
    """An empty vector index in memory."""
    memory = ChromaIndex()
    yield memory
    memory.close()


@pytest.fixture
def knowledge() -> Iterator[KnowledgeStore]:
    """Empty records in memory."""
    database = open_database("sqlite://")
    migrate(database)
    yield KnowledgeStore(database)
    database.dispose()
