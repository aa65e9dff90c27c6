"""Past requests and slipped promises, read from the files a team can produce.

Three forms are understood: JSON lines and CSV with the columns of `PastRequest`, and the form in which
evaluation cases are kept (`request` and `hidden_work` inside each line).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triage.domain import PastRequest, TShirt
from triage.errors import BadFile
from triage.history_rows import PastRow, SlipRow

MAX_BYTES = 200_000_000
MAX_FIELD = 1_000_000  # characters of one line or cell

# One figure for a label, in engineer-days: the geometric middle of its band in P8, the open end at 60.
DAYS_OF_LABEL = {TShirt.XS: 0.3, TShirt.S: 1.2, TShirt.M: 5.5, TShirt.L: 20.0, TShirt.XL: 60.0}


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
            slips.append(SlippedPromise(**SlipRow.model_validate(row).model_dump()))
        except ValidationError as error:
            raise _bad(path, line, _reason(error)) from error
    if not slips:
        raise BadFile(
            f"{path.name} holds no slipped promise.", f"Columns: {', '.join(SlipRow.model_fields)}."
        )
    return slips


def _past_request(path: Path, line: int, row: dict[str, Any]) -> PastRequest:
    row = _from_case(path, line, row) if isinstance(row.get("request"), dict) else row
    known = list(PastRow.model_fields)
    for name in row.keys() - set(known):
        if close := get_close_matches(name.lower().strip(), known, 1, cutoff=0.7):
            raise _bad(path, line, f'"{name}" is no column', f'Did you mean "{close[0]}"?')
    try:
        return PastRow.model_validate(row).past()
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
    if first["type"] == "enum":
        said = f'"{str(first["input"])[:40]}" is unknown; {said[:1].lower()}{said[1:]}'
    return f"{where}: {said}" if where else said


def _bad(path: Path, line: int, what: str, remedy: str = "Correct the line and import again.") -> BadFile:
    return BadFile(f"{path.name}, line {line}: {what}.", remedy, line)
