"""Where one message ends and an older one begins, read off single lines.

Three shapes: a block of header lines ("From: … Sent: … To: …", `printed.py`), with or without a
separator above it, and an attribution ("On … Anna wrote:", `attributions.py`). A look at one line costs
a bounded number of lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from triage.intake.attributions import read_attribution
from triage.intake.labels import Label, fold
from triage.intake.limits import MAX_LINE, MAX_QUOTE_DEPTH
from triage.intake.phrases import END_LINES, FORWARD_LINES, ORIGINAL_LINES
from triage.intake.printed import (
    LABELLED,
    Block,
    Line,
    label_of,
    name_and_address,
    next_text,
    read_block,
    unglue,
    unknown_block,
)
from triage.intake.text import clean_line

_RULES = "-_*=~‐‑‒–—―−─━"
_RULE_AND_LABEL = re.compile(r"(-{3,}[^-:]{3,60}-{3,})\s*([^-\s].*)")
_FORWARD_FIRST = frozenset(phrase.partition(" ")[0] for phrase in FORWARD_LINES)
_GLUED = 20  # lines that may be a whole header block
_SOFT_RULE = re.compile(r"_{20,}")  # Outlook's line above a header block


class Origin(StrEnum):
    """How an older message came to stand below a newer one."""

    OUTER = "outer"  # the newest message: nothing stands above it
    FORWARD = "forward"  # the separator says it was forwarded
    HEADERS = "headers"  # a header block: forwards and replies of Outlook look alike
    REPLY = "reply"  # "On … wrote:"
    QUOTE = "quote"  # quoted lines of which nothing says who wrote them
    ATTACHED = "attached"  # a message/rfc822 part


@dataclass(frozen=True)
class Marker:
    """An older message begins: its text starts at line `after`; who, when and about what.

    `guessed`: the labels are in no known language and were told apart by their values.
    """

    after: int
    origin: Origin
    sender: str = ""
    address: str = ""
    sent: str = ""
    subject: str = ""
    guessed: bool = False


def read_lines(text: str, subject: str = "") -> list[Line]:
    """The lines with ">" counted and cut off; a header block run into one line is taken apart."""
    lines: list[Line] = []
    tries = 0
    for raw in text.split("\n"):
        line = _line(raw)
        if "@" in raw and tries < _GLUED and _may_be_glued(line.text):
            tries += 1
            glued = unglue(line.text, subject) or _split_rule(line.text)
            lines += [Line(line.depth, piece) for piece in glued] or [line]
        else:
            lines.append(line)
    return lines


def find_marker(lines: Sequence[Line], index: int, subject: str = "") -> Marker | None:
    """The marker that begins at line `index`, if any. `subject`: of the mail, without prefixes."""
    text = lines[index].text[:MAX_LINE].strip()
    if len(text) < 2:
        return None
    return (
        _separator(lines, index, text, subject)
        or _plain_block(lines, index, subject)
        or _reply(lines, index, text)
    )


def is_end_line(line: Line) -> bool:
    """ "-------- End of forwarded message --------"."""
    text = line.text[:120].strip()
    return _is_ruled(text) and fold(text.strip(_RULES + " ")).startswith(END_LINES)


def _line(line: str) -> Line:
    if not line.startswith((">", " ")):
        return Line(0, line.rstrip())
    depth = position = 0
    end = min(len(line), MAX_LINE)
    while position < end and line[position] in "> ":
        if line[position] == ">":
            depth += 1
            start = position + 1
        position += 1
    if not depth:
        return Line(0, line.rstrip())
    return Line(min(depth, MAX_QUOTE_DEPTH), line[start:].removeprefix(" ").rstrip())


def _may_be_glued(text: str) -> bool:
    if text.count(":") + text.count("：") < 3:
        return text.startswith("---")
    return "---" in text or label_of(text) is Label.SENDER


def _split_rule(text: str) -> list[str]:
    """A separator and the first label, when no line break is left between them."""
    found = _RULE_AND_LABEL.fullmatch(text[:MAX_LINE])
    return [found[1], found[2]] if found and label_of(found[2]) else []


def _is_ruled(text: str) -> bool:
    return len(text) > 8 and text[0] in _RULES and text[-1] in _RULES


def _separator(lines: Sequence[Line], index: int, text: str, subject: str) -> Marker | None:
    ruled = _is_ruled(text)
    if not ruled and (len(text) > 90 or fold(text.partition(" ")[0].rstrip(":：")) not in _FORWARD_FIRST):
        return None
    words = fold(text.strip(_RULES + "> ").rstrip(":： "))
    forward = words in FORWARD_LINES
    known = forward or (ruled and words in ORIGINAL_LINES)
    if not known and not (ruled and (words or _SOFT_RULE.fullmatch(text))):
        return None
    origin = Origin.FORWARD if forward else Origin.HEADERS
    first = next_text(lines, index + 1)
    if first is not None:
        below = _below_separator(lines, first, origin, subject, known=known)
        if below:
            return _past_rule(lines, below, text)
    return Marker(index + 1, origin) if known and ruled else None


def _past_rule(lines: Sequence[Line], marker: Marker, rule: str) -> Marker:
    """Some programs print the separator a second time below the header block."""
    first = next_text(lines, marker.after)
    repeated = first is not None and lines[first].text.strip() == rule
    return replace(marker, after=first + 1) if repeated and first is not None else marker


def _below_separator(
    lines: Sequence[Line], first: int, origin: Origin, subject: str, *, known: bool
) -> Marker | None:
    block = read_block(lines, first, subject)
    told = len(block.fields) - (Label.OTHER in block.fields)
    if Label.SENDER in block.fields and (known or told > 1):
        return _from_block(block, origin)
    guess = unknown_block(lines, first, subject)
    if guess:
        return _from_block(guess, origin)
    if not known:
        return None
    if told > 1:
        return _from_block(block, origin)
    return _reply(lines, first, lines[first].text[:MAX_LINE].strip(), origin)


def _plain_block(lines: Sequence[Line], index: int, subject: str) -> Marker | None:
    first = label_of(lines[index].text)
    if first is None:
        return _unknown_sender(lines, index, subject)
    if first in (Label.COPY, Label.OTHER):
        return None
    block = read_block(lines, index, subject)
    told = [label for label in block.fields if label is not Label.OTHER]
    dated = sum(character.isdigit() for character in block.fields.get(Label.SENT, "")) >= 4
    sure = len(told) >= 3 or (dated and "@" in block.fields.get(Label.SENDER, ""))
    if not block.fields.get(Label.SENDER) or not sure:
        return None
    return _from_block(block, Origin.HEADERS)


def _unknown_sender(lines: Sequence[Line], index: int, subject: str) -> Marker | None:
    """A block whose first label is in no known language, though those below it are."""
    text = lines[index].text[:MAX_LINE]
    if "@" not in text or index + 1 >= len(lines) or not LABELLED.match(text.strip()):
        return None
    block = read_block(lines, index + 1, subject)
    if Label.SENDER in block.fields or len(block.fields.keys() - {Label.OTHER, Label.COPY}) < 3:
        return None
    block.fields[Label.SENDER] = text.replace("：", ":").partition(":")[2]
    return _from_block(replace(block, guessed=True), Origin.HEADERS)


def _from_block(block: Block, origin: Origin) -> Marker:
    name, address = name_and_address(block.fields.get(Label.SENDER, ""))
    sent = clean_line(block.fields.get(Label.SENT, ""), 100)
    subject = clean_line(block.fields.get(Label.SUBJECT, ""))
    return Marker(block.after, origin, name, address, sent, subject, block.guessed)


def _reply(lines: Sequence[Line], index: int, text: str, origin: Origin = Origin.REPLY) -> Marker | None:
    found = read_attribution(lines, index, text, sure=origin is not Origin.REPLY)
    return Marker(found.after, origin, found.sender, found.address, found.sent) if found else None
