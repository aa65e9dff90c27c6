"""What a file is. Its content decides; name and declared type may say anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

HEAD = 4096  # bytes that are looked at
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r\f\x1b")
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_PICTURE = "A picture: words in pictures are not read."
_SOUND = "A sound or video file: it is not read."
_OLD_OFFICE = "An old Office file, an Outlook message or one with a password: save it as .docx, .xlsx or PDF."
_ARCHIVE = "A packed archive: it is not opened. Send the files themselves."
_KNOWN = (
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"BM", _PICTURE),
    (b"II*\0", _PICTURE),
    (b"MM\0*", _PICTURE),
    (b"\xd0\xcf\x11\xe0", _OLD_OFFICE),
    (b"\x78\x9f\x3e\x22", "An Outlook winmail.dat: have the mail sent again as plain text or HTML."),
    (b"{\\rtf", "A rich text file: save it as .docx or PDF."),
    (b"%!PS", "A PostScript file: save it as PDF."),
    (b"\x1f\x8b", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ", _ARCHIVE),
    (b"ID3", _SOUND),
    (b"OggS", _SOUND),
    (b"MZ", "A program: it is not opened."),
    (b"\x7fELF", "A program: it is not opened."),
)
_HTML = re.compile(
    rb"(?i)\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b"
)


class Format(StrEnum):
    """What can be read."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    PACKED = "packed"  # a ZIP: perhaps a Word, Excel, PowerPoint or OpenDocument file


@dataclass(frozen=True)
class Recognised:
    """A format, or in `trouble` why the file cannot be read."""

    format: Format | None
    trouble: str = ""
    charset: str = ""  # as a byte order mark says


def recognise(data: bytes) -> Recognised:
    """What the file is, by its first bytes."""
    head = data[:HEAD]
    if not data.strip(b"\0 \t\r\n"):
        return Recognised(None, "The file is empty.")
    if b"%PDF-" in head[:1024]:
        return Recognised(Format.PDF)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Recognised(Format.PACKED)
    charset = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), "")
    if charset:
        return Recognised(Format.TEXT, charset=charset)
    if head[8:12] == b"WEBP" or head[4:12] in (b"ftypheic", b"ftypmif1", b"ftypavif"):
        return Recognised(None, _PICTURE)
    if head[8:12] in (b"WAVE", b"AVI ") or head[4:8] == b"ftyp":
        return Recognised(None, _SOUND)
    for magic, trouble in _KNOWN:
        if head.startswith(magic) and (not magic.isalnum() or _is_binary(head)):  # texts begin with letters
            return Recognised(None, trouble)
    if _is_binary(head):
        return Recognised(None, "This kind of file is not read.")
    return Recognised(Format.HTML if _HTML.match(head) else Format.TEXT)


def _is_binary(head: bytes) -> bool:
    return len(head) - len(head.translate(None, _CONTROLS)) > max(2, len(head) // 50)
