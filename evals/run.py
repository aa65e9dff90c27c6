"""`triage eval run`: one suite over one file, with figures, drafts and a report in a folder."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import TextColumn

from evals import options as named
from evals.cases import CaseFile, read_cases
from evals.inputs.choosing import choose
from evals.inputs.public_data import run_public
from evals.options import Options
from evals.progress import progress_bar
from evals.report import write_report
from evals.report.markdown import write_summary
from evals.report.tables import print_results
from evals.results import CurvePoint, Results, Run, open_folder, read_results, write_results
from evals.running.assembling import assemble
from evals.running.opening import KEPT, Bench, open_bench
from evals.running.solving import Drafting, Solved
from evals.running.spending import BudgetReached
from evals.scoring.scored import Scored
from evals.suites import Suite
from triage import __version__
from triage.drafting import as_record
from triage.errors import BadInput, TriageError
from triage.settings import Settings

DRAFTS = "drafts.jsonl"
REPORT = "report.html"
SUMMARY = "summary.md"
LIVE = "the service's own"


def run(options: Options, settings: Settings, console: Console | None = None) -> Results:
    """Open what is named, then `measure`.

    Raises:
        BadInput: an unknown suite, options that contradict each other, or a file that cannot be used;
            nothing was run then.
    """
    suite = named.check(options)
    before = _previous(suite, options)
    console = console or Console()
    if options.cases is None:
        return run_public(suite, options, settings, before, console)
    file = choose(read_cases(options.cases), options.filters, options.limit, stream=options.stream)
    if options.fresh:
        (options.out / KEPT).unlink(missing_ok=True)
    if options.budget:  # at the day's end drafts would fall back; this run is to stop instead
        settings = settings.model_copy(update={"model_daily_budget_usd": 0.0})
    bench = open_bench(suite, options, settings, file)
    return measure(suite, options, file, bench, console, before)


def measure(
    suite: Suite,
    options: Options,
    file: CaseFile,
    bench: Bench,
    console: Console,
    before: Results | None = None,
) -> Results:
    """Draft, score, write and print.

    A stop, by Ctrl+C, the budget or an error, comes after the cases in hand: what is done is scored, written
    and marked as partial. An error is raised again then.
    """
    folder = open_folder(options.out)
    named.save(options)
    began, started = datetime.now(UTC), time.perf_counter()
    played = _play(bench, file, folder / DRAFTS, options, console)
    run = _how(suite, options, file, bench, played, began, time.perf_counter() - started)
    curve = _curve(played.scored) if options.stream and suite.name == "hidden-work" else ()
    results = assemble(suite, run, played.scored, before, curve)
    if bench.kept and not results.partial:
        bench.kept.drop_unused()
    write_results(folder, results)
    write_report(folder / REPORT, suite, results, played.scored, bench.scorer.heading)
    write_summary(folder / SUMMARY, suite, results)
    print_results(console, suite, results)
    console.print(f"Written to {folder}: results.json, {DRAFTS}, {REPORT}, {SUMMARY}")
    if played.stopped:
        console.print(f"Go on with: triage eval run --resume {folder}")
    if played.trouble:
        raise played.trouble
    return results


@dataclass(frozen=True)
class _Played:
    """What came of drafting. `stopped`: why it ended early; `trouble`: the error that ended it."""

    scored: list[Scored]
    stopped: str = ""
    trouble: TriageError | None = None


def _play(bench: Bench, file: CaseFile, path: Path, options: Options, console: Console) -> _Played:
    """Draft and score case by case; drafts reach the file at once, so a stopped run loses nothing.

    After a first Ctrl+C what is drafted is still scored; a second one ends that too.
    """
    done: list[Scored] = []
    stopped = ""
    threads = options.threads(waits_for_model=bool(bench.model))
    drafting = Drafting(
        bench.drafter,
        file.cases,
        grows=options.grows,
        rounds=options.repeat,
        workers=threads,
        history=bench.history,
    )
    with (
        path.open("w", encoding="utf-8") as drafts,
        progress_bar(console, TextColumn("{task.fields[cost]}")) as bar,
        closing(drafting),
    ):
        task = bar.add_task("Drafting", total=len(file.cases), cost="")
        while len(done) < len(file.cases):
            try:
                solved = drafting.result(len(done))
                if solved is None:
                    break
                scored = bench.scorer.score(solved)
            except KeyboardInterrupt:
                if stopped:
                    break
                stopped = "interrupted"
                bar.console.print("Stopping: what is drafted is still scored. Ctrl+C again leaves that out.")
                drafting.stop()
                continue
            except BudgetReached:
                return _Played(done, "budget")
            except TriageError as error:
                return _Played(done, "error", error)
            done.append(scored)
            _append(drafts, solved)
            bar.update(task, advance=1, cost=_cost(bench))
    return _Played(done, stopped if len(done) < len(file.cases) else "")


def _cost(bench: Bench) -> str:
    if not bench.model:
        return ""
    of = f" of ${bench.meter.budget:.2f}" if bench.meter.budget else ""
    return f"${bench.meter.spent:.2f}{of}"


def _append(file: IO[str], solved: Solved) -> None:
    """The drafts of a case; with `--repeat` each says its round."""
    for number, draft in enumerate(solved.drafts, start=1):
        record = as_record(draft) | ({"round": number} if len(solved.drafts) > 1 else {})
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
    file.flush()


def _previous(suite: Suite, options: Options) -> Results | None:
    if options.before is None:
        return None
    before = read_results(options.before)
    if before.run.suite != suite.name:
        raise BadInput(
            f"{options.before} holds a run of {before.run.suite}, not of {suite.name}.",
            "Name another --before.",
        )
    if options.before.resolve() == options.out.resolve():
        raise BadInput("--before and --out are the same folder.", "Name another --out.")
    return before


def _curve(scored: list[Scored]) -> tuple[CurvePoint, ...]:
    from evals.suites.hidden_work import curve

    return curve(scored)


def _how(
    suite: Suite,
    options: Options,
    file: CaseFile,
    bench: Bench,
    played: _Played,
    began: datetime,
    seconds: float,
) -> Run:
    drafts = [draft for each in played.scored for draft in each.solved.drafts]
    history = [options.history.name] if options.history else [LIVE] * options.live
    return Run(
        suite=suite.name,
        headline=suite.headline,
        cases_file=file.name,
        cases_digest=file.digest,
        cases=len(file.cases),
        done=len(played.scored),
        stopped=played.stopped,
        filters=options.filters,
        repeat=options.repeat,
        stream=options.stream,
        weights="held out by repository" if options.held_out else "shipped",
        history=" + ".join(history + ["stream"] * options.grows) or "none",
        product_map=bench.product_map,
        later=bench.later,
        knowledge=options.knowledge.name if options.knowledge else LIVE * options.live,
        analyst=bench.analyst,
        model=bench.model,
        prompt_hashes={
            step.step: step.prompt_hash for one in drafts for step in one.runs if step.prompt_hash
        },
        catalogue=bench.catalogue,
        encoder=bench.encoder,
        version=__version__,
        started=began.isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
        kept=bench.reused,
        spent=round(bench.meter.spent, 6),
        degraded=sum(bool(draft.degraded) for draft in drafts),
        judge=bench.scorer.judge,
    )
