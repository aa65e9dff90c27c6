"""The suites that measure one part of the service on public data: run, then reported like any other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console

from evals import options as named
from evals.intervals import Tally
from evals.measures import RETRIEVAL
from evals.metrics import Scores, differences, summarise
from evals.options import Options
from evals.report import write_report
from evals.report.markdown import write_summary
from evals.report.tables import how, interval, plain_table, shown
from evals.results import CaseScores, Results, Run, figures, open_folder, pairs_of, write_results
from evals.running.assembling import with_previous
from evals.suites import Suite
from triage import __version__
from triage.errors import BadInput
from triage.ports import Encoder
from triage.settings import Settings

REPORT = "report.html"
SUMMARY = "summary.md"


def run_public(
    suite: Suite, options: Options, settings: Settings, before: Results | None, console: Console
) -> Results:
    """Measure, then write figures, report and summary into the folder of the run.

    Raises:
        BadInput: the data or the folder cannot be used; nothing was run then.
    """
    from triage.bootstrap import open_encoder

    results = _RUNNERS[suite.name](options, open_encoder(settings), console)
    run = results.run.model_copy(update={"headline": suite.headline})
    results = results.model_copy(update={"run": run})
    if before:
        results = with_previous(suite, results, before)
    write_results(options.out, results)
    named.save(options)
    write_report(options.out / REPORT, suite, results)
    write_summary(options.out / SUMMARY, suite, results)
    console.print(f"Written to {options.out}: results.json, {REPORT}, {SUMMARY}")
    return results


def _sizing(options: Options, encoder: Encoder, console: Console) -> Results:
    from evals.suites.sizing import measure

    assert options.data
    open_folder(options.out)
    return measure(options.data, console, encoder=encoder)


def _retrieval(options: Options, encoder: Encoder, console: Console) -> Results:
    from evals.retrieval.data import read_collection
    from evals.suites.retrieval import FULL, SPLIT, search

    assert options.docs
    assert options.qrels
    began, started = datetime.now(UTC), time.perf_counter()
    collection = read_collection(options.docs, options.qrels)
    queries = [query.id for query in collection.queries(SPLIT)]
    if not queries:
        raise BadInput(
            f"{options.qrels.name} has no query of the split {SPLIT}.", "Its splits are dev and test."
        )
    open_folder(options.out)
    found = search(collection, encoder, console, options.out, SPLIT)
    ways = {way: _scores(queries, each) for way, each in found.items()}
    done = len(ways[FULL])
    run = Run(
        suite="retrieval",
        cases_file=collection.name,
        cases_digest=collection.digest,
        cases=len(queries),
        done=done,
        stopped="interrupted" if done < len(queries) else "",
        encoder=encoder.name,
        version=__version__,
        started=began.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - started, 2),
    )
    results = _of_ways(run, ways, FULL)
    _print_ways(console, results, FULL)
    return results


def _scores(queries: Sequence[str], measured: Sequence[Mapping[str, float]]) -> list[Scores]:
    return [
        Scores(query, {name: Tally(value, 1) for name, value in one.items()})
        for query, one in zip(queries, measured, strict=False)  # fewer were measured when it was stopped
    ]


def _of_ways(run: Run, ways: Mapping[str, list[Scores]], product: str) -> Results:
    """The product's own way of searching, every other beside it."""
    ours = ways[product]
    others = {way: each for way, each in ways.items() if way != product}
    return Results(
        partial=bool(run.stopped),
        run=run,
        metrics=figures(summarise(ours, RETRIEVAL)),
        baselines={way: figures(summarise(each, RETRIEVAL)) for way, each in others.items()},
        gains={way: figures(differences(each, ours, RETRIEVAL)) for way, each in others.items()},
        cases=tuple(CaseScores(id=each.case_id, tallies=pairs_of(each.tallies)) for each in ours),
    )


def _print_ways(console: Console, results: Results, product: str) -> None:
    run = results.run
    partial = " (partial)" if results.partial else ""
    title = f"{run.suite} on {run.cases_file}: {run.done} of {run.cases} queries{partial}"
    table = plain_table(title, "way", [measure.name for measure in RETRIEVAL])
    for way, found in {**results.baselines, product: results.metrics}.items():
        table.add_row(way, *(shown(found.get(measure.name)) for measure in RETRIEVAL))
    console.print(table)
    for name, one in results.metrics.items():
        console.print(f"{name}: 95 % {interval(one)}.")
    for line in how(run):
        console.print(line)


_RUNNERS: Mapping[str, Callable[[Options, Encoder, Console], Results]] = {
    "sizing": _sizing,
    "retrieval": _retrieval,
}
