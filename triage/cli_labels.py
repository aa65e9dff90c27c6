"""`triage eval export`, `label` and `judge`: cases from one's own past, and who says what hit."""

from __future__ import annotations

import secrets
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage.cli_options import must_exist
from triage.settings import load_settings

if TYPE_CHECKING:
    from evals.exporting.export import Exported


def add_label_commands(app: typer.Typer) -> None:
    """Register the commands of this file with `triage eval`."""
    app.command("export")(eval_export)
    app.command("label")(eval_label)
    app.command("judge")(eval_judge)


def eval_export(
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day of receipt.")],
    out: Annotated[Path, typer.Option(help="File of cases to write.")],
    product: Annotated[str, typer.Option(help="One sentence on what the product is.")] = "",
    hide: Annotated[list[str] | None, typer.Option(help="A further name to replace; repeatable.")] = None,
) -> None:
    """Closed requests of this service as cases, without names. Exit 1 when there is none."""
    from evals.exporting.export import export
    from triage.bootstrap import open_services

    with closing(open_services(load_settings(), worker=False)) as services:
        told = export(services, since.date(), out, product=product, hide=hide or ())
    typer.echo(_exported(told, out, since.date()))
    raise typer.Exit(0 if told.cases else 1)


def eval_label(
    drafts: Annotated[Path, typer.Option(help="Folder of a run.")],
    out: Annotated[Path, typer.Option(help="File of labels to write, or to go on with.")],
    cases: Annotated[
        Path | None, typer.Option(help="The cases of that run, when it cannot find them.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8040,
) -> None:
    """Open a page on this machine to say which drafted questions ask what surfaced. Ctrl+C ends it."""
    from api.labelling import create_label_app
    from evals.judging.labels import open_book
    from triage.serving import serve_page

    book = open_book(drafts, out, cases)
    key = secrets.token_urlsafe(12)
    app = create_label_app(book, f"http://127.0.0.1:{port}", key)
    hello = f"{len(book.order)} drafts to read, {len(book.done)} are read. Only this link opens them:"
    serve_page(app, port, f"{hello}\n  http://127.0.0.1:{port}/{key}/")
    typer.echo(f"{len(book.done)} of {len(book.order)} drafts are read; the labels are in {out}.")


def eval_judge(
    drafts: Annotated[Path, typer.Argument(help="Folder of a run.")],
    labels: Annotated[Path | None, typer.Option(help="Labels by people, from `triage eval label`.")] = None,
    cases: Annotated[
        Path | None, typer.Option(help="The cases of that run, when it cannot find them.")
    ] = None,
) -> None:
    """Which questions ask what surfaced, by the matcher and, where TRIAGE_MODEL is set, by a model; corrected
    by the labels. Exit 1 when drafts are left without a verdict."""
    from rich.console import Console

    from evals.judging.run import judge_run

    for path in (drafts, labels, cases):
        must_exist(path)
    found = judge_run(drafts, load_settings(), Console(), cases=cases, labels=labels)
    raise typer.Exit(1 if found.unjudged else 0)


def _exported(told: Exported, out: Path, since: date) -> str:
    lines = [f"{told.cases} requests since {since} written to {out}; {told.small} of them hid nothing."]
    if not told.cases:
        lines = [f"No request that came in since {since} has an end to learn from; nothing was written."]
    lines += [f"Left out, {reason}: {count}." for reason, count in told.left_out.most_common()]
    if told.unvouched:
        lines.append(
            "Look through these words, which no rule knows; --hide NAME replaces one: "
            f"{', '.join(told.unvouched)}."
        )
    if told.cases and told.spared:
        lines.append(f"Parts of names that are ordinary words too and may stay: {', '.join(told.spared)}.")
    return "\n".join(lines)
