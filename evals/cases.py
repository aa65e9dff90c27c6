"""Evaluation cases: real requests together with the work that turned out to be hidden behind them.

One JSON object a line:
    id, source, opened (year-month), product
    request       channel email|crm|form, from_role customer|sales|success, subject, body
    hidden_work   list of {category, question, evidence, surfaced (year-month, optional)}
    irrelevant    categories that make no sense for this request
    outcome       {shipped, size XS|S|M|L|XL or null, basis}

A line of history.jsonl (subject, body, surprises, size_days) is a case too: a company's own past.

A file is read whole or not at all: the first bad line stops it, with its number and what was expected.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from triage.domain import Category, Channel, FromRole, Frozen, Request, Surprise, TShirt
from triage.errors import BadFile

MAX_BYTES = 50_000_000

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


class Case(Frozen):
    """One request with its labels. `hidden` is a lower bound: it holds what was seen to surface."""

    id: str
    source: str = ""
    opened: str = ""  # year-month or ISO date; empty when unknown
    request: Request
    hidden: tuple[Surprise, ...] = ()
    irrelevant: tuple[Category, ...] = ()
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
    """Read a whole file of cases.

    Raises:
        BadFile: not readable, a broken line, an unknown category or a repeated id, with the line.
    """
    text = _read_text(path)
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
    return CaseFile(path.name, tuple(cases), hashlib.sha256(text.encode()).hexdigest())


def in_time_order(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Earliest first; cases of the same month keep the order of the file.

    Raises:
        BadFile: a case does not say when it was opened.
    """
    for case in cases:
        if not case.opened:
            raise BadFile(
                f"The case {case.id} has no `opened`, so it has no place in a stream.",
                "Give the month as 2025-03, or run without --stream.",
            )
    return tuple(sorted(cases, key=lambda case: case.opened[:7]))


def _month(text: str) -> str:
    if text and not _MONTH.fullmatch(text):
        raise ValueError(f'"{text[:40]}" is no month; write 2025-03')
    return text


_Month = Annotated[str, AfterValidator(_month)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _RequestRow(_Row):
    channel: Channel = Channel.EMAIL
    from_role: FromRole = FromRole.CUSTOMER
    subject: str = ""
    body: str = Field(min_length=1)


class _HiddenRow(_Row):
    category: Category
    question: str = Field(min_length=1)
    evidence: str = ""
    surfaced: _Month = ""


class _OutcomeRow(_Row):
    shipped: bool | None = None
    size: TShirt | None = None


class _CaseRow(_Row):
    id: str = Field(min_length=1, max_length=200)
    source: str = ""
    opened: _Month = ""
    product: str = ""
    request: _RequestRow
    hidden_work: tuple[_HiddenRow, ...]
    irrelevant: tuple[Category, ...]
    outcome: _OutcomeRow = _OutcomeRow()

    def case(self) -> Case:
        asked = Request(id=self.id, product=self.product, received=_at(self.opened), **dict(self.request))
        return Case(
            id=self.id,
            source=self.source,
            opened=self.opened,
            request=asked,
            hidden=tuple(Surprise(**dict(row)) for row in self.hidden_work),
            irrelevant=self.irrelevant,
            shipped=self.outcome.shipped,
            size=self.outcome.size,
        )


def _case(path: Path, line: int, row: dict[str, Any]) -> Case:
    if "surprises" in row and "request" not in row:
        row = _from_history(row)
    try:
        return _CaseRow.model_validate(row).case()
    except ValidationError as error:
        raise _bad(path, line, _reason(error)) from error


def _from_history(row: dict[str, Any]) -> dict[str, Any]:
    """A line of history.jsonl as a case: the surprises are its labels, nothing is marked irrelevant."""
    days = row.get("size_days")
    return {
        "id": row.get("id", ""),
        "source": "history",
        "opened": row.get("opened", ""),
        "request": {"subject": row.get("subject", ""), "body": row.get("body", "")},
        "hidden_work": row["surprises"],
        "irrelevant": [],
        "outcome": {"size": TShirt.of(days) if isinstance(days, int | float) else None},
    }


def _at(opened: str) -> datetime:
    """The first moment of `opened`, so that the age of past requests does not depend on today."""
    if not opened:
        return datetime.now(UTC)
    year, month, day = (int(part) for part in f"{opened}-01".split("-")[:3])
    return datetime(year, month, min(day, 28), tzinfo=UTC)


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, source in enumerate(text.split("\n"), start=1):
        if not source.strip():
            continue
        try:
            row = json.loads(source)
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
