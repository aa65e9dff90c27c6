"""`triage eval judge`: what matcher and model say of the drafts of a run, and how far to believe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from rich.console import Console
from rich.table import Table

from evals.cases import Case
from evals.judging.agreement import HEADLINE, MEANS, MEASURES, Share, share
from evals.judging.judge import ModelJudge
from evals.judging.judged import Gold, JudgedDraft, JudgedQuestion, with_cases, write_judged
from evals.judging.labels import cases_of, read_drafts
from evals.judging.matcher import Matcher
from triage.domain import Frozen
from triage.errors import AnalystError, BadFile, BadModelAnswer, ModelRefused
from triage.settings import Settings

JUDGED = "judged.jsonl"
FIGURES = "judge.json"
WORKERS = 4
MATCHER = "matcher"

Draft = tuple[Case, tuple[JudgedQuestion, ...]]


class Judge(Protocol):
    """Reads one draft at a time."""

    @property
    def name(self) -> str:
        """For the tables."""

    def judge(self, case: Case, questions: tuple[JudgedQuestion, ...]) -> JudgedDraft:
        """Every hidden item of one draft. Raises AnalystError."""


class Figures(Frozen):
    """What `judge.json` holds. `unjudged`: id of the case -> why."""

    shares: tuple[Share, ...]
    cases: int
    unjudged: dict[str, str]
    cost: float | None


class MatcherJudge:
    """The matcher as a judge: it says nothing of a question's worth."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self.name = MATCHER

    def judge(self, case: Case, questions: tuple[JudgedQuestion, ...]) -> JudgedDraft:
        """Hit or miss for each hidden item."""
        rows = self._matcher.probabilities(case.request, case.hidden, [one.asked() for one in questions])
        best = [max(range(len(row)), key=row.__getitem__) if row else None for row in rows]
        hits = [
            place if place is not None and row[place] >= self._matcher.trained.threshold else None
            for row, place in zip(rows, best, strict=True)
        ]
        gold = tuple(Gold.MISS if place is None else Gold.HIT for place in hits)
        return JudgedDraft(id=case.id, questions=questions, gold=gold, by=tuple(hits), judge=self.name)


@dataclass
class Reading:
    """What one judge said. `unjudged`: id of the case -> why there is no verdict."""

    drafts: list[JudgedDraft] = field(default_factory=list)
    unjudged: dict[str, str] = field(default_factory=dict)


def judge_run(
    folder: Path,
    settings: Settings,
    console: Console,
    *,
    cases: Path | None = None,
    labels: Path | None = None,
) -> Figures:
    """Judge every draft of the run in `folder`, write `judged.jsonl` and `judge.json` there, and print.

    Verdicts of an earlier call on the same questions, model and prompt are taken over.

    Raises:
        BadFile, BadInput: a file that cannot be used; nothing was asked then.
        NotOnTape: the model is played from a tape that does not hold a call.
    """
    file = cases_of(folder, cases)
    drafted = read_drafts(folder)
    drafts = [(case, drafted[case.id]) for case in file.cases if case.id in drafted]
    read = with_cases(labels, file.cases) if labels else []
    also = [(case, label.questions) for label, case in read]
    matcher = _matcher()
    readings = {MATCHER: read_all(matcher, [*drafts, *also], workers=1)}
    cost: float | None = 0.0
    if settings.model:
        model = ModelJudge(settings)
        readings[model.name] = _by_model(model, [*drafts, *also], folder / JUDGED, console)
        cost = model.cost
    shares = [
        _share(name, one, drafts, read, measure) for measure in MEASURES for name, one in readings.items()
    ]
    unjudged = {key: why for one in readings.values() for key, why in one.unjudged.items()}
    found = Figures(shares=tuple(filter(None, shares)), cases=len(drafts), unjudged=unjudged, cost=cost)
    _write(folder / FIGURES, found)
    _print(console, found, labelled=bool(labels))
    return found


