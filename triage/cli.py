"""The command line. Heavy imports stand inside the commands, so that `triage --help` answers at once.

Exit codes: 0 done, 1 the command ran and its answer is no, 2 wrong input or setup.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from triage import __version__
from triage.cli_eval import (
    AnalystOption,
    HistoryOption,
    KnowledgeOption,
    LiveOption,
    MapOption,
    eval_app,
)
from triage.cli_intake import intake_app
from triage.cli_labels import add_label_commands
from triage.cli_options import must_exist, settings_with
from triage.domain import Role
from triage.errors import BadFile, BadInput, NotFound, TriageError
from triage.settings import Settings, load_settings

if TYPE_CHECKING:
    from triage.bootstrap import Services
    from triage.domain import Request

app = typer.Typer(
    name="triage",
    help="Finds the work nobody mentioned in a customer request; one honest answer, one human decides.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
history_app = typer.Typer(help="Past requests with their outcomes.", no_args_is_help=True)
notes_app = typer.Typer(help="Architecture notes.", no_args_is_help=True)
map_app = typer.Typer(help="The product map.", no_args_is_help=True)
user_app = typer.Typer(help="People who sign in.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens for programs.", no_args_is_help=True)
for name, sub in (
    ("history", history_app),
    ("notes", notes_app),
    ("map", map_app),
    ("user", user_app),
    ("token", token_app),
    ("eval", eval_app),
    ("intake", intake_app),
):
    app.add_typer(sub, name=name)
add_label_commands(eval_app)


def main() -> None:
    """Run the command line; an error of ours becomes one clear sentence on stderr."""
    try:
        app()
    except TriageError as error:
        typer.echo(f"triage: {_sentence(error)}", err=True)
        sys.exit(2)


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Shared options."""
    if version:
        typer.echo(__version__)
        raise typer.Exit()


SmtpOption = Annotated[str, typer.Option(metavar="HOST:PORT", help="Take mails by SMTP there.")]
LmtpOption = Annotated[
    str, typer.Option(metavar="HOST:PORT|PATH", help="Take mails by LMTP there, or on a Unix socket.")
]

# --- running ------------------------------------------------------------------------------------


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Web only; `triage worker` drafts.")] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="Load the sample company and print a sign-in link.")
    ] = False,
    smtp_listen: SmtpOption = "",
    lmtp_listen: LmtpOption = "",
) -> None:
    """Web view and worker in one process."""
    from triage import serving

    settings = _listening(smtp_listen, lmtp_listen)
    serving.serve(settings, host=host, port=port, worker=not no_worker, sample=sample)


@app.command()
def worker(smtp_listen: SmtpOption = "", lmtp_listen: LmtpOption = "") -> None:
    """Worker alone: takes mail in, drafts, sends, indexes."""
    from triage import serving

    serving.work(_listening(smtp_listen, lmtp_listen))


def _listening(smtp: str, lmtp: str) -> Settings:
    """The settings, with what the command line says about listeners."""
    given = {"smtp_listen": smtp, "lmtp_listen": lmtp}
    return load_settings(**{name: value for name, value in given.items() if value})


# --- one request --------------------------------------------------------------------------------


@app.command()
def draft(
    file: Annotated[str, typer.Argument(help="A mail (.eml), a text file, or - for standard input.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the documented JSON instead of text.")
    ] = False,
    analyst: AnalystOption = None,
    knowledge: KnowledgeOption = None,
    product_map: MapOption = None,
    history: HistoryOption = None,
    live: LiveOption = False,
) -> None:
    """Draft one request and print it. Touches no database; knows only what you name."""
    from triage import drafting

    settings = settings_with(analyst)
    for path in (knowledge, product_map, history):
        must_exist(path)
    request = _read_request(file, settings)
    drafted = drafting.draft_once(
        settings,
        request,
        knowledge=knowledge,
        product_map=product_map,
        history=history,
        live=live,
    )
    typer.echo(drafting.as_json(drafted) if as_json else drafting.as_text(drafted, request.attachments))


@app.command()
def submit(
    file: Annotated[str, typer.Argument(help="A mail (.eml), a text file, or - for standard input.")],
    url: Annotated[str, typer.Option(help="The running service.")] = "http://127.0.0.1:8000",
    token: Annotated[str, typer.Option(envvar="TRIAGE_TOKEN", help="From `triage token add`.")] = "",
) -> None:
    """Send a request to the running service; prints its id."""
    from triage import submitting

    typer.echo(submitting.submit(_read_bytes(file), url=url, token=token))


# --- knowledge in -------------------------------------------------------------------------------


@history_app.command("import")
def history_import(
    file: Annotated[Path, typer.Argument(help="JSONL or CSV; docs/knowledge.md shows the columns.")],
) -> None:
    """Take past requests in; a request already known is updated."""
    from triage.history import read_history

    past = read_history(must_exist(file))
    with _services() as services:
        changed = services.knowledge.put_past(past)
    sized = sum(1 for each in past if each.size_days is not None)
    typer.echo(f"{len(past)} past requests read, {sized} with a size; {changed} new or changed.")


@history_app.command("weights")
def history_weights() -> None:
    """Show how past requests are ranked: each sign's weight as shipped, and as reviewers have moved it."""
    with _services() as services:
        typer.echo(services.own_weights.as_text())


@notes_app.command("index")
def notes_index(folder: Annotated[Path, typer.Argument(help="Folder of Markdown files.")]) -> None:
    """Take architecture notes in, split by heading; notes that are gone are dropped."""
    from triage.knowledge_in import index_notes

    with _services() as services:
        typer.echo(index_notes(services.knowledge, must_exist(folder)))


