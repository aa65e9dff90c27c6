"""Shared rules of the suite: nothing leaves the machine, and a required server may not be missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

# Before any library is imported.
os.environ.update(
    ANONYMIZED_TELEMETRY="False",
    HF_HUB_OFFLINE="1",
    LANGGRAPH_STRICT_MSGPACK="true",
    LANGSMITH_TRACING="false",
    TOKENIZERS_PARALLELISM="false",
)
for variable in [
    name for name in os.environ if name.startswith("TRIAGE_") and not name.startswith("TRIAGE_TEST_")
]:
    del os.environ[variable]

# A busy machine is no failure. The suite tries the same examples each time; "explore" tries new ones.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

ROOT = Path(__file__).parent.parent
_SERVERS = {
    "browser": ("chromium", "chromium-browser", "google-chrome"),
    "imap": ("dovecot",),
    "postgres": ("postgres", "initdb"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what has no server here with a clear line; where CI requires it, the test runs and fails."""
    required = set(filter(None, os.environ.get("TRIAGE_TEST_REQUIRE", "").split(",")))
    for marker, programs in _SERVERS.items():
        if marker in required or any(shutil.which(program) for program in programs):
            continue
        skip = pytest.mark.skip(reason=f"{programs[0]} is not installed")
        for item in items:
            if marker in item.keywords:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for each test: migrating is the slow part."""
    from triage.records.database import migrate, open_database

    path = tmp_path_factory.mktemp("empty") / "triage.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path
