"""How much of a mail is read. All caps hold before anything is parsed, so a crafted mail costs little."""

from __future__ import annotations

from triage.errors import TooLarge

MAX_MAIL = 25 * 1024 * 1024  # bytes of the whole message
MAX_HEADER_BLOCK = 64 * 1024  # bytes
MAX_HEADER = 16 * 1024  # bytes of one unfolded header
MAX_STRUCTURE_HEADER = 2 * 1024  # characters of Content-Type and Content-Disposition
MAX_HEADERS = 300
MAX_PARTS = 200
MAX_DEPTH = 20
MAX_HTML = 512 * 1024  # characters
MAX_TAGS = 8_000  # above this the layout is not worth its time
MAX_NESTING = 150  # elements within elements, above which the layout is not worth its time
MAX_LISTS = 30  # lists in one HTML body that keep their indentation
MAX_TEXT = 200_000  # characters of readable text, about sixty pages
MAX_LINE = 2_000  # characters of a line that are looked at for quotes and signatures
MAX_LINES = 10_000  # lines of a text that are looked at for where a message begins
MAX_TURNS = 100  # messages told apart inside one mail
MAX_QUOTE_DEPTH = 50


def check_size(raw: bytes) -> None:
    """Refuse a mail above `MAX_MAIL`.

    Raises:
        TooLarge: says how large it is and what to send instead.
    """
    if len(raw) > MAX_MAIL:
        raise TooLarge(
            f"The mail is {len(raw) / 1024 / 1024:.1f} MB; at most {MAX_MAIL // 1024 // 1024} MB are read.",
            "Send it again without the large attachments, or type the request into the form.",
        )
