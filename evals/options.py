"""The arguments of `triage eval run`: which go together, and how a stopped run finds them again."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from evals.suites import Suite, suite_named
from triage.errors import BadFile, BadInput

FILE = "options.json"
_INPUTS = ("cases", "data", "docs", "qrels")
_FOR_CASES = (
    "stream", "no_history", "product_map", "knowledge", "history", "live", "held_out", "learn_from",
    "filters", "limit", "repeat", "workers", "budget", "cache", "fresh", "analyst",
)  # fmt: skip
_SPELLED = {"product_map": "--map", "filters": "--filter"}
MODEL_WORKERS = 4


@dataclass(frozen=True)
class Options:
    """What was asked for. Paths are as given."""

    suite: str
    cases: Path | None
    out: Path
    stream: bool = False
    no_history: bool = False
    product_map: Path | None = None
    knowledge: Path | None = None
    history: Path | None = None
    live: bool = False  # the service's own notes, map and past requests
    limit: int = 0  # 0: all
    held_out: bool = False
    learn_from: tuple[Path, ...] = ()  # with held_out: further labelled cases
    filters: tuple[str, ...] = ()
    repeat: int = 1  # how often each case is drafted
    workers: int = 0  # cases drafted at the same time; 0: one, with a model four
    budget: float = 0.0  # US dollars; 0: no limit
    cache: Path | None = None  # folder of steps that were asked of a model before
    fresh: bool = False  # draft again what an earlier run in `out` has done
    before: Path | None = None  # folder of an earlier run, shown beside
    analyst: str = ""  # named on the command line
    data: Path | None = None
    docs: Path | None = None
    qrels: Path | None = None

    @property
    def grows(self) -> bool:
        """True when each case sees the ones before it as past requests."""
        return self.stream and not self.no_history

    def threads(self, *, waits_for_model: bool) -> int:
        """How many cases are drafted at the same time."""
        return 1 if self.grows else self.workers or (MODEL_WORKERS if waits_for_model else 1)


def check(options: Options) -> Suite:
    """The suite, when the options fit it and each other.

    Raises:
        BadInput: names the option that is missing, out of place or contradicted.
    """
    suite = suite_named(options.suite)
    for name in suite.needs:
        if getattr(options, name) is None:
            raise BadInput(f"The suite {suite.name} needs {spelled(name)}.", f"Give {_usage(suite)}.")
    others = [name for name in _INPUTS if name not in suite.needs]
    if "cases" not in suite.needs:
        others += _FOR_CASES
    for name in others:
        if getattr(options, name) != _default(name):
            raise BadInput(
                f"{spelled(name)} means nothing to the suite {suite.name}.", f"It takes {_usage(suite)}."
            )
    _check_each_other(options)
    return suite


def _check_each_other(options: Options) -> None:
    if options.no_history and options.history:
        raise BadInput("--no-history and --history contradict each other.", "Give one of them.")
    if options.live and (options.knowledge or options.product_map or options.history):
        raise BadInput(
            "--live brings the service's own notes, map and past requests.",
            "Leave it out, or --knowledge, --map and --history.",
        )
    if options.no_history and options.live:
        raise BadInput("--no-history and --live contradict each other.", "Give one of them.")
    if options.no_history and not options.stream:
        raise BadInput("--no-history says something only beside --stream.", "Leave it out.")
    if options.learn_from and not options.held_out:
        raise BadInput("--learn-from says something only beside --held-out.", "Leave it out.")
    if options.grows and options.workers > 1:
        raise BadInput(
            "With --stream each case waits for the ones before it.",
            "Leave --workers out, or add --no-history.",
        )


def spelled(name: str) -> str:
    """A field as the command line spells it."""
    return _SPELLED.get(name, "--" + name.replace("_", "-"))


def _usage(suite: Suite) -> str:
    return " and ".join(f"{spelled(name)} FILE" for name in suite.needs)


def _default(name: str) -> Any:
    found = {field.name: field.default for field in fields(Options)}[name]
    return None if found is MISSING else found


# --- going on with a stopped run ----------------------------------------------------------------------


def save(options: Options) -> None:
    """Write the options into the folder of the run, for `--resume`."""
    path = options.out / FILE
    path.write_text(json.dumps(asdict(_absolute(options)), default=str, indent=1) + "\n", encoding="utf-8")


def load(folder: Path) -> Options:
    """The options of the run in `folder`, which is its --out.

    Raises:
        BadFile: no run was ever started there.
    """
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        paths = {name: Path(found[name]) for name in _path_names() if found[name] is not None}
        lists = {"learn_from": tuple(map(Path, found["learn_from"])), "filters": tuple(found["filters"])}
        return replace(Options(**{**found, **paths, **lists}), out=folder, fresh=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(
            f"There is no run in {folder} to go on with.", "Name the --out folder of one that was stopped."
        ) from error


def _absolute(options: Options) -> Options:
    paths = {name: getattr(options, name) for name in _path_names()}
    changed: dict[str, Any] = {name: path.resolve() for name, path in paths.items() if path is not None}
    return replace(options, **changed, learn_from=tuple(path.resolve() for path in options.learn_from))


def _path_names() -> list[str]:
    return [field.name for field in fields(Options) if str(field.type).startswith("Path")]
