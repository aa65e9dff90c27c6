"""The parts of a mail as a tree.

Splitting is our own: it looks for delimiter lines on one buffer, so 25 MB of hostile
nesting cost one pass per level and both caps (parts, depth) hold before any part is looked into.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.errors import BadMail
from triage.intake.headers import Headers, read_headers, split_head
from triage.intake.limits import MAX_DEPTH, MAX_PARTS, check_size
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
    defects: list[str] = field(default_factory=list)

    def note(self, defect: str) -> None:
        """Remember a defect once."""
        if defect and defect not in self.defects:
            self.defects.append(defect)


def read_tree(raw: bytes, reading: Reading) -> Part:
    """The whole mail as a tree.

    Raises:
        TooLarge: over `MAX_MAIL`.
        BadMail: empty, no mail at all, or over a cap of headers, parts or depth.
    """
    check_size(raw)
    raw = _unwrap_file(raw)
    start, end = split_head(raw, 0, len(raw))
    headers = read_headers(raw[:start], strict=True)
    if not headers.has(*_MAIL_HEADERS):
        raise BadMail("This is not a mail: it has no header such as From or Subject.", _RESEND)
    return _part(raw, end, len(raw), headers, reading, depth=1)


def looks_like_mail(raw: bytes) -> bool:
    """True when `raw` begins with a header block that has a sender, so that it is no plain text."""
    start, _ = split_head(raw, 0, len(raw))
    return read_headers(raw[:start], strict=False).has("from", "message-id", "received")


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
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if raw.startswith(b"From "):  # the envelope line of an mbox file
        raw = raw.partition(b"\n")[2]
    return raw.lstrip(b"\r\n")


def _part(data: bytes, start: int, end: int, headers: Headers, reading: Reading, depth: int) -> Part:
    reading.parts += 1
    remedy = "Forward only the message that matters, or type the request into the form."
    if reading.parts > MAX_PARTS:
        raise BadMail(f"The mail has more than {MAX_PARTS} parts.", remedy)
    if depth > MAX_DEPTH:
        raise BadMail(f"The parts of the mail are nested more than {MAX_DEPTH} deep.", remedy)
    structure = read_parameters(headers.raw("content-type"))
    if structure.value.startswith("multipart/"):
        children = _children(data, start, end, structure, reading, depth)
        if children:
            return _node(headers, structure, b"", children)
        reading.note(
            "The mail says it has several parts, but they cannot be told apart; it was read as text."
        )
        return _node(headers, structure, data[start:end], (), media_type="text/plain")
    part = _node(headers, structure, data[start:end], ())
    if part.media_type in ("message/rfc822", "message/global"):
        return _node(headers, structure, part.body, (_attached_mail(content(part), reading, depth),))
    return part


def _children(
    data: bytes, start: int, end: int, structure: Parameters, reading: Reading, depth: int
) -> tuple[Part, ...]:
    boundary = structure.get("boundary").encode("utf-8", "replace")[:200]
    if not boundary:
        return ()
    digest = structure.value == "multipart/digest"
    found: list[Part] = []
    for first, last in _sections(data, start, end, boundary):
        head, body = split_head(data, first, last)
        headers = read_headers(data[first:head], strict=False)
        if digest and not headers.raw("content-type"):
            headers = Headers((*headers.fields, ("content-type", "message/rfc822")))
        found.append(_part(data, body, last, headers, reading, depth + 1))
    return tuple(found)


def _sections(data: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Ranges between delimiter lines; an unclosed last part reaches to `end`."""
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


def _attached_mail(data: bytes, reading: Reading, depth: int) -> Part:
    data = data.lstrip(b"\r\n")
    head, body = split_head(data, 0, len(data))
    return _part(data, body, len(data), read_headers(data[:head], strict=False), reading, depth + 1)


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
