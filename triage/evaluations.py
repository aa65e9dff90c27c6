"""The runs of `triage eval run` that lie in the data folder, as the web view lists them.

A run without `--out` gets a folder of its own in `evals/` there; whatever is put beside it by hand shows up
too, as long as it holds a `results.json` and a `report.html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.errors import NotFound

FOLDER = "evals"
RESULTS = "results.json"
REPORT = "report.html"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,119}", re.ASCII)


class _Part(BaseModel):
    """A part of `results.json`; a list needs little of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class EvalFigure(_Part):
    """A measure with its 95 % interval; `n` is how much was counted."""

    value: float
    low: float
    high: float
    n: int


class EvalRun(_Part):
    """How a run came about, as far as a list shows it."""

    suite: str
    cases_file: str
    cases: int
    done: int
    analyst: str = ""
    model: str = ""
    headline: str = ""
    started: datetime
    spent: float = 0.0  # US dollars


class EvalResults(_Part):
    """One line of the list. `name` is that of its folder."""

    name: str = ""
    partial: bool
    run: EvalRun
    metrics: dict[str, EvalFigure] = Field(default_factory=dict)

    @property
    def figure(self) -> EvalFigure | None:
        """The headline; None when nothing was counted."""
        return self.metrics.get(self.run.headline)


def new_run_folder(data_dir: Path, suite: str, now: datetime) -> Path:
    """Where a run goes that nobody has named a folder for; it is not made yet."""
    return data_dir / FOLDER / f"{now:%Y-%m-%d-%H%M%S}-{suite}"


def list_runs(data_dir: Path) -> tuple[EvalResults, ...]:
    """Every run that can be shown, the latest first."""
    found = list(_runs(data_dir / FOLDER))
    return tuple(sorted(found, key=lambda one: (one.run.started, one.name), reverse=True))


def report_of(data_dir: Path, name: str) -> Path:
    """The report of one run. Raises NotFound."""
    path = data_dir / FOLDER / name / REPORT
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound(f"There is no run {name[:80]}.", "It may have been removed; see the list.")
    return path


def _runs(folder: Path) -> Iterator[EvalResults]:
    for path in folder.glob(f"*/{RESULTS}"):
        name = path.parent.name
        if not _NAME.fullmatch(name) or not path.with_name(REPORT).is_file():
            continue
        try:
            results = EvalResults.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue  # being written, or of another version: it has no figures to list
        yield results.model_copy(update={"name": name})
