"""`triage doctor`: what is wrong with this installation, and what to do.

A check is a function that yields findings; a new one becomes a line in CHECKS. An error of ours that a
check runs into is a finding too. Nothing is written, and no service has to be stopped.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from triage.errors import SetupError, TriageError
from triage.settings import Settings, load_settings, secret_names

if TYPE_CHECKING:
    import numpy as np

    from triage.ports import Encoder

_NO_SETTINGS = {"TRIAGE_TOKEN", *(f"TRIAGE_{name.upper()}_FILE" for name in secret_names())}
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?(TRIAGE_\w+)\s*=", re.MULTILINE)


class Severity(StrEnum):
    """How bad a finding is. Only a problem makes the command end with 1."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    severity: Severity
    what: str
    remedy: str = ""
    place: str = ""  # file:line, where there is one
    check: str = ""  # filled by `examine`


@dataclass(frozen=True)
class Check:
    """A name and what looks. `of_catalogue`: needs nothing but the catalogue."""

    name: str
    look: Callable[[Settings], Iterator[Finding]]
    of_catalogue: bool = False


def examine(catalogue: Path | None = None) -> list[Finding]:
    """The findings of all checks; with a folder those about this catalogue alone."""
    try:
        settings = load_settings(**({"catalogue_dir": catalogue} if catalogue else {}))
    except TriageError as error:
        return [Finding(Severity.PROBLEM, error.message, error.remedy, check="settings")]
    except UnicodeDecodeError:
        return [Finding(Severity.PROBLEM, ".env is not UTF-8 text.", "Save it as UTF-8.", check="settings")]
    checks = [check for check in CHECKS if check.of_catalogue or not catalogue]
    return [replace(found, check=check.name) for check in checks for found in _findings(check, settings)]


def failed(findings: Sequence[Finding]) -> bool:
    """True when there is a problem."""
    return any(finding.severity is Severity.PROBLEM for finding in findings)


def as_text(findings: Sequence[Finding]) -> str:
    """A line for each finding, and the sum."""
    lines, before = [], ""
    for found in findings:
        said = " ".join(filter(None, [f"{found.place}:" if found.place else "", found.what, found.remedy]))
        lines.append(f"{found.check if found.check != before else '':<12} {found.severity:<8} {said}")
        before = found.check
    return "\n".join([*lines, _sum(findings)])


def as_json(findings: Sequence[Finding]) -> str:
    """The same for programs."""
    counts = {f"{name}s": _count(findings, name) for name in (Severity.PROBLEM, Severity.WARNING)}
    return json.dumps({**counts, "findings": list(map(asdict, findings))}, ensure_ascii=False, indent=2)


def _findings(check: Check, settings: Settings) -> Iterator[Finding]:
    try:
        yield from check.look(settings)
    except TriageError as error:
        yield Finding(Severity.PROBLEM, error.message, error.remedy)


def _sum(findings: Sequence[Finding]) -> str:
    counts = {name: _count(findings, name) for name in (Severity.PROBLEM, Severity.WARNING)}
    said = ", ".join(_plural(count, name) for name, count in counts.items() if count)
    return f"{said}." if said else "Nothing is wrong."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _count(findings: Sequence[Finding], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)


# --- the checks ---------------------------------------------------------------------------------


def _settings(settings: Settings) -> Iterator[Finding]:
    known = {f"TRIAGE_{name}".upper() for name in Settings.model_fields} | _NO_SETTINGS
    named = {name for name in _variables() if not name.startswith("TRIAGE_TEST_")}
    for name in sorted(named - known):
        alike = difflib.get_close_matches(name, known, n=1)
        remedy = f"Did you mean {alike[0]}?" if alike else ".env.example lists every setting."
        yield Finding(Severity.WARNING, f"{name} is no setting and has no effect.", remedy)
    given, analyst = len(named & known), settings.model if settings.uses_model else "the catalogue"
    if analyst:
        yield Finding(Severity.OK, f"{_plural(given, 'setting')} given; drafts by {analyst}.")
    else:
        what = "TRIAGE_ANALYST is llm but TRIAGE_MODEL is empty."
        yield Finding(Severity.PROBLEM, what, "Name a model, or use the catalogue.")


def _variables() -> set[str]:
    """Names of ours in the environment and in .env, upper case."""
    names = {name.upper() for name in os.environ}
    env = Path(str(Settings.model_config.get("env_file")))
    if env.is_file():
        names |= {name.upper() for name in _ASSIGNMENT.findall(env.read_text(encoding="utf-8"))}
    return {name for name in names if name.startswith("TRIAGE_")}


def _catalogue(settings: Settings) -> Iterator[Finding]:
    from triage.catalogue import check_catalogue, load_catalogue

    problems = check_catalogue(settings.catalogue_dir)
    for problem in problems:
        yield Finding(Severity.PROBLEM, f"{problem.what}.", problem.remedy, problem.place)
    if not problems:
        read = load_catalogue(settings.catalogue_dir)
        whose = settings.catalogue_dir or "the shipped one"
        said = f"{_plural(len(read.kinds), 'kind')} of change, {_plural(len(read.questions), 'question')}"
        yield Finding(Severity.OK, f"{said} in {whose}.")


