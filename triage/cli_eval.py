"""`triage eval run` and `triage eval compare`. Everything of `evals` is imported inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.cli_options import AnalystName, must_exist, settings_with
from triage.errors import BadInput
from triage.settings import load_settings

if TYPE_CHECKING:
    from evals.options import Options

eval_app = typer.Typer(help="Measure how well it asks, on requests whose end is known.", no_args_is_help=True)

# Shared with `triage draft`.
AnalystOption = Annotated[
    AnalystName | None, typer.Option(help="Who drafts; otherwise TRIAGE_ANALYST decides.")
]
KnowledgeOption = Annotated[Path | None, typer.Option(help="Folder with notes/ and product_map.md.")]
MapOption = Annotated[Path | None, typer.Option("--map", help="A product map.")]
HistoryOption = Annotated[Path | None, typer.Option(help="Past requests, JSONL or CSV.")]
LiveOption = Annotated[bool, typer.Option("--live", help="Use the service's own notes, map and history.")]


@eval_app.command("run")
def eval_run(
    context: typer.Context,
    suite: Annotated[
        str, typer.Option(help="hidden-work, answers, grounding, sizing or retrieval.")
    ] = "hidden-work",
    cases: Annotated[Path | None, typer.Option(help="Cases, JSON lines or CSV.")] = None,
    data: Annotated[Path | None, typer.Option(help="For sizing: issues with their points.")] = None,
    docs: Annotated[Path | None, typer.Option(help="For retrieval: documents.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="For retrieval: which are relevant.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for figures, drafts and report; otherwise one that /evals shows."),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with the stopped run in this folder, with its options.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Draft again what an earlier run in --out has done.")
    ] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Play the cases in time order; each sees the ones before it.")
    ] = False,
    no_history: Annotated[
        bool, typer.Option("--no-history", help="With --stream: show no earlier request, to compare.")
    ] = False,
    analyst: AnalystOption = None,
    knowledge: KnowledgeOption = None,
    product_map: MapOption = None,
    history: HistoryOption = None,
    live: LiveOption = False,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="Only cases with this id, category or text; repeatable: all must fit."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Only the first so many cases; 0: all.", min=0)] = 0,
    repeat: Annotated[int, typer.Option(help="Draft each case so often.", min=1, max=50)] = 1,
    workers: Annotated[
        int, typer.Option(help="Cases drafted at the same time; 0: one, with a model four.", min=0, max=64)
    ] = 0,
    budget: Annotated[float, typer.Option(help="Stop at so many US dollars; 0: no limit.", min=0)] = 0.0,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of a model's steps; otherwise eval-cache in the data folder.")
    ] = None,
    before: Annotated[Path | None, typer.Option(help="Folder of an earlier run to show beside.")] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Fit the learned parts without the repository of each case.")
    ] = False,
    learn_from: Annotated[
        list[Path] | None, typer.Option(help="With --held-out: further labelled cases; repeatable.")
    ] = None,
) -> None:
    """Draft every case and measure the drafts. Knows only what you name. Exit 1 when stopped early."""
    from evals.options import Options
    from evals.run import run

    if resume:
        options = _options_of(resume, context)
    else:
        for path in (cases, data, docs, qrels, knowledge, product_map, history, before, *(learn_from or ())):
            must_exist(path)
        options = Options(
            suite=suite,
            cases=cases,
            out=out or _new_folder(suite),
            stream=stream,
            no_history=no_history,
            product_map=product_map,
            knowledge=knowledge,
            history=history,
            live=live,
            limit=limit,
            held_out=held_out,
            learn_from=tuple(learn_from or ()),
            filters=tuple(filters or ()),
            repeat=repeat,
            workers=workers,
            budget=budget,
            cache=cache,
            fresh=fresh,
            before=before,
            analyst=analyst.value if analyst else "",
            data=data,
            docs=docs,
            qrels=qrels,
        )
    results = run(options, settings_with(AnalystName(options.analyst) if options.analyst else None))
    if not (out or resume):
        typer.echo("Reviewers and admins find the report in the web view under /evals.")
    raise typer.Exit(1 if results.partial else 0)


@eval_app.command("compare")
def eval_compare(
    before: Annotated[Path, typer.Argument(help="Folder of the first run.")],
    after: Annotated[Path, typer.Argument(help="Folder of the second run.")],
    tolerance: Annotated[
        list[str] | None, typer.Option(help="name=x: how far a measure may get worse; repeatable.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also write it as Markdown, for a comment.")] = None,
) -> None:
    """Paired differences of two runs; exit 1 when the second is worse by more than the tolerance."""
    from evals.compare import compare

    raise typer.Exit(1 if compare(before, after, tolerance or (), markdown=markdown) else 0)


def _new_folder(suite: str) -> Path:
    """In the data folder, where the web view finds it."""
    from datetime import UTC, datetime

    from triage.evaluations import new_run_folder

    return new_run_folder(load_settings().data_dir, suite, datetime.now(UTC))


def _options_of(folder: Path, context: typer.Context) -> Options:
    """The options of the run in `folder`; --workers and --budget may be given anew."""
    from dataclasses import replace

    from evals.options import load

    given = {
        name
        for name in context.params
        if str(context.get_parameter_source(name)).endswith("COMMANDLINE") and name != "resume"
    }
    if others := sorted(given - {"workers", "budget"}):
        name = others[0].replace("_", "-")
        raise BadInput(
            f"--resume takes everything else from {folder}; --{name} does not go with it.",
            "Only --workers and --budget may change; for a run with other options name another --out.",
        )
    return replace(load(folder), **{name: context.params[name] for name in given})
