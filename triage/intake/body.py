"""The readable text of a mail and the list of what is attached to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.domain import Attachment
from triage.intake.charsets import decode_bytes
from triage.intake.limits import MAX_HTML, MAX_TEXT
from triage.intake.mime import Part, Reading, content, content_size
from triage.intake.text import clean_text, html_to_text, unflow

_STUB = 200  # characters: "your mail program cannot show HTML" is shorter, a request seldom

_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r\f\x1b")


@dataclass
class Body:
    """What one mail holds: text, files, and mails attached to it."""

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    mails: list[Part] = field(default_factory=list)

    def add(self, other: Body) -> None:
        """Append what another part holds."""
        self.text = "\n\n".join(text for text in (self.text, other.text) if text.strip())
        self.attachments += other.attachments
        self.mails += other.mails


def read_body(part: Part, reading: Reading) -> Body:
    """Walk the tree: plain text before HTML, every other leaf an attachment."""
    body = _walk(part, reading)
    if len(body.text) > MAX_TEXT:
        reading.note(f"The text is {len(body.text):,} characters; only the first {MAX_TEXT:,} were read.")
        body.text = body.text[:MAX_TEXT]
    return body


def _walk(part: Part, reading: Reading) -> Body:
    if part.media_type.startswith("message/") and part.children:
        subject = part.children[0].headers.line("subject", 150)
        return Body(attachments=[_attachment(part, subject)], mails=list(part.children))
    if part.children:
        return _walk_children(part, reading)
    if part.media_type not in ("text/plain", "text/html") or part.attached:
        return Body(attachments=[_attachment(part)])
    if _is_binary(part):
        reading.note("A text part holds binary data; it is listed as an attachment.")
        return Body(attachments=[_attachment(part)])
    return Body(text=_text(part, reading))


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
    limit = MAX_HTML if part.media_type == "text/html" else MAX_TEXT * 4
    data = content(part, limit)
    if len(data) == limit:
        data = data.rpartition(b"\n")[0] or data  # no half character at the cut
        reading.note(f"A text part is larger than {limit // 1024} kB; only its beginning was read.")
    if b"\0" in data:
        reading.note("The text holds NUL bytes; they were removed.")
    decoded = decode_bytes(data, part.charset)
    reading.note(decoded.trouble)
    if part.media_type == "text/html":
        return html_to_text(decoded.text)
    text = clean_text(decoded.text)
    return unflow(text, delete_space=part.delete_space) if part.flowed else text


def _attachment(part: Part, title: str = "") -> Attachment:
    name = part.name or (f"{title}.eml" if title else f"unnamed.{part.media_type.partition('/')[2]}")
    return Attachment(name=name, media_type=part.media_type, size=content_size(part))
