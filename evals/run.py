"""`triage eval run`: one suite over one file of cases, with figures, drafts and a report in a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evals.baselines import FREQUENT, NEAREST
from evals.cases import Case, CaseFile, in_time_order, read_cases
from evals.held_out import HeldOutDrafter, learn_without
from evals.intervals import Estimate
from evals.matcher import Matcher
from evals.metrics import differences, summarise
from evals.report import write_report
from evals.results import CaseScores, Figure, Judge, Results, Run, open_folder, write_results
from evals.suites import hidden_work
from evals.suites.hidden_work import Drafter, Scored, Scorer
from evals.tables import print_curve, print_figures
from triage import __version__
from triage.domain import Draft
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
    held_out: bool = False
    learn_from: tuple[Path, ...] = ()  # with held_out: further labelled cases


@dataclass(frozen=True)
class Bench:
    """What is measured and what measures it. `encoder` is the matcher's; the names go into the results."""

    drafter: Drafter
    matcher: Matcher
    encoder: Encoder
    analyst: str
    model: str
    catalogue: str
    product_encoder: str


def run(options: Options, settings: Settings, console: Console | None = None) -> Results:
    """Open what is named, then `measure`.

    Raises:
        BadInput: an unknown suite, options that contradict each other, or a file that cannot be used;
            nothing was run then.
    """
    _check(options)
    file = read_cases(options.cases)
    if options.stream:
        file = replace(file, cases=in_time_order(file.cases))
    return measure(options, file, _open(options, settings, file), console or Console())


def measure(options: Options, file: CaseFile, bench: Bench, console: Console) -> Results:
    """Draft, score, write and print.

    Ctrl+C stops with the case in hand: what is done is scored, written and marked as partial.
    """
    cases = file.cases[: options.limit or None]
    folder = open_folder(options.out)
    began, started = datetime.now(UTC), time.perf_counter()
    scorer = Scorer(bench.matcher, bench.encoder, cases, stream=options.stream)
    scored = _play(bench.drafter, scorer, cases, folder / DRAFTS, options, console)
    results = _results(options, file, bench, cases, scored, began, time.perf_counter() - started)
    write_results(folder, results)
    write_report(folder / "report.html", results, scored)
    print_figures(console, results)
    print_curve(console, results)
    console.print(f"Written to {folder}: results.json, {DRAFTS}, report.html")
    return results


def _check(options: Options) -> None:
    if options.suite not in SUITES:
        raise BadInput(f"There is no suite {options.suite}.", f"Known: {', '.join(SUITES)}.")
    if options.no_history and options.history:
        raise BadInput("--no-history and --history contradict each other.", "Give one of them.")
    if options.no_history and not options.stream:
        raise BadInput("--no-history says something only beside --stream.", "Leave it out.")
    if options.learn_from and not options.held_out:
        raise BadInput("--learn-from says something only beside --held-out.", "Leave it out.")


def _open(options: Options, settings: Settings, file: CaseFile) -> Bench:
    from triage.bootstrap import open_encoder

    encoder = open_encoder(settings)
    own = _packaged(encoder)
    knowledge = Knowledge.named(options.knowledge, options.product_map, options.history)
    grows = options.stream and not options.no_history
    drafter = OneOff(settings, encoder, knowledge, grows=grows)
    measured: Drafter = drafter
    if options.held_out:
        wanted = [case.id for case in file.cases[: options.limit or None]]
        learned = learn_without(drafter.catalogue, encoder, options.cases, wanted, options.learn_from)
        measured = HeldOutDrafter(drafter, learned)
    return Bench(
        drafter=measured,
        matcher=Matcher.load(own),
        encoder=own,
        analyst=drafter.analyst.name,
        model=settings.model if settings.uses_model else "",
        catalogue=drafter.catalogue.digest,
        product_encoder=encoder.name,
    )


def _packaged(encoder: SentenceEncoder) -> SentenceEncoder:
    """The matcher keeps to the model it was trained with, whatever the product uses."""
    from triage.retrieval.embed import PACKAGED_NAME
    from triage.retrieval.embed import SentenceEncoder as Packaged

    return encoder if encoder.name == PACKAGED_NAME else Packaged()


def _play(
    drafter: Drafter,
    scorer: Scorer,
    cases: Sequence[Case],
    path: Path,
    options: Options,
    console: Console,
) -> list[Scored]:
    """Draft and score case by case; drafts reach the file at once, so an interrupted run loses nothing."""
    done: list[Scored] = []
    spent = 0.0
    grows = options.stream and not options.no_history
    with path.open("w", encoding="utf-8") as file, _progress(console) as bar:
        task = bar.add_task("Drafting", total=len(cases), cost="")
        try:
            for solved in hidden_work.solve(drafter, cases, grows=grows):
                done.append(scorer.score(solved))
                _append(file, solved.draft)
                spent += solved.draft.cost
                bar.update(task, advance=1, cost=f"${spent:.2f}" if spent else "")
        except KeyboardInterrupt:
            console.print(f"Interrupted: {len(done)} of {len(cases)} cases are done.")
    return done


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), TextColumn("{task.fields[cost]}"), console=console)


def _append(file: IO[str], draft: Draft) -> None:
    file.write(json.dumps(as_record(draft), ensure_ascii=False) + "\n")
    file.flush()


def _results(
    options: Options,
    file: CaseFile,
    bench: Bench,
    cases: Sequence[Case],
    scored: Sequence[Scored],
    began: datetime,
    seconds: float,
) -> Results:
    scores = [each.scores for each in scored]
    beside = {name: [each.baselines[name] for each in scored] for name in (FREQUENT, NEAREST)}
    return Results(
        partial=len(scored) < len(cases),
        run=_how(options, file, bench, len(cases), scored, began, seconds),
        metrics=_figures(summarise(scores)),
        baselines={name: _figures(summarise(theirs)) for name, theirs in beside.items()},
        gains={name: _figures(differences(theirs, scores)) for name, theirs in beside.items()},
        curve=hidden_work.curve(scored) if options.stream else (),
        cases=tuple(
            CaseScores(id=s.case_id, tallies={n: (t.part, t.whole) for n, t in s.tallies.items()})
            for s in scores
        ),
    )


def _figures(found: Mapping[str, Estimate]) -> dict[str, Figure]:
    return {name: Figure.of(one) for name, one in found.items()}


def _how(
    options: Options,
    file: CaseFile,
    bench: Bench,
    total: int,
    scored: Sequence[Scored],
    began: datetime,
    seconds: float,
) -> Run:
    trained = bench.matcher.trained
    steps = [step for each in scored for step in each.solved.draft.runs]
    grows = options.stream and not options.no_history
    history = [options.history.name] if options.history else []
    return Run(
        suite=options.suite,
        cases_file=file.name,
        cases_digest=file.digest,
        cases=total,
        done=len(scored),
        stream=options.stream,
        weights="held out by repository" if options.held_out else "shipped",
        history=" + ".join(history + ["stream"] * grows) or "none",
        product_map=options.product_map.name if options.product_map else "",
        knowledge=options.knowledge.name if options.knowledge else "",
        analyst=bench.analyst,
        model=bench.model,
        prompt_hashes={step.step: step.prompt_hash for step in steps if step.prompt_hash},
        catalogue=bench.catalogue,
        encoder=bench.product_encoder,
        version=__version__,
        started=began.isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
        degraded=sum(bool(each.solved.draft.degraded) for each in scored),
        judge=Judge(digest=trained.digest, kappa=trained.held_out.kappa, bias=trained.held_out.hard_bias),
    )
