"""Past requests and slipped promises, read from the files a team can produce.

Three forms are understood: JSON lines and CSV with the columns of `PastRequest`, and the form in which
evaluation cases are kept (`request` and `hidden_work` inside each line).
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from triage.domain import PastRequest, Surprise, TShirt, Verdict
from triage.errors import BadFile

MAX_BYTES = 200_000_000
MAX_FIELD = 1_000_000  # characters of one line or cell
MAX_DAYS = 1_000.0  # engineer-days; about five years of one person

# One figure for a label, in engineer-days: the geometric middle of its band in P8, the open end at 60.
DAYS_OF_LABEL = {TShirt.XS: 0.3, TShirt.S: 1.2, TShirt.M: 5.5, TShirt.L: 20.0, TShirt.XL: 60.0}

_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ].*)?")
_SURPRISE_LINE = re.compile(
    r"\s*(?P<category>\w+)\s*:\s*(?P<question>.+?)\s*(?:\[(?P<surfaced>[\d-]+)\]\s*)?"
)


@dataclass(frozen=True)
class SlippedPromise:
    """A promise that was not kept (P27)."""

    promised: str
    who_said_yes: str
    what_blocked: str
    when_known: str  # ISO date or year-month, empty when nobody remembers


def read_history(path: Path) -> list[PastRequest]:
    """Read past requests from JSON lines, CSV or evaluation cases, in the order of the file.

    `kinds` may be a list or "a; b"; a CSV cell of `surprises` a JSON list or lines
    "category: question [2025-03]". Columns that nobody knows are ignored, misspelt ones are not.

    Raises:
        BadFile: with the line and what was expected there.
    """
    text = _read_text(path)
    rows = _csv_rows(path, text) if _is_csv(path, text) else _json_rows(path, text)
    past: list[PastRequest] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        request = _past_request(path, line, row)
        if request.id in lines:
            what = f'the id "{request.id}" is already used in line {lines[request.id]}'
            raise _bad(path, line, what, "Give every request an id of its own.")
        lines[request.id] = line
        past.append(request)
    if not past:
        raise BadFile(
            f"{path.name} holds no past request.", "One JSON object a line, or a CSV with a header."
        )
    return past


def read_slips(path: Path) -> list[SlippedPromise]:
    """Read slipped promises from a CSV with the columns promised, who_said_yes, what_blocked, when_known.

    Raises:
        BadFile: with the line and what was expected there.
    """
    slips = []
    for line, row in _csv_rows(path, _read_text(path)):
        try:
            slips.append(SlippedPromise(**_SlipRow.model_validate(row).model_dump()))
        except ValidationError as error:
            raise _bad(path, line, _reason(error)) from error
    if not slips:
        raise BadFile(
            f"{path.name} holds no slipped promise.", f"Columns: {', '.join(_SlipRow.model_fields)}."
        )
    return slips


# --- what a row may hold -------------------------------------------------------------------------


def _day(text: str) -> str:
    """ISO date or year-month; a time of day is cut off."""
    match = _DAY.fullmatch(text.strip())
    if not text.strip():
        return ""
    try:
        if match:
            date(int(match[1]), int(match[2]), int(match[3] or 1))
            return "-".join(part for part in match.groups() if part)
    except ValueError:
        pass
    raise ValueError(f'"{text[:40]}" is no date; write 2025-03 or 2025-03-17')


def _empty_for_none(value: Any) -> Any:
    return "" if value is None else value


def _filled(text: str) -> str:
    if not text:
        raise ValueError("is missing")
    return text


_Text = Annotated[str, BeforeValidator(_empty_for_none), AfterValidator(str.strip)]
_Day = Annotated[_Text, AfterValidator(_day)]
_Filled = Annotated[_Text, AfterValidator(_filled)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _SlipRow(_Row):
    promised: _Filled
    who_said_yes: _Text = ""
    what_blocked: _Text = ""
    when_known: _Day = ""


class _SurpriseRow(_Row):
    category: _Text
    question: _Filled
    evidence: _Text = ""
    surfaced: _Day = ""

    def surprise(self) -> Surprise:
        return Surprise.model_validate({**self.model_dump(), "category": self.category.lower()})


class _PastRow(_Row):
    id: Annotated[_Filled, Field(max_length=200)]
    opened: _Day = ""
    closed: _Day = ""
    customer: _Text = ""
    product_area: _Text = ""
    subject: _Text = ""
    body: _Text = ""
    kinds: tuple[str, ...] = ()
    size_days: float | None = None
    verdict: Verdict | None = None
    outcome: _Text = ""
    surprises: tuple[_SurpriseRow, ...] = ()

    @field_validator("kinds", mode="before")
    @classmethod
    def _split_kinds(cls, value: Any) -> Any:
        parts = re.split(r"[;,|\s]+", value) if isinstance(value, str) else value or ()
        return [part for part in parts if part]

    @field_validator("size_days", mode="before")
    @classmethod
    def _plausible_size(cls, value: Any) -> float | None:
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        days = _number(value)
        if days <= 0:
            raise ValueError(f"{days:g} engineer-days cannot be; leave it empty when nothing was built")
        if days > MAX_DAYS:
            raise ValueError(f"{days:g} engineer-days is more than {MAX_DAYS:g}; is it in hours or minutes?")
        return days

    @field_validator("verdict", mode="before")
    @classmethod
    def _spelling(cls, value: Any) -> Any:
        return (re.sub(r"[\s,-]+", "_", value.strip().lower()) or None) if isinstance(value, str) else value

    @field_validator("surprises", mode="before")
    @classmethod
    def _surprises_cell(cls, value: Any) -> Any:
        return _surprises_from_cell(value) if isinstance(value, str) else value or ()

    @model_validator(mode="after")
    def _makes_sense(self) -> _PastRow:
        if not (self.subject or self.body):
            raise ValueError("it has neither subject nor body")
        shorter = min(len(self.opened), len(self.closed))
        if self.closed[:shorter] < self.opened[:shorter]:
            raise ValueError(f"closed ({self.closed}) is before opened ({self.opened})")
        return self

    def past(self) -> PastRequest:
        surprises = tuple(row.surprise() for row in self.surprises)
        return PastRequest.model_validate({**self.model_dump(exclude={"surprises"}), "surprises": surprises})


def _number(value: Any) -> float:
    text = str(value).strip().replace(",", ".")
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text.lower()):
        raise ValueError(f'"{str(value)[:40]}" is no number of engineer-days such as 0.5 or 12')
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number of engineer-days is not finite")
    return number


def _surprises_from_cell(cell: str) -> list[Any]:
    if cell.lstrip().startswith("["):
        try:
            return list(json.loads(cell))
        except ValueError as error:
            raise ValueError(f"the cell begins like a JSON list but is none ({error})") from error
    lines = [line for line in re.split(r"\n| \| ", cell) if line.strip()]
    matches = [_SURPRISE_LINE.fullmatch(line) for line in lines]
    if None in matches:
        raise ValueError(f'"{lines[matches.index(None)][:60]}" is not of the form "category: question"')
    return [match.groupdict() for match in matches if match]


# --- from file to rows ---------------------------------------------------------------------------


def _past_request(path: Path, line: int, row: dict[str, Any]) -> PastRequest:
    row = _from_case(path, line, row) if isinstance(row.get("request"), dict) else row
    known = list(_PastRow.model_fields)
    for name in row.keys() - set(known):
        if close := get_close_matches(name.lower().strip(), known, 1, cutoff=0.7):
            raise _bad(path, line, f'"{name}" is no column', f'Did you mean "{close[0]}"?')
    try:
        return _PastRow.model_validate(row).past()
    except ValidationError as error:
        raise _bad(path, line, _reason(error)) from error


def _from_case(path: Path, line: int, case: dict[str, Any]) -> dict[str, Any]:
    """The columns of an evaluation case; its T-shirt size becomes `DAYS_OF_LABEL`."""
    ended = case.get("outcome") or {}
    if not isinstance(ended, dict):
        raise _bad(path, line, "the outcome of a case is an object with shipped, size and basis")
    size = ended.get("size")
    if size is not None and size not in set(TShirt):
        raise _bad(path, line, f'"{size}" is no size', "Use XS, S, M, L, XL or null.")
    shipped = {"True": "shipped", "False": "not shipped"}.get(str(ended.get("shipped")), "")
    return {
        "id": case.get("id"),
        "opened": case.get("opened"),
        "subject": case["request"].get("subject"),
        "body": case["request"].get("body"),
        "size_days": DAYS_OF_LABEL[TShirt(size)] if size else None,
        "outcome": "; ".join(part for part in (shipped, str(ended.get("basis") or "")) if part),
        "surprises": case.get("hidden_work") or [],
    }


def _is_csv(path: Path, text: str) -> bool:
    if path.suffix.lower() in (".csv", ".tsv"):
        return True
    return path.suffix.lower() not in (".jsonl", ".ndjson", ".json") and not text.lstrip().startswith(
        ("{", "[")
    )


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    expected = "Expected one JSON object a line, with at least id and subject or body."
    for line, source in enumerate(text.split("\n"), start=1):
        if not source.strip():
            continue
        if len(source) > MAX_FIELD:
            raise _bad(path, line, f"it is longer than {MAX_FIELD:,} characters")
        try:
            row = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise _bad(path, line, f"it is no JSON ({error})", expected) from error
        if not isinstance(row, dict):
            raise _bad(path, line, "it is no JSON object", expected)
        yield line, row


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 2
    try:
        for row in reader:
            if None in row:
                raise _bad(
                    path, line, "it has more cells than the header", 'Put text with commas in "quotes".'
                )
            yield line, {name.strip().lower(): value for name, value in row.items()}
            line = reader.line_num + 1
    except csv.Error as error:
        raise _bad(path, line, f"it is no CSV ({error})", "Check its quotation marks.") from error


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadFile(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB.", "Split it.")
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.", "Check name and rights.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _bad(path, line, "it is not UTF-8 text", "Save the file as UTF-8.") from error


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _bad(path: Path, line: int, what: str, remedy: str = "Correct the line and import again.") -> BadFile:
    return BadFile(f"{path.name}, line {line}: {what}.", remedy, line)