def _vectors(settings: Settings) -> Iterator[Finding]:
    """The shipped catalogue's must be in the shipped file; for one of our own the cache will do."""
    from triage.analysts.vectors import shipped_file
    from triage.bootstrap import open_encoder
    from triage.catalogue import load_catalogue

    try:
        texts = load_catalogue(settings.catalogue_dir).texts()
    except TriageError:
        return  # the check before this one says it
    encoder = open_encoder(settings)
    ships = settings.catalogue_dir is None and shipped_file(encoder).is_file()
    if lacking := _lacking(texts, encoder, cache=Path(os.devnull) if ships else None):
        what = f"{len(lacking)} of {len(texts)} texts have no vector yet, such as “{lacking[0]}”."
        remedy = (
            "`python scripts/catalogue_vectors.py` ships them." if ships else "The next draft keeps them."
        )
        yield Finding(Severity.WARNING, what, f"{remedy} Until then drafting starts more slowly.")
    else:
        yield Finding(Severity.OK, f"{len(texts)} texts of the catalogue, each with its vector.")


def _lacking(texts: Sequence[str], encoder: Encoder, cache: Path | None) -> list[str]:
    """Texts without a vector; none is computed."""
    from triage.analysts.vectors import CatalogueVectors

    try:
        CatalogueVectors(_Unasked(encoder), cache=cache).of(texts)
    except _Asked as asked:
        return asked.texts
    return []


class _Asked(Exception):
    """Somebody wanted these texts encoded."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.texts = texts


class _Unasked:
    """Has the name and the dimension of an encoder and computes nothing: whoever asks is told so."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        raise _Asked(list(texts))


def _weights(settings: Settings) -> Iterator[Finding]:
    from triage.analysts import kinds, reading, relevance
    from triage.analysts.weights import load_weights
    from triage.content import content_dir
    from triage.retrieval.signs import SIGNS

    expected: dict[str, tuple[str, ...]] = {
        "kinds": kinds.FEATURES,
        "small": reading.SMALL_FEATURES,
        "irrelevant": relevance.RELEVANCE_FEATURES,
        "similar": SIGNS,
    }
    shipped = {path.stem for path in (content_dir("knowledge") / "weights").glob("*.json")}
    for name in sorted(shipped | expected.keys()):
        model = load_weights(name)
        numbers = [*model.weights, model.intercept]
        if (
            model.features != expected.get(name, model.features)
            or len(model.features) != len(model.weights)
            or not all(map(math.isfinite, numbers))
        ):
            what = f"The weights {name} do not fit this version."
            remedy = "Install request-triage again, or fit them with `python -m evals.learning.training`."
            yield Finding(Severity.PROBLEM, what, remedy)
        else:
            yield Finding(Severity.OK, f"{name}: {len(model.features)} features.")


def _product_map(settings: Settings) -> Iterator[Finding]:
    from triage.bootstrap import product_map
    from triage.product_map import check_map

    folder = settings.knowledge_dir
    if folder is None:
        yield Finding(Severity.OK, "No knowledge folder is named (TRIAGE_KNOWLEDGE_DIR); it works without.")
        return
    path, parsed = folder / "product_map.md", product_map(folder)
    if parsed is None:
        yield Finding(
            Severity.WARNING, f"There is no {path}.", f"`triage map init {path}` writes a template."
        )
    elif thin := check_map(parsed):
        more = f" And {len(thin) - 1} more." if len(thin) > 1 else ""
        yield Finding(
            Severity.WARNING, f"{thin[0]}{more}", f"`triage map check {path}` says what is thin.", str(path)
        )
    else:
        yield Finding(Severity.OK, f"{len(parsed.parts)} lines, nothing thin.")


def _notes(settings: Settings) -> Iterator[Finding]:
    from triage.notes import read_notes

    folder = settings.knowledge_dir / "notes" if settings.knowledge_dir else None
    if folder is None or not folder.is_dir():
        yield Finding(Severity.OK, f"No folder {folder}." if folder else "No folder is named.")
    elif not any(path.suffix.lower() in (".md", ".markdown") for path in folder.rglob("*")):
        yield Finding(
            Severity.WARNING, f"{folder} holds no note.", "Notes are Markdown files and end in .md."
        )
    else:
        passages = read_notes(folder)
        files = len({passage.path for passage in passages})
        yield Finding(
            Severity.OK, f"{_plural(files, 'note')} with {_plural(len(passages), 'passage')} can be read."
        )


def _field_map(settings: Settings) -> Iterator[Finding]:
    from triage.intake.providers.mapping import MAPPED, check_field_map

    path = settings.field_map
    problems = check_field_map(path) if path else []
    for problem in problems:
        yield Finding(Severity.PROBLEM, f"{problem.what}.", problem.remedy, problem.place)
    if not problems:
        whose = f"{path} laid over the shipped one" if path else "the shipped one"
        yield Finding(Severity.OK, f"Fields of {', '.join(MAPPED[:-1])} and {MAPPED[-1]} by {whose}.")


