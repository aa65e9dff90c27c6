"""Evaluation cases: real requests together with the work that turned out to be hidden behind them.

One JSON object a line:
    id, source, opened (year-month or day), closed (likewise, optional), product
    request       channel email|crm|form, from_role customer|sales|success, subject, body; optional customer,
                  forwarder_note, already_said, thread (list of {sender, sent, text}, oldest first)
    hidden_work   list of {category, question, evidence, surfaced (year-month or day, optional)}
    irrelevant    categories that make no sense for this request
    promises      optional: list of {quote, by, date}, all that was already said to the customer, literally;
                  left out: not labelled; empty: nothing was promised
    outcome       {shipped, size XS|S|M|L|XL or null, basis}

A line of history.jsonl (subject, body, surprises, size_days) is a case too, and so is a row of a CSV with
its columns: a company's own past.

A file is read whole or not at all: the first bad line stops it, with its number and what was expected.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.inputs.case_rows import CaseRow, first_moment
from triage.domain import Category, Frozen, PastRequest, Promise, Request, Surprise, TShirt
from triage.errors import BadFile
from triage.history import read_history

MAX_BYTES = 50_000_000


class Case(Frozen):
    """One request with its labels. `hidden` is a lower bound: it holds what was seen to surface."""

    id: str
    source: str = ""
    opened: str = ""  # year-month or ISO date; empty when unknown
    closed: str = ""  # likewise: before it nobody knew the size
    request: Request
    hidden: tuple[Surprise, ...] = ()
    irrelevant: tuple[Category, ...] = ()
    promises: tuple[Promise, ...] | None = None  # None: nobody has looked for them
    shipped: bool | None = None
    size: TShirt | None = None

    @property
    def repository(self) -> str:
        """The project it comes from: what must be left out together when something is learned."""
        return self.source.split("#")[0] or self.id

    @property
    def small(self) -> bool:
        """True when nothing was hidden behind it."""
        return not self.hidden


@dataclass(frozen=True)
class CaseFile:
    """The cases of one file in its order, with the SHA-256 of the file."""

    name: str
    cases: tuple[Case, ...]
    digest: str


def read_cases(path: Path) -> CaseFile:
    """Read a whole file of cases: JSON lines, or a CSV with the columns of a history.

    Raises:
        BadFile: not readable, a broken line, an unknown category or a repeated id, with the line.
    """
    text = _read_text(path)
    cases = _from_table(path) if path.suffix.lower() in (".csv", ".tsv") else _from_lines(path, text)
    return CaseFile(path.name, tuple(cases), hashlib.sha256(text.encode()).hexdigest())


def in_time_order(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Earliest first; cases of the same day, or of the same month without a day, keep the order of the file.

    One that names only its month goes before those of that month that name a day.

    Raises:
        BadFile: a case does not say when it was opened.
    """
    for case in cases:
        if not case.opened:
            raise BadFile(
                f"The case {case.id} has no `opened`, so it has no place in a stream.",
                "Give the month as 2025-03, or run without --stream.",
            )
    return tuple(sorted(cases, key=lambda case: case.opened))


def _from_lines(path: Path, text: str) -> list[Case]:
    lines: dict[str, int] = {}
    cases = []
    for line, row in _rows(path, text):
        case = _case(path, line, row)
        if case.id in lines:
            raise _bad(path, line, f'the id "{case.id}" is already used in line {lines[case.id]}')
        lines[case.id] = line
        cases.append(case)
    if not cases:
        raise BadFile(f"{path.name} holds no case.", "Give one JSON object a line.")
    return cases


def _case(path: Path, line: int, row: dict[str, Any]) -> Case:
    if "surprises" in row and "request" not in row:
        row = _from_history(row)
    try:
        checked = CaseRow.model_validate(row)
    except ValidationError as error:
        raise _bad(path, line, _reason(error)) from error
    return Case(id=checked.id, request=checked.asked(), **checked.labels())


def _from_history(row: dict[str, Any]) -> dict[str, Any]:
    """A line of history.jsonl as a case: the surprises are its labels, nothing is marked irrelevant."""
    days = row.get("size_days")
    return {
        "id": row.get("id", ""),
        "source": "history",
        "opened": row.get("opened") or "",
        "closed": row.get("closed") or "",
        "request": {"subject": row.get("subject") or "", "body": row.get("body") or row.get("subject")},
        "hidden_work": row["surprises"],
        "irrelevant": [],
        "outcome": {"size": TShirt.of(days) if isinstance(days, int | float) else None},
    }


def _from_table(path: Path) -> list[Case]:
    try:
        return [_of_past(past) for past in read_history(path)]
    except BadFile as error:
        remedy = "Correct it and run again; nothing was run. docs/knowledge.md shows the columns."
        raise BadFile(error.message, remedy, error.line) from error


def _of_past(past: PastRequest) -> Case:
    asked = Request(id=past.id, subject=past.subject, body=past.body, received=first_moment(past.opened))
    return Case(
        id=past.id,
        source="history",
        opened=past.opened,
        closed=past.closed,
        request=asked,
        hidden=past.surprises,
        size=TShirt.of(past.size_days) if past.size_days is not None else None,
    )


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, source in enumerate(text.split("\n"), start=1):
        if not source.strip():
            continue
        try:
            row = json.loads(source)
        except json.JSONDecodeError as error:
            raise _bad(path, line, f"it is no JSON: {error.msg} at character {error.colno}") from error
        except (ValueError, RecursionError) as error:
            raise _bad(path, line, f"it is no JSON ({error})") from error
        if not isinstance(row, dict):
            raise _bad(path, line, "it is no JSON object")
        yield line, row


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadFile(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB.", "Split it.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.", "Check name and rights.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not UTF-8 text.", "Save the file as UTF-8.") from error


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "enum":
        what = f'"{str(first["input"])[:40]}" is unknown; {what[:1].lower()}{what[1:]}'
    return f"{where}: {what}" if where else what


def _bad(path: Path, line: int, what: str) -> BadFile:
    remedy = "Each line needs id, request (with body), hidden_work and irrelevant; nothing was run."
    return BadFile(f"{path.name}, line {line}: {what}.", remedy, line)
