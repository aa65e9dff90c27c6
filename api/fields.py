"""A posted form, and how single fields are read from it: tolerant, capped, with every trouble named.

A field name is also the HTML id of its control, so that a trouble can link to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

LINE_CAP = 500  # characters of a one-line field
TEXT_CAP = 4_000  # characters of a text field
LIST_CAP = 40  # lines of a list field
DAYS_CAP = 10_000.0  # engineer-days of one bound

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Fields:
    """A posted form: names with their values, in the order they were sent; a name may repeat."""

    pairs: tuple[tuple[str, str], ...] = ()

    def has(self, name: str) -> bool:
        """True when the form carried the field, even empty."""
        return any(key == name for key, _ in self.pairs)

    def get(self, name: str, default: str = "") -> str:
        """The last value of `name`, line ends normalised and stripped."""
        values = self.every(name)
        return values[-1] if values else default

    def every(self, name: str) -> tuple[str, ...]:
        """All values of `name`, line ends normalised and stripped."""
        return tuple(_tidy(value) for key, value in self.pairs if key == name)

    def number(self, name: str, default: int = 0) -> int:
        """The value of `name` as a whole number, `default` when it is not one."""
        value = self.get(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else default

    def starting(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """Rest of the name and value of every field whose name starts with `prefix`."""
        return tuple(
            (key[len(prefix) :], _tidy(value)) for key, value in self.pairs if key.startswith(prefix)
        )


@dataclass(frozen=True)
class Trouble:
    """Something in the form that could not be taken as typed."""

    field: str
    message: str


class FieldReader:
    """Reads fields one by one; what is missing or unreadable keeps the `base` given for it."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.troubles: list[Trouble] = []

    def line(self, name: str, base: str) -> str:
        """One line of text."""
        one_line = " ".join(base.split())  # what a browser makes of it
        value = " ".join(self._capped(name, one_line, LINE_CAP).split())
        return base if value == one_line else value

    def text(self, name: str, base: str) -> str:
        """Text of several lines."""
        return self._capped(name, base, TEXT_CAP)

    def lines(self, name: str, base: tuple[str, ...]) -> tuple[str, ...]:
        """A list, one item per line; blank lines do not count."""
        if not self.fields.has(name) or self.fields.get(name) == _tidy("\n".join(base)):
            return base
        found = [line.strip() for line in self.fields.get(name).split("\n")]
        found = [line for line in found if line]
        if len(found) > LIST_CAP or any(len(line) > LINE_CAP for line in found):
            self._trouble(
                name, f"more than {LIST_CAP} lines or {LINE_CAP} characters in one; the rest was cut."
            )
        return tuple(line[:LINE_CAP] for line in found[:LIST_CAP])

    def choice(self, name: str, kind: type[E], base: E | None) -> E | None:
        """One of a fixed set of values."""
        value = self.fields.get(name)
        if not value:
            return base
        if value not in kind.__members__.values():
            self._trouble(name, f"“{value[:40]}” is not one of the choices.")
            return base
        return kind(value)

    def days(self, name: str, base: float) -> float:
        """Engineer-days, with a point or a comma."""
        value = self.fields.get(name).replace(",", ".")
        if not self.fields.has(name) or value == f"{base:g}":
            return base
        try:
            days = float(value or 0)
        except ValueError:
            days = math.nan
        if not 0 <= days <= DAYS_CAP:
            self._trouble(name, f"“{value[:40]}” is not a number of days from 0 to {DAYS_CAP:,.0f}.")
            return base
        return days

    def _capped(self, name: str, base: str, cap: int) -> str:
        if not self.fields.has(name):
            return base
        value = self.fields.get(name)
        if value == _tidy(base):
            return base
        if len(value) > cap:
            self._trouble(name, f"longer than {cap:,} characters; the rest was cut.")
        return value[:cap].rstrip()

    def _trouble(self, name: str, message: str) -> None:
        self.troubles.append(Trouble(field=name, message=message))


def _tidy(value: str) -> str:
    """Line ends as one newline, no NUL, no surrounding blanks."""
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
