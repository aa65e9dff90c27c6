"""The configuration in force, for admins: every setting without its secrets, and what the service runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import SecretStr

from api.deps import AdminDep, ServicesDep
from api.templating import render
from triage import __version__
from triage.intake.polling import ago, last_look, mailbox_name
from triage.prompts import load_prompts
from triage.settings import Settings
from triage.worker_status import worker_status

if TYPE_CHECKING:
    from triage.bootstrap import Services

router = APIRouter(include_in_schema=False)

# Each group begins with this setting and goes on, in the order of `Settings`, to the next.
GROUPS = {
    "data_dir": "Where things live",
    "analyst": "The analyst",
    "embedding_model": "Retrieval",
    "team_domains": "The team",
    "undo_seconds": "The review",
    "reply_plus": "Mail in",
    "smtp_host": "Mail out",
    "webhook_out_url": "Other ways out",
    "concurrency": "The engine",
}
SECRET_NAME = re.compile(r"password|secret|token|api_key")
_LOGIN = re.compile(r"(?<=://)([^:/@]*)(:?).*@", re.DOTALL)
_SECRET_PARAMETER = re.compile(r"([?&;][^=&;]*(?:pass|pwd|secret|token|key|sig|auth)[^=&;]*=)[^&;]*", re.I)


@dataclass(frozen=True)
class Shown:
    """One line of the page."""

    name: str
    value: str  # empty: not set
    meaning: str = ""
    changed: bool = False  # it is not what it would be without configuration


@dataclass(frozen=True)
class Group:
    """Lines under one heading."""

    title: str
    lines: tuple[Shown, ...]


@router.get("/settings", response_model=None)
def page(request: Request, services: ServicesDep, person: AdminDep) -> Response:
    """What is configured and what it makes of the service."""
    return render(
        request,
        "library/settings.html",
        running=tuple(running(services)),
        groups=tuple(groups_of(services.settings)),
    )


def groups_of(settings: Settings) -> Iterator[Group]:
    """Every setting in the order of `Settings`, under the headings of GROUPS."""
    title, lines = "", list[Shown]()
    for name, field in Settings.model_fields.items():
        if name in GROUPS:
            if lines:
                yield Group(title, tuple(lines))
            title, lines = GROUPS[name], []
        value = getattr(settings, name)
        lines.append(
            Shown(
                f"TRIAGE_{name.upper()}", shown(name, value), field.description or "", value != field.default
            )
        )
    yield Group(title, tuple(lines))


def shown(name: str, value: Any) -> str:
    """A setting as it may be read: of a secret whether it is set, of a URL nothing that signs one in."""
    if isinstance(value, SecretStr) or SECRET_NAME.search(name):
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        return "set, not shown" if secret else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return masked(str(value)) if value is not None else ""


def masked(text: str) -> str:
    """`text` without passwords and keys, should it be a URL.

    Everything up to the last @ counts as the login, so that a password with odd characters stays inside.
    """
    if "://" not in text:
        return text
    is_database = text.startswith(("postgres", "sqlite"))
    bare = _LOGIN.sub(lambda found: _login(found, is_database=is_database), text)
    return _SECRET_PARAMETER.sub(r"\1***", bare)


def _login(found: re.Match[str], *, is_database: bool) -> str:
    """The user of a database may be read; elsewhere a lone user name is often a key."""
    user, has_password = found[1], bool(found[2])
    if not is_database:
        return "***@"
    return f"{user}:***@" if has_password else f"{user}@"


def running(services: Services) -> Iterator[Group]:
    """What the configuration has made of the service."""
    yield Group("In force", (*_analyst(services), *_texts(services)))
    yield Group("Records and index", (*_records(services), *_index(services)))
    if ways := tuple(_ways_in(services)):
        yield Group("Mail in now", ways)


def _analyst(services: Services) -> Iterator[Shown]:
    settings = services.settings
    with_model = "model, with the catalogue where it fails or the budget is spent"
    yield Shown("Version", __version__)
    yield Shown("Analyst", with_model if settings.uses_model else "catalogue, without a model")
    yield Shown("Model", settings.model if settings.uses_model else "")
    if settings.uses_model:
        yield Shown("Spent today", f"{services.store.spent_today():.2f} US dollars")


def _texts(services: Services) -> Iterator[Shown]:
    catalogue, prompts = services.catalogue, load_prompts()
    asks = f"{len(catalogue.kinds)} kinds of change, {len(catalogue.questions)} questions"
    yield Shown("Catalogue", f"{catalogue.digest[:12]} · {asks}")
    for prompt in (prompts.read, prompts.find_gaps, prompts.estimate, prompts.propose, prompts.repair):
        yield Shown(f"Prompt {prompt.name}", prompt.hash)


def _ways_in(services: Services) -> Iterator[Shown]:
    settings = services.settings
    if settings.imap_host:
        look = last_look(services.store)
        said = look.said(datetime.now(UTC)) if look else "not looked yet"
        yield Shown("Mailbox", f"{mailbox_name(settings)}: {said}")
        if look and look.last_mail:
            yield Shown("Last mail from it", ago(datetime.now(UTC) - look.last_mail))
    if settings.smtp_listen:
        yield Shown("SMTP", f"listens on {settings.smtp_listen}")
    if settings.lmtp_listen:
        yield Shown("LMTP", f"listens on {settings.lmtp_listen}")


def _records(services: Services) -> Iterator[Shown]:
    held = services.store.holdings()
    archived = f", {held.archived:,} archived" if held.archived else ""
    yield Shown("Database", f"{held.database} · {masked(services.settings.sql_url)}")
    yield Shown("Requests", f"{held.requests:,} with {held.drafts:,} versions of drafts")
    yield Shown("Past requests", f"{held.past:,}{archived}")
    yield Shown("Notes", f"{held.notes:,} with {held.passages:,} passages")
    yield Shown(
        "Waiting for the index", f"{held.pending:,}", "Applied within seconds while the service runs."
    )


def _index(services: Services) -> Iterator[Shown]:
    status = worker_status(services.store)
    loading = "" if status and status.loaded else ", still loading" if status else ""
    yield Shown("Embedding model", f"{services.encoder.name}{loading}")
    if status is None:
        yield Shown("Vector index", "no worker runs: nothing is drafted", "Start `triage worker`.")
    elif status.trouble:
        yield Shown("Vector index", f"cannot be used: {masked(status.trouble)}", status.remedy)
    elif not status.loaded:
        yield Shown("Vector index", "known once the embedding model is loaded")
    else:
        yield Shown("Vector index", f"{status.past:,} past requests, {status.notes:,} passages")
