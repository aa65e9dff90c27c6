"""What several commands of the command line share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from triage.errors import BadFile
from triage.settings import Settings, load_settings


class AnalystName(StrEnum):
    """Which analyst drafts."""

    AUTO = "auto"
    CATALOGUE = "catalogue"
    LLM = "llm"


def settings_with(analyst: AnalystName | None) -> Settings:
    """The settings, with the analyst named on the command line before that of the environment."""
    return load_settings(**({"analyst": analyst.value} if analyst else {}))


def must_exist(path: Path | None) -> Path:
    """The path as given. Raises BadFile when there is nothing there."""
    if path is not None and not path.exists():
        raise BadFile(f"There is no file or folder {path}.", "Check the path.")
    return path or Path()
