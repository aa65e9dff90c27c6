"""Mail headers: split, decoded, and their addresses read, each in one pass and without recursion.

The standard library's address and header parsers raise on hostile input (deep comments, unknown
character sets) or take quadratic time, so these few rules are our own (RFC 5322, RFC 2047).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from triage.intake.charsets import decode_bytes
from triage.intake.limits import MAX_HEADER, MAX_HEADER_BLOCK, MAX_HEADERS
from triage.intake.text import clean_line

_NAME = re.compile(rb"[!-9;-~]{1,100}")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_LOST_INDENT = re.compile(rb"[\w*-]{1,30}=\S")  # "charset=utf-8" on a line of its own


@dataclass(frozen=True)
class Mailbox:
    """A display name and an address; either may be empty."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True)
class Headers:
    """Header fields in order: lower-case name, unfolded value before decoding of encoded words.

    `trouble`: what was cut because it is over a cap, "" when nothing was.
    """

    fields: tuple[tuple[str, str], ...] = ()
    trouble: str = ""

    def raw(self, name: str) -> str:
        """The first value of `name` as it stands, or ""."""
        return next((value for key, value in self.fields if key == name), "")

    def line(self, name: str, limit: int = 300) -> str:
        """The first value of `name`, decoded and cleaned, at most `limit` characters."""
        return clean_line(decode_words(self.raw(name)[: limit * 12]), limit)

    def mailbox(self, name: str) -> Mailbox:
        """The first address of `name`; empty when there is none."""
        return next(read_addresses(self.raw(name)), Mailbox())

    def has(self, *names: str) -> bool:
        """True when any of `names` is there."""
        return any(key in names for key, _ in self.fields)


def split_head(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block at `start` ends and where the body begins.

    Without a blank line the text begins behind the last line that is a header.
    """
    if data.startswith((b"\n", b"\r\n"), start, end):
        return start, data.index(b"\n", start) + 1
    stop, body = _blank_line(data, start, end)
    text = _text_start(data, start, min(stop, start + MAX_HEADER_BLOCK))
    return (text, text) if text < stop and stop <= start + MAX_HEADER_BLOCK else (stop, body)


def read_headers(block: bytes, limit: int = MAX_HEADER_BLOCK) -> Headers:
    """The fields in the first `limit` bytes; lines that are no header are passed over."""
    lines = list(_unfold(block[:limit]))
    fields = [field for field in map(_field, lines) if field]
    return Headers(tuple(fields[:MAX_HEADERS]), _over_cap(block, limit, lines, len(fields)))


def decode_words(value: str) -> str:
    """Decode the encoded words of RFC 2047; what cannot be decoded stays readable."""
    kept: list[str] = []
    pending = b""
    charset = ""
    position = 0
    for found in _WORD.finditer(value):
        between = value[position : found.start()]
        name = found[1].partition("*")[0].lower()
        if pending and (between.strip() or name != charset):
            kept.append(decode_bytes(pending, charset).text)
            pending = b""
        if between.strip() or not charset:
            kept.append(between)
        charset, position = name, found.end()
        pending += _word_bytes(found[2].lower(), found[3])
    return "".join(kept) + (decode_bytes(pending, charset).text if pending else "") + value[position:]


def read_addresses(value: str) -> Iterator[Mailbox]:
    """The mailboxes of an address header, in order; group names and comments are dropped."""
    for entry in _entries(value[:MAX_HEADER]):
        before, bracket, after = entry.rpartition("<")
        address = after.partition(">")[0] if bracket else entry
        address = clean_line(address.replace(" ", "")).strip("\"'").lower()
        name = clean_line(decode_words(before.replace("\\", "")), 200).strip("\"' ")
        if "@" in address:
            yield Mailbox("" if name.lower() == address else name, address)
        elif name or address:
            yield Mailbox(name or clean_line(decode_words(entry), 200))


def _blank_line(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The first blank line: where the line above it ends and the next one begins."""
    bare = data.find(b"\n\n", start, end)
    paired = data.find(b"\n\r\n", start, end if bare < 0 else bare)
    if bare < 0 and paired < 0:
        return end, end
    feed, body = (paired, paired + 3) if paired >= 0 else (bare, bare + 2)
    return feed - data.startswith(b"\r", max(feed - 1, start)), body


def _text_start(data: bytes, start: int, stop: int) -> int:
    """Where the last lines of a header block stop being headers, `stop` when they do not."""
    last, position, open_line = stop, start, b""
    headed = False
    while position < stop:
        line_end = data.find(b"\n", position, stop) + 1 or stop
        line = data[position:line_end]
        folded = line[:1] in (b" ", b"\t") or open_line.rstrip().endswith(b";") or _LOST_INDENT.match(line)
        if _HEADER_LINE.match(line) or (folded and headed and last == stop):
            headed, last, open_line = True, stop, line
        elif last == stop:
            last = position
        position = line_end
    return last if headed else stop


def _over_cap(block: bytes, limit: int, lines: list[bytes], count: int) -> str:
    """What of the block is not read, "" when all of it is."""
    if len(block) > limit:
        size, kept = -(-len(block) // 1024), limit // 1024
        return f"The headers are {size} kB; only the first {kept} kB of them were read."
    if count > MAX_HEADERS:
        return f"There are {count} headers; only the first {MAX_HEADERS} were read."
    longest = max(lines, key=len, default=b"")
    if len(longest) > MAX_HEADER:
        name = clean_line(longest[:40].partition(b":")[0].decode("latin-1"), 40)
        return f"The header {name} has {len(longest):,} bytes; only its first {MAX_HEADER:,} were read."
    return ""


def _unfold(block: bytes) -> Iterator[bytes]:
    current: list[bytes] = []
    for line in block.split(b"\n"):
        if current and line[:1] in (b" ", b"\t"):
            current.append(b" " + line.strip())
            continue
        if current:
            yield b"".join(current)
        current = [line.rstrip(b"\r")]
    yield b"".join(current)


def _field(line: bytes) -> tuple[str, str] | None:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name.rstrip()):
        return None
    return name.strip().decode("ascii").lower(), decode_bytes(value.strip()[:MAX_HEADER], "utf-8").text


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding == "q":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        return data


def _entries(value: str) -> Iterator[str]:
    """Split at commas and semicolons outside quotes, brackets and comments; drop comments."""
    kept: list[str] = []
    quoted = escaped = bracket = False
    comment = 0
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and not comment:
            quoted = not quoted
        elif not quoted and character in "()":
            comment = max(0, comment + (1 if character == "(" else -1))
            continue
        elif not quoted and not comment:
            if character in ",;" and not bracket:
                yield "".join(kept).strip()
                kept = []
                continue
            if character == ":" and not bracket:
                kept = []  # what stood before was the name of a group
                continue
            bracket = character == "<" or (bracket and character != ">")
        if not comment:
            kept.append(character)
    yield "".join(kept).strip()
