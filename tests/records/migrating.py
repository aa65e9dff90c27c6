"""Moves a database up and down between revisions, as the service does it: on one connection."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import triage.records


def move_to(database: sa.Engine, revision: str) -> None:
    """Down to `revision`, or up to "head"."""
    config = Config()
    config.set_main_option("script_location", str(Path(triage.records.__file__).parent / "migrations"))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)
