"""The words of a workbook: visible sheets in their order, a line a row, cells with commas between."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from triage.attachments.words import MAX_PAGES, Enough

if TYPE_CHECKING:
    from triage.attachments.office import Package, Words

_MOST_STRINGS = 20_000  # shared by the cells; they are numbered in the order of their first use
_LONGEST_CELL = 32_767  # characters, as Excel has it
_EPOCH = datetime(1899, 12, 30)  # day 0 of the 1900 date system, its false leap day taken into account
_DATES = frozenset((*range(14, 18), 22))  # the built-in formats of dates (ECMA-376 part 1, 18.8.30)
_DATE_CODE = re.compile(r"(?i)yy|d+[./-]m+|m+[./-]d+")


class Handler(Protocol):
    """Is told what the parser of XML sees; names come without their namespace."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Characters."""


def read_workbook(package: Package, found: Words) -> None:
    """All visible sheets, each under its name."""
    book, links, texts, styles = _Book(), _Links(), _Strings(), _Styles()
    package.feed("xl/workbook.xml", book)
    for name, handler in (
        ("xl/_rels/workbook.xml.rels", links),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", styles),
    ):
        if package.has(name):
            with suppress(Enough):
                package.feed(name, handler)
    for title, link in book.visible[:MAX_PAGES]:
        part = "xl/" + links.targets.get(link, "").removeprefix("/xl/")
        if package.has(part):
            found.add(f"{title}\n")
            package.feed(part, _Rows(found, texts.strings, styles.dated))
            found.gap()


class _Quiet:
    """Hears nothing."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Characters."""


class _Book(_Quiet):
    def __init__(self) -> None:
        self.visible: list[tuple[str, str]] = []  # (name, id of the relation)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            self.visible.append((attributes.get("name", ""), attributes.get("id", "")))


class _Links(_Quiet):
    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


class _Strings(_Quiet):
    def __init__(self) -> None:
        self.strings: list[str] = []
        self._open = False
        self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            if len(self.strings) >= _MOST_STRINGS:
                raise Enough
            self.strings.append("")
        elif tag == "rPh":
            self._phonetic = True
        self._open = tag == "t"

    def end(self, tag: str) -> None:
        self._open = False
        if tag == "rPh":
            self._phonetic = False

    def data(self, text: str) -> None:
        if self._open and not self._phonetic and self.strings and len(self.strings[-1]) < _LONGEST_CELL:
            self.strings[-1] += text


class _Styles(_Quiet):
    """Which cell styles show a number as a date."""

    def __init__(self) -> None:
        self.dated: list[bool] = []
        self._codes: dict[str, str] = {}
        self._cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._cells = True
        elif tag == "xf" and self._cells:
            number = attributes.get("numFmtId", "0")
            known = number.isdecimal() and len(number) < 6 and int(number) in _DATES
            self.dated.append(known or bool(_DATE_CODE.search(self._codes.get(number, "")[:100])))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._cells = False


class _Rows(_Quiet):
    def __init__(self, found: Words, strings: list[str], dated: list[bool]) -> None:
        self._found, self._strings, self._dated = found, strings, dated
        self._cells: list[str] = []
        self._kind, self._date, self._open = "", False, False
        self._value = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._kind, self._value = attributes.get("t", ""), ""
            style = attributes.get("s", "")
            self._date = style.isdecimal() and self._dated[int(style[:6]) : int(style[:6]) + 1] == [True]
        elif tag in ("v", "t"):
            self._open = True

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._open = False
        elif tag == "c":
            self._cells.append(self._shown())
        elif tag == "row":
            line = ", ".join(cell for cell in self._cells if cell)
            self._cells = []
            if line:
                self._found.add(f"{line}\n")

    def data(self, text: str) -> None:
        if self._open and len(self._value) < _LONGEST_CELL:
            self._value += text

    def _shown(self) -> str:
        value = self._value.strip()
        if self._kind == "s":
            place = int(value) if value.isdecimal() and len(value) < 9 else -1
            return " ".join(self._strings[place].split()) if 0 <= place < len(self._strings) else ""
        if self._date and not self._kind:
            return _day(value)
        return " ".join(value.split())


def _day(value: str) -> str:
    """A serial number as an ISO date, with the time when there is one."""
    try:
        moment = _EPOCH + timedelta(days=float(value))
    except (ValueError, OverflowError):
        return value
    return f"{moment:%Y-%m-%d}" if moment.time().isoformat() == "00:00:00" else f"{moment:%Y-%m-%d %H:%M}"