def _clock(settings: Settings) -> Iterator[Finding]:
    from triage.clock.team_file import check_teams, read_teams

    problems = check_teams(settings)
    for problem in problems:
        yield Finding(Severity.PROBLEM, f"{problem.what}.", problem.remedy, problem.place)
    if not problems:
        teams = list(read_teams(settings))
        default = teams[0]
        place = default.calendar.public.place
        said = f"{default.target_hours:g} h in {default.calendar.zone.key}, " + (
            f"without the holidays of {place}" if place else "without public holidays"
        )
        others = f"; teams of their own: {', '.join(team.name for team in teams[1:])}" if teams[1:] else ""
        yield Finding(Severity.OK, f"An answer is due after {said}{others}.")


def _mail_in(settings: Settings) -> Iterator[Finding]:
    from triage.intake.listening import read_certificate, read_place

    listeners = (
        ("SMTP", settings.smtp_listen, "TRIAGE_SMTP_LISTEN", False),
        ("LMTP", settings.lmtp_listen, "TRIAGE_LMTP_LISTEN", True),
    )
    for name, text, setting, sockets in listeners:
        if text:
            place = read_place(text, setting, settings, sockets=sockets)
            yield Finding(Severity.OK, f"Mail is taken by {name} on {place} while the service runs.")
    if settings.smtp_listen:
        read_certificate(settings)
    if settings.imap_host:
        yield from _mailbox(settings)
    elif not settings.smtp_listen and not settings.lmtp_listen:
        yield Finding(Severity.OK, "No mailbox and no listener is named; mail comes in over HTTP alone.")


def _mailbox(settings: Settings) -> Iterator[Finding]:
    """Logs in as the service does, and changes nothing there."""
    from triage.intake.imap import Mailbox
    from triage.intake.polling import mailbox_name

    with Mailbox(settings, readonly=True) as mailbox:
        missing = mailbox.missing_folders()
        looked = _last_look(settings)
        yield Finding(Severity.OK, f"{mailbox_name(settings)} can be opened; the service {looked}.")
        for folder in missing:
            what = f"The folder “{folder}” is not there yet."
            yield Finding(Severity.WARNING, what, "The first mail that belongs there makes it.")


def _last_look(settings: Settings) -> str:
    from triage.intake.polling import last_look
    from triage.records.database import open_database
    from triage.records.store import Store

    if not settings.database_url and not (settings.data_dir / "triage.db").is_file():
        return "has not looked yet"
    engine = open_database(settings.sql_url)
    try:
        look = last_look(Store(engine))
    except Exception:  # a database that was not brought up to date yet: the next start does it
        look = None
    finally:
        engine.dispose()
    return look.said(datetime.now(UTC)) if look else "has not looked yet"


def _ways_out(settings: Settings) -> Iterator[Finding]:
    """The settings of every channel, and what did not arrive. Nothing is contacted."""
    from triage.outbox.channels import open_channels

    named = " and ".join(open_channels(settings).names)
    yield Finding(Severity.OK, f"Answers leave by {named}.")
    dead = _dead_letters(settings)
    if dead:
        remedy = f"Open {settings.base_url}/outbox?show=failed: it says why, and sends them again."
        yield Finding(Severity.WARNING, f"{_plural(dead, 'message')} did not arrive.", remedy)


def _dead_letters(settings: Settings) -> int:
    from triage.records.database import open_database
    from triage.records.outgoing import Outgoing

    if not settings.database_url and not (settings.data_dir / "triage.db").is_file():
        return 0
    engine = open_database(settings.sql_url)
    try:
        return Outgoing(engine).dead_letters()
    except Exception:  # a database that has no tables yet: the next start makes them
        return 0
    finally:
        engine.dispose()


def _ways_in(settings: Settings) -> Iterator[Finding]:
    """The secrets of the systems that may call this service. Nothing is contacted."""
    from triage.intake.providers.registry import TITLES, active, check_secrets

    names = active(settings)
    for name in names:
        try:
            check_secrets(name, settings)
        except SetupError as error:
            yield Finding(Severity.PROBLEM, error.message, error.remedy)
        else:
            yield Finding(Severity.OK, f"{TITLES[name]} may call {settings.base_url}/intake/{name}.")
    if not names:
        yield Finding(Severity.OK, "No other system may call; `triage intake list` shows which could.")
    elif urlsplit(settings.base_url).hostname in ("127.0.0.1", "localhost", "::1"):
        what = f"{settings.base_url} can be reached from this machine alone."
        yield Finding(Severity.WARNING, what, "Set TRIAGE_BASE_URL to the address that others use.")


CHECKS = (
    Check("settings", _settings),
    Check("clock", _clock),
    Check("catalogue", _catalogue, of_catalogue=True),
    Check("vectors", _vectors, of_catalogue=True),
    Check("weights", _weights),
    Check("product map", _product_map),
    Check("notes", _notes),
    Check("mail in", _mail_in),
    Check("ways in", _ways_in),
    Check("ways out", _ways_out),
    Check("field map", _field_map),
)
