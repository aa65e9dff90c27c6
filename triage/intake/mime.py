"""The parts of a mail as a tree.

Splitting is our own: it looks for delimiter lines on one buffer, so 25 MB of hostile
nesting cost one pass per level and both caps (parts, depth) hold before any part is looked into. What is
over a cap is kept as one unread attachment, and `Reading.defects` says so.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from triage.errors import BadMail
from triage.intake.headers import Headers, read_headers, split_head
from triage.intake.limits import MAX_DEPTH, MAX_HEADER, MAX_MAIL, MAX_PARTS, check_size
from triage.intake.parameters import Parameters, read_parameters
from triage.intake.text import clean_line

_MAIL_HEADERS = (
    "from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "reply-to",
    "sender", "delivered-to", "mime-version", "content-type",
)  # fmt: skip
_MAGIC = (
    (b"\xd0\xcf\x11\xe0", "an Outlook .msg file", "In Outlook choose File, Save As, and save it as text."),
    (b"%PDF", "a PDF", "Send the text itself; a PDF can be attached to a mail."),
    (b"PK\x03\x04", "a ZIP or Office file", "Send the text itself; the file can be attached to a mail."),
)  # fmt: skip
_RESEND = "Save it as .eml (raw RFC 822), or send its text as a .txt file or through the form."
_FIRST_DELIMITER = re.compile(rb"\n--([^\s-][^\r\n]{0,150}?)[ \t]*\r?\nContent-", re.IGNORECASE)
_LOOK_FOR_BOUNDARY = 64 * 1024  # bytes
_MOST_HELD = 2 * MAX_MAIL  # of mails within mails, each of which holds all those below it


@dataclass(frozen=True)
class Part:
    """One node. `body` is as transferred; a multipart has children instead, an attached mail both."""

    headers: Headers
    media_type: str
    charset: str
    name: str
    attached: bool
    flowed: bool
    delete_space: bool
    body: bytes
    children: tuple[Part, ...] = ()


@dataclass
class Reading:
    """What one parse has used up and noticed."""

    parts: int = 0
    text: int = 0  # characters
    held: int = 0  # bytes of attached mails
    defects: list[str] = field(default_factory=list)

    def note(self, defect: str) -> None:
        """Remember a defect once."""
        if defect and defect not in self.defects:
            self.defects.append(defect)


def read_tree(raw: bytes, reading: Reading) -> Part:
    """The whole mail as a tree.

    Raises:
        TooLarge: over `MAX_MAIL`.
        BadMail: empty, or no mail at all.
    """
    check_size(raw)
    raw = _unwrap_file(raw)
    start, body = split_head(raw, 0, len(raw))
    headers = read_headers(raw[:start])
    usual = headers.has(*_MAIL_HEADERS)
    binary = b"\0" in raw[:4096] and not headers.has("from", "received", "message-id", "subject")
    if not headers.fields or binary:
        raise BadMail("This is not a mail: it has no header such as From or Subject.", _RESEND)
    if not usual:
        reading.note("The mail has no usual header such as From or Subject; all of it was read as text.")
        headers, body = Headers(), 0
    return _part(raw, body, len(raw), headers, reading, depth=1)


def looks_like_mail(raw: bytes) -> bool:
    """True when `raw` begins with a header block that has a sender, so that it is no plain text."""
    start, _ = split_head(raw, 0, len(raw))
    return read_headers(raw[:start], MAX_HEADER).has("from", "message-id", "received")


def content(part: Part, limit: int | None = None) -> bytes:
    """The body with its transfer encoding undone; about `limit` bytes of it when given."""
    encoding = part.headers.raw("content-transfer-encoding").strip().lower()
    body = part.body
    if limit is not None and len(body) > limit * 3:
        body = body[: limit * 3]
    data = _undo(body, encoding)
    return data if limit is None or len(data) <= limit else data[:limit]


def content_size(part: Part) -> int:
    """Bytes of the decoded body, without decoding it."""
    if part.headers.raw("content-transfer-encoding").strip().lower() == "base64":
        return len(part.body.translate(None, b"\r\n =")) * 3 // 4
    return len(part.body)


def _unwrap_file(raw: bytes) -> bytes:
    if not raw.strip():
        raise BadMail("The mail is empty.", "Send it again with its text, or type the request into the form.")
    for magic, name, remedy in _MAGIC:
        if raw.startswith(magic):
            raise BadMail(f"This is {name}, not a mail.", remedy)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # saved by an editor as UTF-16
        raw = raw.decode("utf-16", "replace").encode("utf-8", "replace")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if raw.startswith(b"From "):  # the envelope line of an mbox file
        raw = raw.partition(b"\n")[2]
    return raw.lstrip(b"\r\n")


def _part(data: bytes, start: int, end: int, headers: Headers, reading: Reading, depth: int) -> Part:
    reading.parts += 1
    reading.note(headers.trouble)
    structure = read_parameters(headers.raw("content-type"))
    holds_mail = structure.value in ("message/rfc822", "message/global")
    if depth >= MAX_DEPTH and (structure.value.startswith("multipart/") or holds_mail):
        reading.note(f"The parts are nested more than {MAX_DEPTH} deep; the deeper ones were not opened.")
        return _unread(data[start:end])
    if structure.value.startswith("multipart/"):
        children = _children(data, start, end, structure, reading, depth)
        if children:
            return _node(headers, structure, b"", children)
        reading.note(
            "The mail says it has several parts, but they cannot be told apart; it was read as text."
        )
        return _node(headers, structure, data[start:end], (), media_type="text/plain")
    if not holds_mail:
        return _node(headers, structure, data[start:end], ())
    if headers.raw("content-transfer-encoding").strip().lower() in ("base64", "quoted-printable"):
        part = _node(headers, structure, data[start:end], ())
        inner = content(part)
        return replace(part, children=(_attached_mail(inner, 0, len(inner), reading, depth),))
    child = _attached_mail(data, start, end, reading, depth)
    reading.held += end - start
    kept = data[start:end] if reading.held <= _MOST_HELD else b""
    return _node(headers, structure, kept, (child,))


def _unread(data: bytes) -> Part:
    """What is over a cap, as one attachment."""
    return Part(Headers(), "application/octet-stream", "", "unread parts", True, False, False, data)


def _children(
    data: bytes, start: int, end: int, structure: Parameters, reading: Reading, depth: int
) -> tuple[Part, ...]:
    boundary = structure.get("boundary").encode("utf-8", "replace")[:200]
    digest = structure.value == "multipart/digest"
    found: list[Part] = []
    if not boundary or data.find(b"--" + boundary, start, end) < 0:
        boundary = _found_boundary(data, start, end)
    for first, last in _sections(data, start, end, boundary):
        if reading.parts >= MAX_PARTS:
            reading.note(f"There are more than {MAX_PARTS} parts; the rest was not opened.")
            return (*found, _unread(data[first:end]))
        head, body = split_head(data, first, last)
        headers = read_headers(data[first:head], MAX_HEADER)
        if digest and not headers.raw("content-type"):
            headers = Headers((*headers.fields, ("content-type", "message/rfc822")))
        found.append(_part(data, body, last, headers, reading, depth + 1))
    return tuple(found)


def _found_boundary(data: bytes, start: int, end: int) -> bytes:
    """The boundary of a mail that names none or a wrong one: its first line "--…" above a part's headers."""
    found = _FIRST_DELIMITER.search(data, max(start - 1, 0), min(end, start + _LOOK_FOR_BOUNDARY))
    return found[1] if found else b""


