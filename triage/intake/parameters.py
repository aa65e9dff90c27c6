"""Content-Type and Content-Disposition values, read in one pass.

The standard library's parser takes quadratic time (189 kB of Content-Type: 7 s) and raises on broken
RFC 2231 values; this one drops what it cannot use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from triage.intake.charsets import decode_bytes
from triage.intake.headers import decode_words
from triage.intake.limits import MAX_STRUCTURE_HEADER
from triage.intake.text import clean_line


@dataclass(frozen=True)
class Parameters:
    """The value in front, lower case, and its parameters by lower-case name."""

    value: str
    named: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The parameter, or ""."""
        return next((text for key, text in self.named if key == name), "")


def read_parameters(header: str) -> Parameters:
    """ "text/plain; charset=utf-8" -> value and parameters; RFC 2231 pieces are joined and decoded."""
    first, *rest = _pieces(header[:MAX_STRUCTURE_HEADER])
    plain: dict[str, str] = {}
    split: dict[str, list[tuple[int, bool, str]]] = {}
    for piece in rest:
        name, _, text = (side.strip() for side in piece.partition("="))
        base, star, section = name.lower().partition("*")
        text = text.strip('"')
        if not star:
            plain.setdefault(base, clean_line(decode_words(text), 500))
            continue
        number = section.rstrip("*")
        if number == "" or (number.isascii() and number.isdigit() and len(number) < 4):
            split.setdefault(base, []).append((int(number or 0), section.endswith("*") or not section, text))
    joined = {name: clean_line(_join(sections), 500) for name, sections in split.items()}
    return Parameters(clean_line(first, 100).lower(), tuple({**plain, **joined}.items()))


def _join(sections: list[tuple[int, bool, str]]) -> str:
    """One value from its numbered sections; the first names the character set."""
    charset, data = "utf-8", []
    for position, (_, encoded, text) in enumerate(sorted(sections, key=lambda section: section[0])):
        if encoded and position == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data.append(unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace"))
    return decode_bytes(b"".join(data), charset).text


def _pieces(header: str) -> Iterator[str]:
    """Split at semicolons outside quotes; backslashes inside quotes are resolved."""
    kept: list[str] = []
    quoted = escaped = False
    for character in header:
        if escaped or (quoted and character == "\\"):
            if escaped:
                kept.append(character)
            escaped = not escaped
        elif character == ";" and not quoted:
            yield "".join(kept).strip()
            kept = []
        else:
            quoted = quoted != (character == '"')
            kept.append(character)
    yield "".join(kept).strip()
