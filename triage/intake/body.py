"""The readable text of a mail and the list of what is attached to it."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.domain import Attachment
from triage.intake.charsets import decode_bytes
from triage.intake.headers import Headers
from triage.intake.limits import MAX_HTML, MAX_TEXT
from triage.intake.mime import Part, Reading, content, content_size
from triage.intake.text import clean_line, clean_text, html_to_text, strip_tags, unflow
from triage.intake.uuencoded import Inline, take_files

_STUB = 200  # characters: "your mail program cannot show HTML" is shorter, a request seldom

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TAGGED = frozenset({"text/enriched", "text/richtext"})
_TEXT = frozenset({"text/plain", "text/markdown", "text/x-markdown"}) | _HTML | _TAGGED
_CLOSED = {
    "application/ms-tnef": "Outlook packed the mail into “winmail.dat”, which is not opened; files may be in"
    " it. Ask for the mail again as HTML or plain text.",
    "application/pkcs7-mime": "The mail is encrypted or signed in a closed form (S/MIME), which is not"
    " opened. Ask for it again in plain text.",
    "multipart/encrypted": "The mail is encrypted and was not opened. Ask for it again in plain text.",
}
_ALIASES = {
    "application/vnd.ms-tnef": "application/ms-tnef",
    "application/x-pkcs7-mime": "application/pkcs7-mime",
}
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r\f\x1b")


@dataclass
class Body:
    """What one mail holds: text, files, and mails attached to it."""

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)  # the parts behind `attachments`, row by row
    mails: list[Part] = field(default_factory=list)

    def add(self, other: Body) -> None:
        """Append what another part holds."""
        self.text = "\n\n".join(text for text in (self.text, other.text) if text.strip())
        self.attachments += other.attachments
        self.files += other.files
        self.mails += other.mails


def read_body(part: Part, reading: Reading) -> Body:
    """Walk the tree: plain text before HTML, every other leaf an attachment."""
    body = _walk(part, reading)
    if not body.text.strip() and body.attachments:
        body.text = _named_text(part, reading)
    reading.note(_cut(body.text))
    body.text = body.text[:MAX_TEXT]
    return body


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return ""
    return f"The text is {len(text):,} characters; only the first {MAX_TEXT:,} were read."


def _walk(part: Part, reading: Reading) -> Body:
    reading.note(_CLOSED.get(_kind(part), ""))
    if part.media_type.startswith("message/") and part.children:
        subject = part.children[0].headers.line("subject", 150)
        return Body(attachments=[_attachment(part, subject)], files=[part], mails=list(part.children))
    if part.children:
        return _walk_children(part, reading)
    if part.media_type not in _TEXT or part.attached:
        return _file(part)
    if _is_binary(part):
        reading.note("A text part holds binary data; it is listed as an attachment.")
        return _file(part)
    if reading.text > MAX_TEXT:
        reading.note("There is more text than is read; the further text parts are listed as attachments.")
        return _file(part)
    return _read(part, reading)


def _kind(part: Part) -> str:
    if part.name.lower() == "winmail.dat":
        return "application/ms-tnef"
    return _ALIASES.get(part.media_type, part.media_type)


def _file(part: Part) -> Body:
    return Body(attachments=[_attachment(part)], files=[part])


def _read(part: Part, reading: Reading) -> Body:
    sifted = take_files(_text(part, reading))
    body = Body(text=sifted.text)
    for inline in sifted.files:
        body.add(_file(_inline_part(inline)))
    return body


def _inline_part(inline: Inline) -> Part:
    name = clean_line(inline.name, 200).replace("\\", "/").rpartition("/")[2]
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Part(Headers(), media_type, "", name, True, False, False, inline.data)


def _named_text(part: Part, reading: Reading) -> str:
    """The text of the first text part that has a file name but is meant to be read with the mail."""
    for leaf in _leaves(part):
        told = leaf.headers.raw("content-disposition").strip().lower().startswith("attachment")
        if reading.text > MAX_TEXT:
            return ""
        if leaf.media_type in _TEXT and not told and not _is_binary(leaf):
            text = _text(leaf, reading)
            if text.strip():
                return text
    return ""


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    elif not part.media_type.startswith("message/"):
        for child in part.children:
            yield from _leaves(child)


def _walk_children(part: Part, reading: Reading) -> Body:
    bodies = [_walk(child, reading) for child in part.children]
    whole = Body()
    if part.media_type == "multipart/alternative":
        chosen = _choose(part.children, bodies)
        for body in bodies:
            if body is not chosen:
                body.text = ""
    for body in bodies:
        whole.add(body)
    return whole


def _choose(parts: tuple[Part, ...], bodies: list[Body]) -> Body | None:
    """Plain text, unless it is blank or a stub beside a much longer HTML version."""
    written = [(part, body) for part, body in zip(parts, bodies, strict=True) if body.text.strip()]
    plain = next((body for part, body in written if part.media_type == "text/plain"), None)
    rich = next((body for part, body in reversed(written) if part.media_type != "text/plain"), None)
    if plain is None or rich is None:
        return plain or rich
    stub = len(plain.text.strip()) < _STUB and len(rich.text.strip()) > 4 * len(plain.text.strip())
    return rich if stub else plain


def _is_binary(part: Part) -> bool:
    if part.charset.lower().startswith(("utf-16", "utf-32", "ucs", "utf16", "utf32")):
        return False
    data = content(part, 4096)
    return len(data) - len(data.translate(None, _CONTROLS)) > max(8, len(data) // 10)


def _text(part: Part, reading: Reading) -> str:
    limit = MAX_HTML if part.media_type in _HTML else MAX_TEXT * 4
    data = content(part, limit)
    if len(data) == limit:
        data = data.rpartition(b"\n")[0] or data  # no half character at the cut
        reading.note(f"A text part is larger than {limit // 1024} kB; only its beginning was read.")
    if b"\0" in data:
        reading.note("The text holds NUL bytes; they were removed.")
    decoded = decode_bytes(data, part.charset)
    reading.note(decoded.trouble)
    reading.text += len(decoded.text)
    if part.media_type in _HTML:
        return html_to_text(decoded.text)
    if part.media_type in _TAGGED:
        return strip_tags(decoded.text.replace("<<", "&lt;"))
    reading.note(_cut(decoded.text))
    text = clean_text(decoded.text[:MAX_TEXT])
    return unflow(text, delete_space=part.delete_space) if part.flowed else text


def _attachment(part: Part, title: str = "") -> Attachment:
    name = part.name or (f"{title}.eml" if title else f"unnamed.{part.media_type.partition('/')[2]}")
    return Attachment(name=name, media_type=part.media_type, size=content_size(part))
