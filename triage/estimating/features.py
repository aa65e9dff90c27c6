"""What the length and layout of a text say about its size."""

from __future__ import annotations

import math
import re

FEATURES = (
    "title_length",  # natural logarithm of 1 + characters
    "body_length",  # the same of the body
    "body_words",  # logarithm of 1 + words
    "body_lines",  # logarithm of 1 + line breaks
    "links",  # logarithm of 1 + addresses
    "list_entries",  # logarithm of 1 + lines that begin like a list
    "has_code",  # 1 when a code block or a stack trace is quoted
    "has_no_body",  # 1 when there is nothing but the title
)

_LINK = re.compile(r"https?://")
_LIST_ENTRY = re.compile(r"^[ \t]*(?:[*#•-]|\d+[.)])[ \t]", re.MULTILINE)
_CODE = re.compile(r"\{code|\{noformat|```|^\s+at [\w.$]+\(", re.MULTILINE)


def length_features(title: str, body: str) -> tuple[float, ...]:
    """One number per name in `FEATURES`, in that order; 0 for what is missing."""
    body = body.strip()
    return (
        math.log1p(len(title)),
        math.log1p(len(body)),
        math.log1p(len(body.split())),
        math.log1p(body.count("\n")),
        math.log1p(len(_LINK.findall(body))),
        math.log1p(len(_LIST_ENTRY.findall(body))),
        float(bool(_CODE.search(body))),
        float(not body),
    )
