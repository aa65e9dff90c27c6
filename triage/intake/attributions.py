"""The line above a quoted reply, "On … Anna wrote:", in many languages and over up to four lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.intake.labels import fold
from triage.intake.limits import MAX_LINE
from triage.intake.phrases import ATTRIBUTION_STARTS, ATTRIBUTION_VERBS, TIME_WORDS
from triage.intake.printed import Line, name_and_address, next_text
from triage.intake.text import clean_line

_LINES = 4
_SHORTEST = 10  # characters
_TIME = re.compile(r"\d{1,2}[:.]\d\d")


@dataclass(frozen=True)
class Attribution:
    """Who wrote the reply and when; its text starts at line `after`."""

    after: int
    sender: str
    address: str
    sent: str


def read_attribution(
    lines: Sequence[Line], index: int, text: str, *, sure: bool = False
) -> Attribution | None:
    """The attribution that begins at line `index`, whose beginning is `text`.

    `sure`: a separator above says that a message follows.
    """
    started, joined = _starts(text), ""
    if not started and not any(character.isdigit() or character in "@:：" for character in text):
        return None
    for position in range(index, min(index + _LINES, len(lines))):
        line = lines[position]
        if position > index and not started and line.text.strip() and _starts(line.text):
            return None  # it begins further down
        if line.depth != lines[index].depth or not line.text.strip():
            return None
        joined = f"{joined} {line.text[:MAX_LINE].strip()}".strip()
        if joined.endswith((":", "：")):
            quoted = sure or _quoted_below(lines, position + 1, line.depth)
            return _parse(joined, position + 1, started, quoted=quoted)
    return None


def _starts(text: str) -> bool:
    return fold(text[:40].strip().partition(" ")[0].strip(",")) in ATTRIBUTION_STARTS


def _quoted_below(lines: Sequence[Line], index: int, depth: int) -> bool:
    first = next_text(lines, index)
    return first is not None and lines[first].depth > depth


def _parse(joined: str, after: int, started: bool, *, quoted: bool) -> Attribution | None:
    if len(joined) > 500:
        return None
    dated = any(character.isdigit() for character in joined)
    if len(joined) < _SHORTEST or not (dated or "@" in joined):
        return None
    verb = _verb(joined)
    told = (started and dated) or "@" in joined
    timed = "@" in joined and bool(_TIME.search(joined)) and quoted
    if not (verb and (told or (dated and quoted))) and not timed:
        return None
    at = _lower(joined).rfind(verb) if verb else len(joined)
    left, right = joined[:at].strip(" :："), joined[at + len(verb) :].strip(" :：")
    left = left.split(maxsplit=1)[1] if started and " " in left else left
    if right and any(character.isdigit() for character in left):
        sent, who = left, right
    elif right:
        sent, who = right, left
    else:
        sent, who = _split_date(left)
    name, address = name_and_address(who)
    return Attribution(after, _bare(name), address, clean_line(sent.strip(" ,、"), 100))


def _lower(text: str) -> str:
    """Lower case, every character in its place."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _verb(text: str) -> str:
    lower = _lower(text)
    return next((verb for verb in ATTRIBUTION_VERBS if verb in lower), "")


def _bare(name: str) -> str:
    """The name without the words some languages put before it."""
    words = name.split()
    while words and words[0].casefold().strip(",") in TIME_WORDS | {"kontakt"}:
        words = words[1:]
    return " ".join(words).strip(" ,、")


def _split_date(text: str) -> tuple[str, str]:
    """ "3 Nov 2026 at 09:12, Anna <a@…>" -> date, sender: the date ends with its last number."""
    words = text.split()
    names = next((i for i, word in enumerate(words) if "@" in word), len(words))
    last = max((i for i, word in enumerate(words[:names]) if any(c.isdigit() for c in word)), default=-1)
    if last < 0 and any(c.isdigit() for word in words[names + 1 :] for c in word):
        return " ".join(words[names + 1 :]), " ".join(words[: names + 1])
    while last + 1 < names and words[last + 1].casefold().strip("(),") in TIME_WORDS:
        last += 1
    return " ".join(words[: last + 1]), " ".join(words[last + 1 :])
