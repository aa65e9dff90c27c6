"""`triage intake`: which ways in are open, and an example through one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from triage.errors import BadInput
from triage.settings import load_settings

intake_app = typer.Typer(help="Ways in from other systems.", no_args_is_help=True)


@intake_app.command("list")
def intake_list() -> None:
    """Which systems may call this service, and the setting that switches each on."""
    from triage.intake.providers.registry import TITLES, secrets_of, setting_of

    settings = load_settings()
    typer.echo(f"They call {settings.base_url}/intake/NAME; docs/providers/NAME.md shows how to set each up.")
    for name in TITLES:
        count = len(secrets_of(name, settings))
        state = "open" if count == 1 else f"open, {count} secrets" if count else "off"
        typer.echo(f"{name:<12}{state:<18}{setting_of(name)}")


@intake_app.command("example")
def intake_example(
    provider: Annotated[str, typer.Argument(help="The way in, by its name in `triage intake list`.")],
    url: Annotated[str, typer.Option(help="The running service; otherwise TRIAGE_BASE_URL.")] = "",
    secret: Annotated[
        str, typer.Option(help="Signs the example; otherwise the secret in the settings here.")
    ] = "",
) -> None:
    """Send a signed example into the running service and print what came back: a request in the inbox means
    that the way in works. Exit 1 when the service refused it."""
    from triage.intake.providers.examples import send, signed_example
    from triage.intake.providers.registry import TITLES, secrets_of

    settings = load_settings()
    if provider not in TITLES:
        raise BadInput(f"There is no way in called {provider!r}.", f"Known are {', '.join(TITLES)}.")
    secret = secret or next(iter(secrets_of(provider, settings)), "")
    address = f"{(url or settings.base_url).rstrip('/')}/intake/{provider}"
    reply = send(signed_example(provider, secret, address, datetime.now(UTC)), address)
    typer.echo(f"{address} answered {reply.status}:\n{reply.text}")
    raise typer.Exit(0 if 200 <= reply.status < 300 else 1)