def _sections(data: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Ranges between delimiter lines; an unclosed last part reaches to `end`."""
    if not boundary:
        return
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?=\n|\Z)")
    first = -1
    # The line feed in front of a delimiter at the very start is that of the blank line above it.
    for found in delimiter.finditer(data, max(start - 1, 0), end):
        if first >= 0:
            last = found.start() - data.startswith(b"\r", found.start() - 1)
            yield first, max(first, last)
        if found[1]:
            return
        first = min(found.end() + 1, end)
    if first >= 0:
        yield first, end


def _attached_mail(data: bytes, start: int, end: int, reading: Reading, depth: int) -> Part:
    while start < end and data[start] in b"\r\n":
        start += 1
    head, body = split_head(data, start, end)
    return _part(data, body, end, read_headers(data[start:head], MAX_HEADER), reading, depth + 1)


def _node(
    headers: Headers, structure: Parameters, body: bytes, children: tuple[Part, ...], media_type: str = ""
) -> Part:
    disposition = read_parameters(headers.raw("content-disposition"))
    name = disposition.get("filename")
    declared = structure.value if "/" in structure.value else "text/plain"
    return Part(
        headers=headers,
        media_type=media_type or declared,
        charset=structure.get("charset"),
        name=clean_line(name or structure.get("name"), 200).replace("\\", "/").rpartition("/")[2],
        attached=disposition.value == "attachment" or bool(name),
        flowed=structure.get("format").lower() == "flowed",
        delete_space=structure.get("delsp").lower() == "yes",
        body=body,
        children=children,
    )


def _undo(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding == "base64":
        kept = body.translate(None, b"\r\n\t =")
        kept = kept[: len(kept) - len(kept) % 4] if len(kept) % 4 == 1 else kept
        try:
            return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
        except binascii.Error:
            return body
    return body
