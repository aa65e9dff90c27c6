"""Bytes to text whatever the mail claims about them."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from triage.intake.text import clean_line

# Not character sets of mail; the decoders of some take quadratic time.
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})
_LATIN = frozenset({"iso8859-1", "ascii"})
# What mail programs mean by a name: the larger set that holds it (WHATWG Encoding Standard).
_LARGER = {
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "big5": "big5hkscs",
    "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874", "iso2022_jp": "iso2022_jp_ext",
}  # fmt: skip
_ALIASES = {
    "x-sjis": "cp932", "x-gbk": "gb18030", "x-euc-jp": "euc_jp", "x-big5": "big5hkscs",
    "x-mac-roman": "mac_roman", "unicode-1-1-utf-7": "utf-7", "x-unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8", "x-windows-1252": "cp1252", "windows-874": "cp874",
    "ansi": "cp1252", "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "unknown-8bit": "utf-8", "x-unknown": "utf-8", "8bit": "utf-8", "binary": "utf-8", "default": "utf-8",
}  # fmt: skip
_JAPANESE = (b"\x1b$B", b"\x1b$@", b"\x1b(J")  # escape sequences of ISO-2022-JP
_MOST_BAD = 0.05  # share of unreadable characters above which the declared set is taken for wrong


@dataclass(frozen=True)
class Decoded:
    """Text, and in `trouble` what was wrong with the declared character set ("" when nothing was)."""

    text: str
    trouble: str = ""


def decode_bytes(data: bytes, charset: str) -> Decoded:
    """Decode by `charset`, else by UTF-8, else by Windows-1252. Never raises."""
    if not charset and data.isascii() and any(mark in data for mark in _JAPANESE):
        return Decoded(_guess(data))
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
        return Decoded(_best(data, name), "" if name == "utf-8" and not charset else trouble)


def _known(charset: str) -> str:
    charset = charset.strip("\"' ;").lower()
    charset = _ALIASES.get(charset, charset.removesuffix("-i"))
    try:
        name = codecs.lookup(charset).name
        b"text".decode(name, "replace")  # LookupError for codecs that are no text encoding
    except (LookupError, ValueError, TypeError):
        return ""
    return "" if name.replace("_", "-") in _REFUSED else _LARGER.get(name, name)


def _best(data: bytes, name: str) -> str:
    """Damaged text in the declared set, unless so much of it is unreadable that the name must be wrong."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode(name, "replace")
    except (UnicodeError, LookupError, ValueError):
        return _guess(data)
    return text if name != "utf-8" and text.count("\ufffd") <= len(text) * _MOST_BAD else _guess(data)


def _guess(data: bytes) -> str:
    if data.isascii() and any(mark in data for mark in _JAPANESE):
        return data.decode("iso2022_jp_ext", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