def read_all(
    judge: Judge,
    drafts: Sequence[Draft],
    before: Sequence[JudgedDraft] = (),
    *,
    workers: int = WORKERS,
    keep: Callable[[Reading], None] = lambda _: None,
) -> Reading:
    """Every draft once, `before` taken over; what fails for good (key, budget) ends the asking.

    `keep` is told after each verdict.
    """
    known = {_key(draft.id, draft.questions): draft for draft in before}
    wanted = {_key(case.id, questions): (case, questions) for case, questions in drafts}
    reading, lock, over = Reading([known[key] for key in wanted if key in known]), Lock(), Event()

    def read(draft: Draft) -> None:
        if over.is_set():
            return _unjudged(reading, draft, "not asked any more")
        try:
            said = judge.judge(*draft)
        except AnalystError as error:
            if error.permanent and not isinstance(error, BadModelAnswer | ModelRefused):
                over.set()
            return _unjudged(reading, draft, error.message)
        with lock:
            reading.drafts.append(said)
            keep(reading)
        return None

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(read, [draft for key, draft in wanted.items() if key not in known]))
    return reading


def _by_model(model: ModelJudge, drafts: Sequence[Draft], path: Path, console: Console) -> Reading:
    asked: Mapping[str, Case] = {case.id: case for case, _ in drafts}
    try:
        before = [draft for draft, _ in with_cases(path, list(asked.values()))] if path.exists() else []
    except BadFile:  # of other cases, or of another version: judged anew
        before = []
    who = (model.name, model.prompt_hash)
    same = [draft for draft in before if (draft.judge, draft.prompt) == who]
    with console.status(f"{model.name} reads {len(drafts)} drafts"):
        return read_all(model, drafts, same, keep=lambda reading: write_judged(path, reading.drafts))


def _share(
    name: str,
    reading: Reading,
    drafts: Sequence[Draft],
    read: Sequence[tuple[JudgedDraft, Case]],
    measure: str,
) -> Share | None:
    known = {_key(draft.id, draft.questions): draft for draft in reading.drafts}
    own = [known[key] for case, questions in drafts if (key := _key(case.id, questions)) in known]
    labels = [(label, _key(label.id, label.questions)) for label, _ in read]
    pairs = [(label, known[key]) for label, key in labels if key in known]
    return share(measure, name, own, pairs)


def _matcher() -> MatcherJudge:
    from triage.retrieval.embed import SentenceEncoder

    return MatcherJudge(Matcher.load(SentenceEncoder()))


def _unjudged(reading: Reading, draft: Draft, why: str) -> None:
    reading.unjudged[draft[0].id] = why


def _key(case_id: str, questions: tuple[JudgedQuestion, ...]) -> tuple[str, tuple[JudgedQuestion, ...]]:
    return case_id, questions


def _write(path: Path, found: Figures) -> None:
    try:
        path.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror}.", "Check its rights.") from error


def _print(console: Console, found: Figures, *, labelled: bool) -> None:
    table = Table(title=f"{found.cases} drafts, corrected by people's labels", title_justify="left")
    for column in ("measure", "judge", "share", "95 %", "kappa", "bias", "labels"):
        table.add_column(column, justify="left" if column in ("measure", "judge") else "right")
    for one in found.shares:
        table.add_row(one.measure, one.judge, *_cells(one))
    console.print(table)
    for one in found.shares:
        if one.withheld and labelled:
            console.print(f"{one.measure} by {one.judge} is withheld: {one.withheld}.")
    if not labelled:
        console.print(
            "Everything is withheld: nobody has labelled yet. Give labels with "
            "`triage eval label --drafts DIR --out labels.jsonl`, then name them with --labels."
        )
    for why in sorted(set(found.unjudged.values())):
        count = list(found.unjudged.values()).count(why)
        console.print(f"{count} drafts have no verdict by the model: {why}")
    console.print(f"{HEADLINE}: {MEANS[HEADLINE]}.")


def _cells(one: Share) -> list[str]:
    agreed = one.agreement
    kappa = f"{agreed.kappa:.2f} ({agreed.low:.2f}–{agreed.high:.2f})" if agreed.kappa is not None else "–"
    bias = f"{agreed.bias:+.3f}" if agreed.labels else "–"
    value = "withheld" if one.value is None else f"{one.value:.3f}"
    span = "–" if one.value is None else f"{one.low:.2f}–{one.high:.2f}"
    return [value, span, kappa, bias, str(agreed.labels)]
