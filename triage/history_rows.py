"""What one row of a history or slips file may hold, checked before it becomes a domain type."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from triage.domain import PastRequest, Surprise, Verdict

MAX_DAYS = 1_000.0  # engineer-days; about five years of one person

_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ].*)?")
_SURFACED = re.compile(r"\[([\d-]{4,10})\]$")


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


def _yes_or_no(value: Any) -> Any:
    """An empty cell is no; pydantic understands true, yes, 1 and their opposites."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return False
    return value.strip() if isinstance(value, str) else value


def _filled(text: str) -> str:
    if not text:
        raise ValueError("is missing")
    return text


_Text = Annotated[str, BeforeValidator(_empty_for_none), AfterValidator(str.strip)]
_Day = Annotated[_Text, AfterValidator(_day)]
_Filled = Annotated[_Text, AfterValidator(_filled)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class SlipRow(_Row):
    """A slipped promise (P27)."""

    promised: _Filled
    who_said_yes: _Text = ""
    what_blocked: _Text = ""
    when_known: _Day = ""


class SurpriseRow(_Row):
    """Hidden work that surfaced."""

    category: _Text
    question: _Filled
    evidence: _Text = ""
    surfaced: _Day = ""

    def surprise(self) -> Surprise:
        """The domain type; raises ValidationError for an unknown category."""
        return Surprise.model_validate({**self.model_dump(), "category": self.category.lower()})


class PastRow(_Row):
    """A past request; sizes in engineer-days."""

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
    surprises: tuple[SurpriseRow, ...] = ()
    archived: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    label: _Text = ""

    @field_validator("kinds", mode="before")
    @classmethod
    def _split_kinds(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part for part in re.split(r"[;,|\s]+", value) if part]
        return value or ()

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
    def _makes_sense(self) -> PastRow:
        if not (self.subject or self.body):
            raise ValueError("it has neither subject nor body")
        shorter = min(len(self.opened), len(self.closed))
        if self.closed[:shorter] < self.opened[:shorter]:
            raise ValueError(f"closed ({self.closed}) is before opened ({self.opened})")
        return self

    def past(self) -> PastRequest:
        """The domain type; raises ValidationError for an unknown category."""
        surprises = tuple(row.surprise() for row in self.surprises)
        return PastRequest.model_validate({**self.model_dump(exclude={"surprises"}), "surprises": surprises})


def _number(value: Any) -> float:
    if re.fullmatch(r"\d+,\d{3}", str(value).strip()):
        raise ValueError(f'"{value}" can be read in two ways; write it without a comma')
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
    return [_surprise_from_line(line.strip()) for line in re.split(r"\n| \| ", cell) if line.strip()]


def _surprise_from_line(line: str) -> dict[str, str]:
    category, colon, question = line.partition(":")
    if not colon:
        raise ValueError(f'"{line[:60]}" is not of the form "category: question"')
    surfaced = _SURFACED.search(question)
    return {
        "category": category,
        "question": question[: surfaced.start()] if surfaced else question,
        "surfaced": surfaced[1] if surfaced else "",
    }
