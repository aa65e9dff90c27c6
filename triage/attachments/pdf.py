"""The words of a PDF. Runs in the child process alone: the parser meets hostile files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from triage.attachments.words import MAX_FILE_TEXT, MAX_PAGES, FileWords, cut, unwrap

if TYPE_CHECKING:
    from pypdf import PdfReader

SCAN = "There is no text in it: a scan?"
LOCKED = "It is locked with a password."
DAMAGED = "It is damaged or no real PDF."
_SECONDS = 6.0  # after these the pages read so far have to do; the hard limit is the sandbox's


def read_pdf(data: bytes) -> FileWords:
    """The text of the first pages, at most `MAX_PAGES`, in their order. Never raises."""
    from io import BytesIO

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, WrongPasswordError

    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return FileWords(trouble=LOCKED)
        pages = min(len(reader.pages), MAX_PAGES)
    except (FileNotDecryptedError, WrongPasswordError, DependencyError):
        return FileWords(trouble=LOCKED)
    except Exception:  # a foreign parser on a hostile file: whatever it raises, the file is at fault
        return FileWords(trouble=DAMAGED)
    return _pages(reader, pages)


def _pages(reader: PdfReader, pages: int) -> FileWords:
    texts: list[str] = []
    length = failed = 0
    until = time.monotonic() + _SECONDS
    for number in range(pages):
        try:
            texts.append(unwrap(reader.pages[number].extract_text()))
        except Exception:  # one broken page does not take the others with it
            failed += 1
            texts.append("")
        length += len(texts[-1])
        if length > MAX_FILE_TEXT or time.monotonic() > until:
            break
    if not length or not "".join(texts).strip():
        return FileWords(trouble=DAMAGED if failed == len(texts) else SCAN)
    return cut("\n\n".join(texts), trouble=_missing(len(reader.pages), len(texts), failed, length))


def _missing(pages: int, read: int, failed: int, length: int) -> str:
    if failed:
        return f"{failed} of {pages} pages could not be read."
    # pages left out for length are said by the cut
    return f"Only {read} of its {pages} pages were read." if read < pages and length <= MAX_FILE_TEXT else ""
