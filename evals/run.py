"""`triage eval run`: one suite over one file of cases, with figures, drafts and a report in a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evals.baselines import NearestCases
from evals.cases import Case, CaseFile, in_time_order, read_cases
from evals.matcher import Matcher
from evals.metrics import differences, summarise
from evals.report import write_report
from evals.results import CaseScores, Figure, Judge, Results, Run, open_folder, write_results
from evals.suites import hidden_work
from evals.suites.hidden_work import Scored, Solved
from evals.tables import print_curve, print_figures
from triage.drafting import as_record
from triage.errors import BadInput
from triage.oneoff import Knowledge, OneOff
from triage.ports import Encoder
from triage.settings import Settings

if TYPE_CHECKING:
    from triage.retrieval.embed import SentenceEncoder

DRAFTS = "drafts.jsonl"
SUITES = (hidden_work.NAME,)


@dataclass(frozen=True)
class Options:
    """The arguments of `triage eval run`."""

    suite: str
    cases: Path
    out: Path
    stream: bool = False
    no_history: bool = False
    product_map: Path | None = None
    knowledge: Path | None = None
    history: Path | None = None
    limit: int = 0  # 0: all


def run(options: Options, settings: Settings, console: Console | None = None) -> Results:
    """Draft, score, write and print.

    Ctrl+C stops after the case in hand: what is done is scored, written and marked as partial.

    Raises:
        BadInput: an unknown suite, options that contradict each other, or a file that cannot be used;
            nothing was run then.
    """
    console = console or Console()
    _check(options)
    file = read_cases(options.cases)
    cases = in_time_order(file.cases) if options.stream else file.cases
    cases = cases[: options.limit or None]
    drafter, matcher, encoder = _open(options, settings)
    folder = open_folder(options.out)
    began, started = datetime.now(UTC), time.perf_counter()
    solved = _solve(drafter, cases, folder / DRAFTS, options, console)
    scored = [hidden_work.score(matcher, each) for each in solved]
    context = _Context(options, settings, file, drafter, matcher, began, time.perf_counter() - started)
    results = _results(context, cases, scored, encoder)
    write_results(folder, results)
    write_report(folder / "report.html", results, scored)
    print_figures(console, results)
    print_curve(console, results)
    console.print(f"Written to {folder}: results.json, {DRAFTS}, report.html")
    return results


@dataclass(frozen=True)
class _Context:
    options: Options
    settings: Settings
    file: CaseFile
    drafter: OneOff
    matcher: Matcher
    began: datetime
    seconds: float


def _check(options: Options) -> None:
    if options.suite not in SUITES:
        raise BadInput(f"There is no suite {options.suite}.", f"Known: {', '.join(SUITES)}.")
    if options.no_history and options.history:
        raise BadInput("--no-history and --history contradict each other.", "Give one of them.")
    if options.no_history and not options.stream:
        raise BadInput("--no-history says something only beside --stream.", "Leave it out.")


def _open(options: Options, settings: Settings) -> tuple[OneOff, Matcher, Encoder]:
    from triage.bootstrap import open_encoder

    encoder = open_encoder(settings)
    own = _packaged(encoder)
    knowledge = Knowledge.named(options.knowledge, options.product_map, options.history)
    grows = options.stream and not options.no_history
    return OneOff(settings, encoder, knowledge, grows=grows), Matcher.load(own), own


def _packaged(encoder: SentenceEncoder) -> SentenceEncoder:
    """The matcher keeps to the model it was trained with, whatever the product uses."""
    from triage.retrieval.embed import PACKAGED_NAME
    from triage.retrieval.embed import SentenceEncoder as Packaged

    return encoder if encoder.name == PACKAGED_NAME else Packaged()


def _solve(
    drafter: OneOff, cases: Sequence[Case], path: Path, options: Options, console: Console
) -> list[Solved]:
    """Drafts reach the file one by one, so that an interrupted run loses nothing."""
    done: list[Solved] = []
    grows = options.stream and not options.no_history
    with path.open("w", encoding="utf-8") as file, _progress(console) as bar:
        task = bar.add_task("Drafting", total=len(cases), cost="")
        try:
            for solved in hidden_work.solve(drafter, cases, grows=grows):
                _append(file, solved)
                done.append(solved)
                spent = sum(each.draft.cost for each in done)
                bar.update(task, advance=1, cost=f"${spent:.2f}" if spent else "")
        except KeyboardInterrupt:
            console.print(f"Interrupted: {len(done)} of {len(cases)} cases are drafted.")
    return done


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), TextColumn("{task.fields[cost]}"), console=console)


def _append(file: IO[str], solved: Solved) -> None:
    file.write(json.dumps(as_record(solved.draft), ensure_ascii=False) + "\n")
    file.flush()


def _results(
    context: _Context, cases: Sequence[Case], scored: Sequence[Scored], encoder: Encoder
) -> Results:
    scores = [each.scores for each in scored]
    nearest = NearestCases(cases, encoder, stream=context.options.stream)
    done = [each.solved.case for each in scored]
    beside = hidden_work.baselines(context.matcher, nearest, cases, done)
    return Results(
        partial=len(scored) < len(cases),
        run=_run(context, len(cases), scored),
        metrics={name: Figure.of(found) for name, found in summarise(scores).items()},
        baselines={
            name: {measure: Figure.of(found) for measure, found in summarise(theirs).items()}
            for name, theirs in beside.items()
        },
        gains={
            name: {measure: Figure.of(found) for measure, found in differences(theirs, scores).items()}
            for name, theirs in beside.items()
        },
        curve=hidden_work.curve(scored) if context.options.stream else (),
        cases=tuple(
            CaseScores(id=s.case_id, tallies={n: (t.part, t.whole) for n, t in s.tallies.items()})
            for s in scores
        ),
    )


def _run(context: _Context, total: int, scored: Sequence[Scored]) -> Run:
    options, trained = context.options, context.matcher.trained
    steps = [step for each in scored for step in each.solved.draft.runs]
    grows = options.stream and not options.no_history
    history = [options.history.name] if options.history else []
    return Run(
        suite=options.suite,
        cases_file=context.file.name,
        cases_digest=context.file.digest,
        cases=total,
        done=len(scored),
        stream=options.stream,
        history=" + ".join(history + ["stream"] * grows) or "none",
        product_map=options.product_map.name if options.product_map else "",
        knowledge=options.knowledge.name if options.knowledge else "",
        analyst=context.drafter.analyst.name,
        model=context.settings.model if context.settings.uses_model else "",
        prompt_hashes={step.step: step.prompt_hash for step in steps if step.prompt_hash},
        catalogue=context.drafter.catalogue.digest,
        encoder=context.drafter.encoder.name,
        version=version("request-triage"),
        started=context.began.isoformat(timespec="seconds"),
        seconds=round(context.seconds, 2),
        degraded=sum(bool(each.solved.draft.degraded) for each in scored),
        judge=Judge(
            digest=trained.digest, kappa=trained.held_out.kappa, bias=trained.held_out.hard_bias
        ),
    )
