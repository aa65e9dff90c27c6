"""Opening and migrating."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import triage
from triage.errors import DatabaseTooNew, SetupError
from triage.records.database import migrate, open_database
from triage.records.tables import metadata


def test_migrations_make_the_tables_of_the_code(database: sa.Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    search = {"past_words", "passage_words", "request_words"}  # made by hand, one kind per dialect
    assert [change for change in differences if not _is_about(change, search)] == []


def _is_about(change: object, names: set[str]) -> bool:
    return any(name in repr(change) for name in names)


def test_migrating_again_changes_nothing(database: sa.Engine) -> None:
    before = sorted(sa.inspect(database).get_table_names())
    migrate(database)
    assert sorted(sa.inspect(database).get_table_names()) == before


def test_a_newer_database_is_refused_with_its_revision(database: sa.Engine) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match=r"revision 9999.*Install the version") as caught:
        migrate(database)
    assert "triage" in str(caught.value)
    with database.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_sqlite_is_set_up_for_several_threads(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'deep' / 'down' / 'triage.db'}")
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("This is not a database, although it is longer than a header of one. " * 20)
    with pytest.raises(SetupError, match=r"notes\.txt cannot be opened: file is not a database"):
        open_database(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=r"folder .*file.* cannot be made"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'triage.db'}")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="unable to open database file"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    open_database(f"sqlite:///{path}").dispose()
    with pytest.raises(SetupError, match="readonly"):
        open_database(f"sqlite:///file:{path}?mode=ro&uri=true")


@pytest.mark.parametrize("url", ["", "nonsense", "oracle-of-delphi://x", "mysql://u:secret@h/db"])
def test_a_url_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="TRIAGE_DATABASE_URL") as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(SetupError, match=r"127\.0\.0\.1") as caught:
        open_database("postgresql+psycopg://triage:secret@127.0.0.1:1/triage")
    assert "secret" not in str(caught.value)


def test_tables_of_another_program_are_not_touched(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE people (name TEXT)"))
    with pytest.raises(SetupError, match="already exists"):
        migrate(engine)
    assert sa.inspect(engine).get_table_names() == ["people"]
    engine.dispose()


def test_a_database_in_memory_serves_one_off_work() -> None:
    engine = open_database("sqlite://")
    migrate(engine)
    assert "requests" in sa.inspect(engine).get_table_names()
    engine.dispose()


def test_migrations_travel_with_the_package(tmp_path: Path) -> None:
    """As installed: the package alone in another place, started from somewhere else."""
    package = Path(triage.__file__).parent
    shutil.copytree(package, tmp_path / "installed" / "triage")
    code = (
        "from triage.records.database import migrate, open_database;"
        f"e = open_database('sqlite:///{tmp_path / 'x.db'}'); migrate(e); e.dispose()"
    )
    environment = {"PYTHONPATH": str(tmp_path / "installed"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
