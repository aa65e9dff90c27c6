"""What was found in a file, and how much of one is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.intake.text import clean_text

MAX_FILE = 10 * 1024 * 1024  # bytes of a file that is looked into
MAX_FILE_TEXT = 20_000  # characters of one file, about seven pages of prose
MAX_REQUEST_TEXT = 60_000  # characters of all files of a request
MAX_FILES = 40  # of a request
MAX_PAGES = 200  # of a PDF, sheets of a workbook, slides
MAX_UNPACKED = 60 * 1024 * 1024  # bytes that come out of one packed file

_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n{3,}")
_WRAPPED = 40  # characters: a shorter line was ended on purpose


class Enough(Exception):
    """A cap is reached: what was read so far will do."""


@dataclass(frozen=True)
class FileWords:
    """`text` with its words; `trouble` says why there are none, or not all."""

    text: str = ""
    trouble: str = ""


def cut(text: str, most: int = MAX_FILE_TEXT, trouble: str = "") -> FileWords:
    """Tidied text of at most `most` characters; a cut is said in `trouble`, before what else there was."""
    clean = tidy(text)
    if len(clean) <= most:
        return FileWords(clean, trouble)
    return FileWords(
        clean[:most].rstrip(), f"Only its first {most:,} characters were read. {trouble}".strip()
    )


def tidy(text: str) -> str:
    """Clean text without runs of blanks, trailing blanks and more than one empty line."""
    lines = (_BLANKS.sub(" ", line).strip() for line in clean_text(text).split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def unwrap(text: str) -> str:
    """Join lines that were broken by the width of a page: a long one that goes on in lower case."""
    lines: list[str] = []
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        if len(before) >= _WRAPPED and line[:1].islower():
            lines[-1] = before + ("" if before.endswith("-") else " ") + line
        else:
            lines.append(line)
    return "\n".join(lines)
