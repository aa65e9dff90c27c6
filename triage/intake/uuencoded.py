"""Files that old programs wrote into the text of a mail ("begin 644 plan.pdf … end")."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(r"begin [0-7]{3,4} (\S.{0,200})")
_MOST_TRIES = 20  # each may look through the whole text


@dataclass(frozen=True)
class Inline:
    """A file found in a text."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Sifted:
    """The text without the files that stood in it."""

    text: str
    files: tuple[Inline, ...] = ()


def take_files(text: str) -> Sifted:
    """Take uuencoded files out of `text`; what has no proper end or is damaged stays where it is."""
    if "\nend" not in text:
        return Sifted(text)
    kept: list[str] = []
    files: list[Inline] = []
    lines = text.split("\n")
    position = tries = 0
    while position < len(lines):
        begun = _BEGIN.fullmatch(lines[position].rstrip()) if tries < _MOST_TRIES else None
        end = _end(lines, position + 1) if begun else 0
        tries += begun is not None
        data = _decode(lines[position + 1 : end]) if begun else b""
        if begun and data:
            files.append(Inline(begun[1], data))
            position = end
        else:
            kept.append(lines[position])
        position += 1
    return Sifted("\n".join(kept), tuple(files))


def _end(lines: list[str], start: int) -> int:
    """The line "end", `start` when there is none."""
    return next((i for i in range(start, len(lines)) if lines[i].rstrip() == "end"), start)


def _decode(lines: list[str]) -> bytes:
    """b"" when a line is none of uuencode, or the end is missing."""
    try:
        return b"".join(binascii.a2b_uu(line.encode("ascii")) for line in lines if line.strip())
    except (binascii.Error, UnicodeError):
        return b""
