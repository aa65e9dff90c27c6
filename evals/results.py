"""What a run leaves behind: `results.json`, written whole after every run and read by compare and report."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from evals.intervals import Estimate, Tally
from evals.metrics import Scores
from triage.domain import Frozen
from triage.errors import BadFile, BadInput

FILE = "results.json"


class Figure(Frozen):
    """A measure with its 95 % bootstrap interval over cases. `n`: items, questions or cases counted."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, found: Estimate) -> Figure:
        """Rounded to four places."""
        return cls(value=round(found.value, 4), low=round(found.low, 4), high=round(found.high, 4), n=found.n)


class Judge(Frozen):
    """Which matcher said "the very thing", and its agreement with a blind reading on unseen projects."""

    digest: str
    kappa: float
    bias: float


class CurvePoint(Frozen):
    """One request of a stream: items hit up to and with it."""

    id: str
    opened: str
    known: int  # past requests it could see
    hits: int
    hidden: int
    share: float  # cumulative


class CaseScores(Frozen):
    """Per measure what this case adds: [part, whole]."""

    id: str
    tallies: dict[str, tuple[float, float]]

    def scores(self) -> Scores:
        """As the measures want it."""
        return Scores(self.id, {name: Tally(*pair) for name, pair in self.tallies.items()})


class Run(Frozen):
    """How the figures came about."""

    suite: str
    cases_file: str
    cases_digest: str
    cases: int  # in the file, after --limit
    done: int  # drafted and scored
    stream: bool
    weights: str = "shipped"  # or "held out by repository"
    history: str  # "none", "stream" or the name of a file
    product_map: str
    knowledge: str
    analyst: str
    model: str
    prompt_hashes: dict[str, str]  # by step
    catalogue: str
    encoder: str
    version: str
    started: str
    seconds: float
    degraded: int  # drafts in which a step fell back to the catalogue
    judge: Judge


class Results(Frozen):
    """The whole of `results.json`. `partial`: the run was interrupted and holds the first `done` cases."""

    partial: bool
    run: Run
    metrics: dict[str, Figure]
    baselines: dict[str, dict[str, Figure]]
    gains: dict[str, dict[str, Figure]]  # paired difference to each baseline
    curve: tuple[CurvePoint, ...] = ()
    cases: tuple[CaseScores, ...] = ()


def write_results(folder: Path, results: Results) -> None:
    """Replace `results.json` in one step."""
    fresh = folder / f".{FILE}.new"
    fresh.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / FILE)


def read_results(folder: Path) -> Results:
    """The results of a run. Raises BadFile."""
    path = folder / FILE
    try:
        return Results.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{folder} holds no {FILE}.", "Name the --out folder of a finished `triage eval run`."
        ) from error
    except ValidationError as error:
        raise BadFile(f"{path} is not of this version.", "Run that suite again.") from error


def open_folder(folder: Path) -> Path:
    """Make the folder of a run. Raises BadInput when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).unlink(missing_ok=True)  # what is there while a run goes on must be of this run
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}.", "Name another folder.") from error
    return folder
