"""Runs in a process of its own: a file comes in on standard input, its words go out as one line of JSON.

Not to be imported by the service: `limit` takes memory, time and the file system away from the process.
"""

from __future__ import annotations

import contextlib
import json
import sys

from triage.attachments.formats import Format
from triage.attachments.words import MAX_FILE, FileWords, cut

MEMORY = 400 * 1024 * 1024  # bytes of address space
SECONDS = 10  # of processor time


def main() -> None:
    """Read the file whose format is the first argument."""
    limit()
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # whatever a library prints is no answer
        found = _find(sys.argv[1], sys.stdin.buffer.read(MAX_FILE))
    out.write(json.dumps({"text": found.text, "trouble": found.trouble}))


def limit() -> None:
    """No more memory, time or written bytes than a document needs; no effect where the system has none."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is all there is
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is in force, or none can be set
            resource.setrlimit(what, (most, most))


def _find(kind: str, data: bytes) -> FileWords:
    try:
        return read(Format(kind), data)
    except MemoryError:
        return FileWords(trouble="It needs more memory than a document may.")
    except RecursionError:
        return FileWords(trouble="It is nested deeper than any real document.")


def read(kind: Format, data: bytes) -> FileWords:
    """The words of a file of this format."""
    if kind is Format.PDF:
        from triage.attachments.pdf import read_pdf

        return read_pdf(data)
    if kind is Format.PACKED:
        from triage.attachments.office import read_packed

        return read_packed(data)
    from triage.intake.charsets import decode_bytes
    from triage.intake.limits import MAX_HTML
    from triage.intake.text import html_to_text

    found = cut(html_to_text(decode_bytes(data[:MAX_HTML], "").text))
    return found if found.text else FileWords(trouble="There is no text in it.")
