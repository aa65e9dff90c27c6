"""Bytes to text whatever the mail claims about them."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from triage.intake.text import clean_line

# Not character sets of mail; the decoders of some take quadratic time.
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})
_LATIN = frozenset({"iso8859-1", "ascii"})


@dataclass(frozen=True)
class Decoded:
    """Text, and in `trouble` what was wrong with the declared character set ("" when nothing was)."""

    text: str
    trouble: str = ""


def decode_bytes(data: bytes, charset: str) -> Decoded:
    """Decode by `charset`, else by UTF-8, else by Windows-1252. Never raises."""
    name = _known(charset or "utf-8")
    if not name:
        shown = clean_line(charset, 40)
        return Decoded(
            _guess(data), f"The character set “{shown}” is unknown; the text was read as best it could be."
        )
    if name in _LATIN:  # mailers that say so often mean a superset
        return Decoded(_guess(data))
    try:
        return Decoded(data.decode(name))
    except (UnicodeError, LookupError, ValueError):
        trouble = f"Some bytes are no {name}; the text was read as best it could be."
        return Decoded(_guess(data), "" if name == "utf-8" and not charset else trouble)


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset.strip("\"' ").removesuffix("-i")).name
        b"text".decode(name, "replace")  # LookupError for codecs that are no text encoding
    except (LookupError, ValueError, TypeError):
        return ""
    return "" if name.replace("_", "-") in _REFUSED else name


def _guess(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