@map_app.command("init")
def map_init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("product_map.md"),
) -> None:
    """Write a product map template with examples."""
    from triage.product_map import map_template

    if file.exists():
        raise BadInput(f"{file} exists already.", "Name another file or move it away.")
    try:
        file.write_text(map_template(), encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{file} cannot be written: {error.strerror}.", "Name another file.") from error
    typer.echo(f"Wrote {file}. Replace the examples by your own lines, then run `triage map check {file}`.")


@map_app.command("check")
def map_check(file: Annotated[Path, typer.Argument(help="The map.")] = Path("product_map.md")) -> None:
    """Say what is thin in a product map; exit 1 when something is."""
    from triage.product_map import check_map, read_map

    parsed = read_map(must_exist(file))
    thin = check_map(parsed)
    typer.echo("\n".join(thin) if thin else f"{len(parsed.parts)} lines, nothing thin.")
    raise typer.Exit(1 if thin else 0)


@app.command()
def reindex() -> None:
    """Rebuild the vector index from the database. Stop `serve` and `worker` first."""
    from rich.progress import Progress

    from triage.retrieval.indexing import reindex as rebuild

    with _services(worker=True) as services, Progress() as bar:
        task = bar.add_task("Indexing", total=None)
        rebuild(
            services.knowledge,
            services.index,
            services.encoder,
            lambda done, total: bar.update(task, completed=done, total=total),
        )


@app.command()
def doctor(
    catalogue: Annotated[
        Path | None, typer.Option(help="Check only the hidden-work catalogue in this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say what is wrong with this installation and what to do; exit 1 when there is a problem."""
    from triage import doctor as checks

    must_exist(catalogue)
    findings = checks.examine(catalogue)
    typer.echo(checks.as_json(findings) if as_json else checks.as_text(findings))
    raise typer.Exit(1 if checks.failed(findings) else 0)


# --- people -------------------------------------------------------------------------------------


@user_app.command("add")
def user_add(
    address: Annotated[str, typer.Argument(help="Mail address.")],
    name: Annotated[str, typer.Option(help="Shown to others.")] = "",
    role: Annotated[Role, typer.Option(help="What this person may do.")] = Role.SUBMITTER,
) -> None:
    """Add a person, or change one, and print a one-time sign-in link."""
    from triage.domain import Person

    _must_be_address(address)
    with _services() as services:
        services.people.add(Person(address=address.lower(), name=name, role=role))
        typer.echo(_sign_in_link(services, address))


@user_app.command("link")
def user_link(address: Annotated[str, typer.Argument(help="Mail address.")]) -> None:
    """Print a fresh one-time sign-in link for somebody who was added before."""
    with _services() as services:
        typer.echo(_sign_in_link(services, address))


@user_app.command("route")
def user_route(
    reviewer: Annotated[str, typer.Argument(help="Address of the one reviewer.")],
    area: Annotated[str, typer.Option(help="Product area; empty: everything without a row of its own.")] = "",
    deputy: Annotated[str, typer.Option(help="Who takes over when the reviewer is away.")] = "",
) -> None:
    """Name the one reviewer of a product area, and the deputy (P3)."""
    with _services() as services:
        for address in filter(None, (reviewer, deputy)):
            _must_be_reviewer(services, address)
        services.people.route(area, reviewer.lower(), deputy.lower())
    typer.echo(f"{area or 'Everything else'} goes to {reviewer}{f', deputy {deputy}' if deputy else ''}.")


@user_app.command("away")
def user_away(
    address: Annotated[str, typer.Argument(help="Mail address.")],
    back: Annotated[bool, typer.Option("--back", help="The person is back.")] = False,
) -> None:
    """Mark a reviewer as away: new requests go to the deputy."""
    with _services() as services:
        services.people.set_away(address.lower(), not back)
    typer.echo(f"{address} is {'back' if back else 'away'}.")


@token_app.command("add")
def token_add(
    address: Annotated[str, typer.Argument(help="Whose rights the token has.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
) -> None:
    """Make a token for a program. It is shown once."""
    with _services() as services:
        typer.echo(services.people.add_token(address.lower(), name))


def _must_be_reviewer(services: Services, address: str) -> None:
    person = services.people.get(address)
    if person is None or person.role is Role.SUBMITTER:
        raise NotFound(
            f"{address} is no reviewer here.", f"Add them with: triage user add {address} --role reviewer"
        )


def _sign_in_link(services: Services, address: str) -> str:
    from triage.serving import LINK_VALID, known_address

    token = services.people.issue_link(address, LINK_VALID)
    return f"{known_address(services.settings)}/sign-in?token={token}"


# --- shared -------------------------------------------------------------------------------------


class _services:
    """Services for one command, closed afterwards."""

    def __init__(self, *, worker: bool = False) -> None:
        self._worker = worker

    def __enter__(self) -> Services:
        from triage.bootstrap import open_services

        self._opened = open_services(load_settings(), worker=self._worker)
        return self._opened

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def _read_request(file: str, settings: Settings) -> Request:
    from triage.attachments.reading import with_file_words
    from triage.intake.plain import request_from_file

    raw = _read_bytes(file)
    return with_file_words(request_from_file(raw, own_domains=settings.own_domains), raw)


def _read_bytes(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return must_exist(Path(file)).read_bytes()
    except OSError as error:
        raise BadFile(f"{file} cannot be read: {error.strerror}.", "Name a mail or a text file.") from error


def _must_be_address(address: str) -> None:
    if "@" not in address.strip("@"):
        raise BadInput(f"{address} is not a mail address.", "Give one like ada@example.com.")


def _sentence(error: TriageError) -> str:
    at = f"line {error.line}" if isinstance(error, BadFile) and error.line else ""
    line = f" ({at})" if at and at not in error.message else ""
    return f"{error.message}{line}{' ' + error.remedy if error.remedy else ''}"


if __name__ == "__main__":
    main()
