"""What a run leaves behind: `results.json`, written whole after every run and read by compare and report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from evals.intervals import Estimate, Tally
from evals.judging.agreement import LEAST_KAPPA
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


def figures(found: Mapping[str, Estimate]) -> dict[str, Figure]:
    """Estimates as they stand in the file."""
    return {name: Figure.of(one) for name, one in found.items()}


class Judge(Frozen):
    """Which matcher said "the very thing", and its agreement with a blind reading on unseen projects."""

    digest: str
    kappa: float
    bias: float
    corrected: float | None = None  # the headline without the bias

    @property
    def withheld(self) -> bool:
        """True when it agrees too little with people to be believed."""
        return self.kappa < LEAST_KAPPA


class CurvePoint(Frozen):
    """One request of a stream: items hit up to and with it."""

    id: str
    opened: str
    known: int  # past requests it could see
    hits: float
    hidden: int
    share: float  # cumulative


class CaseScores(Frozen):
    """Per measure what this case adds: [part, whole]; the mean of its rounds with `--repeat`."""

    id: str
    tallies: dict[str, tuple[float, float]]
    rounds: tuple[dict[str, tuple[float, float]], ...] = ()  # one by one, when there were several
    kinds: tuple[str, ...] = ()  # of change, strongest first
    categories: dict[str, tuple[float, float]] = Field(
        default_factory=dict
    )  # the headline by category of the hidden item
    size: tuple[str, str] | None = None  # what it really was, what the draft said

    def scores(self) -> Scores:
        """As the measures want it."""
        return Scores(self.id, tallies_of(self.tallies))


class Stability(Frozen):
    """How far the rounds of a repeated run agree on one measure."""

    same: float  # share of cases in which every round gave the same
    spread: float  # mean over cases of the highest minus the lowest
    cases: int


class Run(Frozen):
    """How the figures came about."""

    suite: str
    headline: str = ""  # the measure the gate watches
    cases_file: str
    cases_digest: str
    cases: int  # to be done, after --filter and --limit
    done: int  # drafted and scored
    stopped: str = ""  # "interrupted", "budget" or "error" when not all are done
    filters: tuple[str, ...] = ()
    repeat: int = 1
    stream: bool = False
    weights: str = "shipped"  # or "held out by repository"
    history: str = "none"  # "stream" or the name of a file
    later: int = 0  # past requests that every case could see, though they came in after the first of them
    product_map: str = ""
    knowledge: str = ""
    analyst: str = ""
    model: str = ""
    prompt_hashes: dict[str, str] = Field(default_factory=dict)  # by step
    catalogue: str = ""
    encoder: str = ""
    version: str
    started: str
    seconds: float
    kept: int = 0  # drafts taken from an earlier run in the same folder
    spent: float = 0.0  # US dollars, of this run alone
    degraded: int = 0  # drafts in which a step fell back to the catalogue
    judge: Judge | None = None  # hidden-work only


class Results(Frozen):
    """The whole of `results.json`. `partial`: the run was stopped and holds the first `done` cases."""

    partial: bool
    run: Run
    metrics: dict[str, Figure]
    baselines: dict[str, dict[str, Figure]] = Field(default_factory=dict)
    gains: dict[str, dict[str, Figure]] = Field(default_factory=dict)  # paired difference to each baseline
    curve: tuple[CurvePoint, ...] = ()
    by_k: dict[str, tuple[Figure, ...]] = Field(
        default_factory=dict
    )  # recall over the first 1, 2, ... questions
    by_category: dict[str, dict[str, Figure]] = Field(default_factory=dict)  # category -> column -> share
    by_kind: dict[str, dict[str, Figure]] = Field(default_factory=dict)  # kind of change -> measure -> figure
    stability: dict[str, Stability] = Field(default_factory=dict)  # by measure, with --repeat
    cases: tuple[CaseScores, ...] = ()


def tallies_of(pairs: Mapping[str, tuple[float, float]]) -> dict[str, Tally]:
    """From the form of the file."""
    return {name: Tally(*pair) for name, pair in pairs.items()}


def pairs_of(tallies: Mapping[str, Tally]) -> dict[str, tuple[float, float]]:
    """In the form of the file."""
    return {name: (round(t.part, 6), round(t.whole, 6)) for name, t in tallies.items()}


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
    """Make the folder of a run. Raises BadInput when it cannot be written.

    What has to be made is for its owner alone: drafts and report quote what customers wrote.
    """
    try:
        for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        (folder / FILE).unlink(missing_ok=True)  # what is there while a run goes on must be of this run
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}.", "Name another folder.") from error
    return folder
