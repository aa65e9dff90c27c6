"""Closed requests of the service's own database as evaluation cases, pseudonymised
(`ended.py` says what becomes a label). Nothing is written while an original is left in it."""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from evals.exporting.ended import Ended, case_row
from evals.exporting.names import WORD, Known, addressed, domain_label, fold, named_in
from evals.exporting.pseudonyms import Pseudonyms
from evals.inputs.case_rows import CaseRow
from triage.content import content_dir
from triage.domain import PastRequest, RequestRecord, Status
from triage.errors import BadFile, BadInput
from triage.records.knowledge import KnowledgeStore
from triage.records.people import People
from triage.records.store import Store
from triage.settings import Settings

KEY_FILE = "pseudonyms.key"
SHOWN = 40  # words that nobody vouches for

_PAGE = 500
_OVER = (Status.ANSWERED, Status.CLOSED)
_NO_TEXT = {"id", "source", "opened", "closed", "surfaced", "category", "irrelevant", "fate"}
_WHOLE = {"customer": "firm", "sender": "person"}  # fields that are nothing but a name
_COMMON_TEXT = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday company
jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun hello dear eur usd gbp
"""


class Records(Protocol):
    """What an export reads of `triage.bootstrap.Services`."""

    settings: Settings
    store: Store
    people: People
    knowledge: KnowledgeStore


@dataclass
class Exported:
    """What an export did: cases written, requests left out by reason, and words to look at."""

    cases: int = 0
    small: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unvouched: list[str] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)


def export(
    services: Records, since: date, out: Path, *, product: str = "", hide: Sequence[str] = ()
) -> Exported:
    """Write what ended of the requests received from `since` on to `out`, earliest first; nothing when there
    is none.

    Raises:
        BadInput: an original could not be removed; nothing was written then.
        BadFile: `out` cannot be written.
    """
    told = Exported()
    ended = sorted(_ended(services, since, told.left_out), key=lambda one: one.record.request.received)
    pseudonyms = Pseudonyms(
        pseudonym_key(services.settings.data_dir), _known(services), _ordinary(ended), hide
    )
    rows = [_hidden(case_row(one, product), pseudonyms) for one in ended]
    _check(rows, pseudonyms)
    if rows:
        _write(out, rows)
    told.cases, told.small = len(rows), sum(not row["hidden_work"] for row in rows)
    told.unvouched = [word for word, _ in pseudonyms.unvouched(list(_texts(rows))).most_common(SHOWN)]
    told.spared = sorted(pseudonyms.spared)
    return told


def pseudonym_key(data_dir: Path) -> bytes:
    """The key of this installation, made on first use; whoever has it can try names out. Raises BadFile."""
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise BadFile(
            f"The key {path} cannot be used.", "Check its rights, or delete it for a new one."
        ) from error


def _ended(services: Records, since: date, left_out: Counter[str]) -> Iterator[Ended]:
    for record in _records(services, _OVER):
        if record.request.received.date() < since:
            continue
        ended = _of(services, record)
        if ended.why_not:
            left_out[ended.why_not] += 1
        else:
            yield ended


def _records(services: Records, statuses: Sequence[Status]) -> Iterator[RequestRecord]:
    offset = 0
    while page := services.store.records(statuses=statuses, limit=_PAGE, offset=offset):
        yield from page
        offset += len(page)


def _of(services: Records, record: RequestRecord) -> Ended:
    key = record.request.id
    versions = services.store.drafts(key)
    written = [draft for draft in versions if draft.author == "ai"]
    final = [
        draft for draft in versions if draft.version == (record.approved_version or record.draft_version)
    ]
    closing = [event.detail for event in services.store.events(key) if event.kind == "closed"]
    return Ended(
        record=record,
        past=services.knowledge.past_requests([key]).get(key, PastRequest(id=key)),
        drafted=written[-1] if written else None,
        final=final[-1] if final else None,
        closing=closing[-1].removeprefix("closed it: ") if closing else "",
    )


def _known(services: Records) -> Known:
    """Of every request there is: those that are not exported name people who also occur in the others."""
    people = services.people.everyone()
    own = addressed("\n".join(person.address for person in people))
    customers = [past.customer for past in services.knowledge.all_past(limit=100_000)]
    domains = [domain_label(domain).replace("-", " ") for domain in services.settings.own_domains]
    known = own | Known.of([person.name for person in people], [*customers, *domains])
    for record in _records(services, tuple(Status)):
        known |= named_in(record.request)
    return known


def _ordinary(ended: Iterable[Ended]) -> frozenset[str]:
    """Words that are no name on their own: of the shipped catalogue, or written small by two customers."""
    users: dict[str, set[str]] = defaultdict(set)
    for one in ended:
        request = one.record.request
        for word in _small(request.text()):
            users[word].add(request.customer or request.id)
    folder = content_dir("knowledge") / "hidden_work"
    shipped = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yaml")))
    common = {word for word, names in users.items() if len(names) > 1}
    return frozenset(common | _small(shipped) | set(_COMMON_TEXT.split()))


def _small(text: str) -> set[str]:
    return {fold(word) for word in WORD.findall(text) if word.islower()}


def _hidden(value: Any, pseudonyms: Pseudonyms) -> Any:
    """The same with every text in it pseudonymised."""
    if isinstance(value, dict):
        return {key: _hidden_field(key, each, pseudonyms) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, pseudonyms) for each in value]
    return pseudonyms.of(value) if type(value) is str else value


def _hidden_field(key: str, value: Any, pseudonyms: Pseudonyms) -> Any:
    if key in _NO_TEXT:
        return value
    if key in _WHOLE and value:
        return pseudonyms.whole(_WHOLE[key], value)
    return _hidden(value, pseudonyms)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from () if key in _NO_TEXT else _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif type(value) is str:
        yield value


def _check(rows: Sequence[dict[str, Any]], pseudonyms: Pseudonyms) -> None:
    """Nothing of the originals may be left, and every line must be a case."""
    for row in rows:
        left = sorted({word for text in _texts(row) for word in pseudonyms.left(text)})
        if left:
            raise BadInput(
                f"In {row['id']} {', '.join(left[:5])} could not be removed; nothing was written.",
                "Name it whole with --hide, and report it: the export should have done it.",
            )
        CaseRow.model_validate(row)


def _write(out: Path, rows: Iterable[dict[str, Any]]) -> None:
    fresh = out.with_name(f".{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(out)
    except OSError as error:
        raise BadFile(f"{out} cannot be written: {error.strerror}.", "Name another file.") from error
