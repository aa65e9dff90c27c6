"""Which files of a request are read, and when: at the start of drafting, each once.

Accepting stays quick that way, and a file that nobody can read costs a draft nothing but its words.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from triage.attachments.formats import Format, recognise
from triage.attachments.sandbox import read_apart
from triage.attachments.words import MAX_FILE, MAX_FILE_TEXT, MAX_FILES, MAX_REQUEST_TEXT, FileWords, cut
from triage.domain import Attachment, Request
from triage.errors import TriageError
from triage.intake.charsets import decode_bytes
from triage.intake.email import read_mail
from triage.intake.mime import Part, content, content_size

log = logging.getLogger(__name__)

MAIL_SECONDS = 60.0  # for all files of a request
NOT_THERE = "Its content did not come with the request."
_MAILS = "message/"
_MOST_BYTES = 2 * MAX_FILE_TEXT * 4  # of plain text: what is kept, of the longest characters, twice

Apart = Callable[[Format, bytes], FileWords]


class KeptFile(Protocol):
    """A file as the store knows it; `text` is None until it has been read."""

    @property
    def received_id(self) -> int: ...

    @property
    def position(self) -> int: ...

    @property
    def text(self) -> str | None: ...


class FileStore(Protocol):
    """What is needed of the records. `Store` is the real one."""

    def stored_files(self, request_id: str) -> Sequence[KeptFile]:
        """The files of a request, in the order they came."""

    def raw(self, received_id: int) -> bytes:
        """The mail or call that brought them, as it came."""

    def put_file_text(self, received_id: int, position: int, text: str, trouble: str = "") -> None:
        """Keep the words found in a file, or why there are none."""


@dataclass
class Allowance:
    """What the files of one request may still take: characters, files and seconds."""

    characters: int = MAX_REQUEST_TEXT
    files: int = MAX_FILES
    until: float = field(default_factory=lambda: time.monotonic() + MAIL_SECONDS)

    def refusal(self) -> str:
        """Why no further file is read, "" while one may be."""
        if self.characters <= 0:
            return f"Not read: the files before it already hold {MAX_REQUEST_TEXT:,} characters."
        if self.files <= 0:
            return f"Not read: it came with more than {MAX_FILES} files."
        return "Not read: the files before it took too long." if time.monotonic() > self.until else ""


class FileReader:
    """Finds the words of a request's files and keeps them."""

    def __init__(self, store: FileStore, apart: Apart = read_apart) -> None:
        self._store = store
        self._apart = apart

    def read(self, request_id: str) -> None:
        """Read the files not read yet; nothing about a file raises, only the database may."""
        files = self._store.stored_files(request_id)
        unread = [file for file in files if file.text is None]
        if not unread:
            return
        started, troubled = time.monotonic(), 0
        allowance = Allowance(MAX_REQUEST_TEXT - sum(len(file.text or "") for file in files))
        for received_id in dict.fromkeys(file.received_id for file in unread):
            parts = parts_of(self._store.raw(received_id))
            for file in (each for each in unread if each.received_id == received_id):
                part = parts[file.position] if file.position < len(parts) else None
                found = read_part(part, allowance, self._apart)
                self._store.put_file_text(received_id, file.position, found.text, found.trouble)
                troubled += bool(found.trouble)
        ms = (time.monotonic() - started) * 1000
        log.info("%s files %.0f ms, %d read, %d with trouble", request_id, ms, len(unread), troubled)


def with_file_words(request: Request, raw: bytes, apart: Apart = read_apart) -> Request:
    """A request just parsed from `raw`, with the words of its files."""
    if not request.attachments:
        return request
    allowance, parts = Allowance(), parts_of(raw)
    files = []
    for position, file in enumerate(request.attachments):
        part = parts[position] if position < len(parts) else None
        found = read_part(part, allowance, apart)
        files.append(file.model_copy(update={"text": found.text, "trouble": found.trouble}))
    return request.model_copy(update={"attachments": tuple[Attachment, ...](files)})


def parts_of(raw: bytes) -> tuple[Part, ...]:
    """The files in a mail as it came, row by row as they are stored; none when it is no mail."""
    try:
        return read_mail(raw).files
    except TriageError:
        return ()


def file_content(raw: bytes, position: int) -> bytes | None:
    """The bytes of one file of a mail; None when it does not hold them."""
    parts = parts_of(raw)
    return content(parts[position]) if 0 <= position < len(parts) else None


def read_part(part: Part | None, allowance: Allowance, apart: Apart = read_apart) -> FileWords:
    """The words of one file within what is left of the allowance, which it uses up. Never raises."""
    if part is None:
        return FileWords(trouble=NOT_THERE)
    if part.media_type.startswith(_MAILS) and part.children:
        return FileWords(trouble="A mail: its text stands in the thread.")
    if content_size(part) > MAX_FILE:
        return FileWords(trouble=f"Larger than {MAX_FILE // 1024 // 1024} MB: not read.")
    refusal = allowance.refusal()
    if refusal:
        return FileWords(trouble=refusal)
    allowance.files -= 1
    found = read_file(content(part), part.charset, apart)
    if len(found.text) > allowance.characters:
        found = cut(found.text, allowance.characters)
    allowance.characters -= len(found.text)
    return found


def read_file(data: bytes, charset: str = "", apart: Apart = read_apart) -> FileWords:
    """The words of a file. Plain text is read here, everything else in a process of its own."""
    known = recognise(data)
    if known.format is None:
        return FileWords(trouble=known.trouble)
    if known.format is not Format.TEXT:
        return apart(known.format, data)
    beginning = data[:_MOST_BYTES]
    if known.charset:
        found = cut(beginning.decode(known.charset, "replace"))
    else:
        if len(data) > _MOST_BYTES:
            beginning = beginning.rpartition(b"\n")[0] or beginning  # no half character at the cut
        decoded = decode_bytes(beginning, charset)
        found = cut(decoded.text, trouble=decoded.trouble)
    return found if found.text else FileWords(trouble="There is no text in it.")
