"""Where one message ends and an older one begins, read off single lines.

Three shapes: a block of header lines ("From: … Sent: … To: …"), with or without a separator above
it, and an attribution ("On … Anna wrote:"). A look at one line costs a bounded number of lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from triage.intake.limits import MAX_LINE, MAX_QUOTE_DEPTH
from triage.intake.phrases import (
    ATTRIBUTION_STARTS,
    ATTRIBUTION_VERBS,
    FORWARD_LINES,
    LABELS,
    ORIGINAL_LINES,
    TIME_WORDS,
    Label,
)
from triage.intake.text import clean_line

_BLOCK_LINES = 16
_ATTRIBUTION_LINES = 4
_GAP_LINES = 4  # between a separator and its header block


@dataclass(frozen=True)
class Line:
    """A line of text with its quote level: the number of ">" in front, which are cut off."""

    depth: int
    text: str


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
    """An older message begins: its text starts at line `after`; who, when and about what."""

    after: int
    origin: Origin
    sender: str = ""
    address: str = ""
    sent: str = ""
    subject: str = ""


@dataclass
class _Block:
    fields: dict[Label, str] = field(default_factory=dict)
    after: int = 0


def read_lines(text: str) -> list[Line]:
    """Split into lines, ">" counted and cut off."""
    return [_line(line) for line in text.split("\n")]


def find_marker(lines: Sequence[Line], index: int) -> Marker | None:
    """The marker that begins at line `index`, if any."""
    text = lines[index].text[:MAX_LINE].strip()
    if len(text) < 3:
        return None
    return _separator(lines, index, text) or _plain_block(lines, index) or _attribution(lines, index, text)


def name_and_address(value: str) -> tuple[str, str]:
    """The display name and the first address in a header value as a mail program prints it."""
    value = clean_line(value.replace("mailto:", " "), 500)
    at = value.find("@")
    if at < 0:
        return value.strip("\"'<>[]()*_ "), ""
    left, right = at, at + 1
    while left and (value[left - 1].isalnum() or value[left - 1] in "._%+-=&'/!#$~"):
        left -= 1
    while right < len(value) and (value[right].isalnum() or value[right] in ".-"):
        right += 1
    address = value[left:right].strip(".-'").lower()
    name = value[:left].strip("\"'<>[]()*_,; ")
    return name, address if not address.startswith("@") and not address.endswith("@") else ""


def _line(line: str) -> Line:
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


def _separator(lines: Sequence[Line], index: int, text: str) -> Marker | None:
    ruled = len(text) > 8 and text[0] in "-_*=" and text[-1] in "-_*="
    words = " ".join(text.strip("-_*=> ").rstrip(": ").replace("’", "'").casefold().split())
    forward = words in FORWARD_LINES
    known = forward or (ruled and words in ORIGINAL_LINES)
    if not known and not (ruled and words):
        return None
    first = _next_text(lines, index + 1)
    block = _header_block(lines, first) if first else None
    origin = Origin.FORWARD if forward else Origin.HEADERS
    if block and Label.SENDER in block.fields and (known or len(block.fields) > 1):
        return _from_block(block, origin)
    return Marker(index + 1, origin) if known and ruled else None


def _plain_block(lines: Sequence[Line], index: int) -> Marker | None:
    if _label(lines[index].text) in (None, Label.COPY, Label.OTHER):
        return None
    block = _header_block(lines, index)
    told = [label for label in block.fields if label is not Label.OTHER]
    if not block.fields.get(Label.SENDER) or len(told) < 3:
        return None
    return _from_block(block, Origin.HEADERS)


def _from_block(block: _Block, origin: Origin) -> Marker:
    name, address = name_and_address(block.fields.get(Label.SENDER, ""))
    sent = clean_line(block.fields.get(Label.SENT, ""), 100)
    subject = clean_line(block.fields.get(Label.SUBJECT, ""))
    return Marker(block.after, origin, name, address, sent, subject)


def _header_block(lines: Sequence[Line], index: int) -> _Block:
    """Labelled lines from `index` on, with folded recipients and single blank lines between them."""
    block = _Block(after=index)
    depth, last = lines[index].depth, None
    for position in range(index, min(index + _BLOCK_LINES, len(lines))):
        line = lines[position]
        label = _label(line.text)
        if line.depth != depth:
            break
        if not line.text.strip():
            if not _continues(lines, position, block):
                break
        elif label and label not in block.fields:
            block.fields[label] = _value(line.text)
            last = label
        elif label is Label.OTHER:
            pass
        elif last and _folded(line.text, last):
            block.fields[last] += " " + line.text.strip()
        else:
            break
        block.after = position + 1
    return block


def _continues(lines: Sequence[Line], position: int, block: _Block) -> bool:
    """A blank line inside a block: the next line is a label not seen before."""
    following = lines[position + 1] if position + 1 < len(lines) else None
    label = _label(following.text) if following and following.depth == lines[position].depth else None
    return bool(block.fields) and label is not None and label not in block.fields


def _folded(text: str, last: Label) -> bool:
    if last in (Label.TO, Label.COPY):
        return "@" in text or text[:1] in (" ", "\t")
    return text[:1] in (" ", "\t") or (last is Label.SENDER and text.startswith("<"))


def _label(text: str) -> Label | None:
    head, colon, _ = text[:60].strip("*_ \t").replace("：", ":").partition(":")
    if not colon or len(head) > 24:
        return None
    return LABELS.get(" ".join(head.strip("*_ \t").casefold().replace("’", "'").split()))


def _value(text: str) -> str:
    return text[:MAX_LINE].replace("：", ":").partition(":")[2].strip("*_ \t")


def _next_text(lines: Sequence[Line], index: int) -> int | None:
    for position in range(index, min(index + _GAP_LINES, len(lines))):
        if lines[position].text.strip():
            return position
    return None


def _attribution(lines: Sequence[Line], index: int, text: str) -> Marker | None:
    first = text.split(maxsplit=1)[0].casefold().strip(",")
    if first not in ATTRIBUTION_STARTS and "@" not in text and not _verb(text):
        return None
    joined = ""
    for position in range(index, min(index + _ATTRIBUTION_LINES, len(lines))):
        line = lines[position]
        if line.depth != lines[index].depth or not line.text.strip():
            return None
        joined = f"{joined} {line.text[:MAX_LINE].strip()}".strip()
        if joined.endswith((":", "：")):
            return _read_attribution(joined, position + 1, first in ATTRIBUTION_STARTS)
    return None


def _read_attribution(joined: str, after: int, started: bool) -> Marker | None:
    verb = _verb(joined)
    dated = any(character.isdigit() for character in joined)
    if not verb or len(joined) > 500 or not ((started and dated) or "@" in joined):
        return None
    at = joined.casefold().rfind(verb)
    left, right = joined[:at].strip(), joined[at + len(verb) :].strip(" :：")
    left = left.split(maxsplit=1)[1] if started and " " in left else left
    if right and any(character.isdigit() for character in left):
        sent, who = left, right
    elif right:
        sent, who = right, left
    else:
        sent, who = _split_date(left)
    name, address = name_and_address(who)
    return Marker(after, Origin.REPLY, name, address, clean_line(sent.strip(" ,"), 100))


def _verb(text: str) -> str:
    folded = text.casefold()
    return next((verb for verb in ATTRIBUTION_VERBS if verb in folded), "")


def _split_date(text: str) -> tuple[str, str]:
    """ "3 Nov 2026 at 09:12, Anna <a@…>" -> date, sender: the date ends with its last number."""
    words = text.split()
    names = next((i for i, word in enumerate(words) if "@" in word), len(words))
    last = max((i for i, word in enumerate(words[:names]) if any(c.isdigit() for c in word)), default=-1)
    while last + 1 < names and words[last + 1].casefold().strip("(),") in TIME_WORDS:
        last += 1
    return " ".join(words[: last + 1]), " ".join(words[last + 1 :])
