"""Header lines that a mail program printed into a text: "From: … Sent: … To: … Subject: …".

A block is read from its first line on: labels in any known language, recipients and long values over
several lines, single blank lines in between. `unknown_block` reads the same shape where no label is
known, by what stands in the values; that is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from triage.intake.labels import LABELS, Label, fold
from triage.intake.limits import MAX_LINE
from triage.intake.phrases import ON_BEHALF
from triage.intake.text import clean_line

_BLOCK_LINES = 80  # with one recipient a line
_LOOK_AHEAD = 40
_GAP_LINES = 5  # between a separator and its header block
_REPEATS = 4  # labels that may come again within one block: "Sent" and "Date"
_MOST_COLONS = 30  # looked at in a line that may hold a whole block
_LABEL_LENGTH = 24
_RULE_AT_END = re.compile(r"(?<!-)-{3,60}[^-\n]{3,60}-{3,60}$")
_MARKS = "*_ \t\u200e\u200f\u202a\u202b\u202c"
_DIRECTIONS = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_COLONS = str.maketrans({"：": ":", "﹕": ":", "∶": ":", "׃": ":"})
_CORE = (Label.SENDER, Label.SENT, Label.TO, Label.SUBJECT)
LABELLED = re.compile(r"[^\W\d_][\w .'’/()-]{0,30}?\s?[:：][*_]{0,2}\s")


class Line(NamedTuple):
    """A line of text with its quote level: the number of ">" in front, which are cut off."""

    depth: int
    text: str


@dataclass
class Block:
    """The values by label; the text goes on at line `after`. `guessed`: no label was known."""

    fields: dict[Label, str] = field(default_factory=dict)
    after: int = 0
    guessed: bool = False
    indented: bool = False  # all of the mail is


def label_of(text: str) -> Label | None:
    """What the line's label says, None when it has none that is known."""
    head, colon, _ = text[:60].partition(":")
    if not colon or not head.isascii():
        head, colon, _ = text[:60].translate(_COLONS).partition(":")
    head = head.strip(_MARKS)
    return LABELS.get(fold(head)) if colon and len(head) <= _LABEL_LENGTH else None


def read_block(lines: Sequence[Line], index: int, subject: str = "") -> Block:
    """Labelled lines from `index` on; no fields when line `index` has no known label.

    `subject`: that of the mail around it, which tells a folded subject line from the text below it.
    """
    block = Block(after=index, indented=lines[index].text[:1] in (" ", "\t"))
    depth, last, repeats = lines[index].depth, None, 0
    for position in range(index, min(index + _BLOCK_LINES, len(lines))):
        line = lines[position]
        if line.depth != depth:
            break
        label = label_of(line.text)
        if not line.text.strip():
            if not _goes_on(lines, position, block):
                break
        elif label and label not in block.fields:
            block.fields[label] = _value(line.text)
            last = label
        elif label in (Label.OTHER, Label.COPY, Label.SENT) and block.fields and repeats < _REPEATS:
            repeats += 1
            last = None if label is Label.OTHER else last
        elif label is None and last and _folded(lines, position, last, block, subject):
            gap = "" if block.fields[last].endswith("@") else " "
            block.fields[last] = f"{block.fields[last]}{gap}{line.text[:MAX_LINE].strip()}".strip()
        else:
            break
        block.after = position + 1
    return block


def unknown_block(lines: Sequence[Line], index: int, subject: str) -> Block | None:
    """Three or more lines "word: value" with an address among them, as a guess at sender and subject.

    All programs print the sender above the recipients, so the first address is the sender's.
    """
    block = Block(after=index, guessed=True)
    rows = 0
    for position in range(index, min(index + 12, len(lines))):
        text = lines[position].text[:MAX_LINE].strip(_MARKS)
        if lines[position].depth != lines[index].depth or not LABELLED.match(text + " "):
            break
        value = _value(text)
        rows, block.after = rows + 1, position + 1
        if "@" in value:
            block.fields.setdefault(Label.SENDER, value)
        elif value and value == subject:
            block.fields.setdefault(Label.SUBJECT, value)
        elif sum(character.isdigit() for character in value) >= 5:
            block.fields.setdefault(Label.SENT, value)
    return block if rows >= 3 and Label.SENDER in block.fields else None


def next_text(lines: Sequence[Line], index: int) -> int | None:
    """The first line with text from `index` on, None when the next few are blank."""
    for position in range(index, min(index + _GAP_LINES, len(lines))):
        if lines[position].text.strip():
            return position
    return None


def unglue(text: str, subject: str) -> list[str]:
    """The lines of a header block that lost its line breaks ("From: A <a@…>To: B <b@…>Subject: …").

    Empty when `text` is no such line. What follows the subject cannot be told from it unless there is a
    gap or the subject is known.
    """
    text = text.translate(_COLONS)
    cuts = list(_label_starts(text[:MAX_LINE]))
    labels = [label for label, _ in cuts]
    if len(set(labels)) < 3 or Label.SENDER not in labels or Label.SUBJECT not in labels or "@" not in text:
        return []
    cuts = cuts[: labels.index(Label.SUBJECT) + 1] if labels[-1] is not Label.SUBJECT else cuts
    bounds = [start for _, start in cuts] + [len(text)]
    pieces = [text[start:end].strip() for start, end in pairwise(bounds)]
    above = _above_rule(text[: bounds[0]].strip())
    return [*above, *pieces[:-1], *_split_subject(pieces[-1], subject)]


def _above_rule(text: str) -> list[str]:
    """What stands before a block: a note, and the separator on a line of its own."""
    found = _RULE_AT_END.search(text)
    pieces = (text[: found.start()].strip(), found[0].strip()) if found else (text,)
    return [piece for piece in pieces if piece]


def name_and_address(value: str) -> tuple[str, str]:
    """The display name and the first address in a header value as a mail program prints it."""
    value = clean_line(value.translate(_DIRECTIONS).replace("mailto:", " "), 500)
    behalf = next((words for words in ON_BEHALF if words in value.lower()), "")
    if behalf:
        value = value[value.lower().find(behalf) + len(behalf) :] or value
    span = _address_span(value)
    if not span:
        return _name(value), ""
    left, right = span
    name = _name(value[:left])
    if not name:
        after = value[right:].strip("\"'<>[]*_,;: ")
        name = after.strip("()").strip() if "@" not in after and after.startswith("(") else ""
    address = value[left:right].strip(".-'").lower()
    return ("" if name.lower() == address else name), address


def _name(text: str) -> str:
    """A display name without the marks around it; "Ana Berg (Sales)" keeps its own."""
    name = text.rstrip("\"'”“»<[(*_,;:= \\").lstrip("\"'„“”«(<>*_,;:= \\")
    if name.endswith((">", "]")) and not any(mark in name for mark in "<["):
        name = name.rstrip(">] ")
    return name[1:-1].strip() if name[:1] == "[" and name[-1:] == "]" else name


def _address_span(value: str) -> tuple[int, int] | None:
    at = value.find("@")
    while at >= 0:
        left, right = at, at + 1
        while left and (value[left - 1].isalnum() or value[left - 1] in "._%+-=&'/!#$~"):
            left -= 1
        while right < len(value) and (value[right].isalnum() or value[right] in ".-"):
            right += 1
        if value[left:at].strip("'") and value[at + 1 : right].strip(".-"):
            return left, right
        at = value.find("@", at + 1)
    return None


def _goes_on(lines: Sequence[Line], position: int, block: Block) -> bool:
    """A blank line inside a block: a label is still missing, and the next line has one."""
    if all(label in block.fields for label in _CORE):
        return False
    following = next((line for line in lines[position + 1 : position + 3] if line.text.strip()), None)
    label = label_of(following.text) if following and following.depth == lines[position].depth else None
    return bool(block.fields) and label is not None and label not in block.fields


def _folded(lines: Sequence[Line], position: int, last: Label, block: Block, subject: str) -> bool:
    """True when the line goes on with the value of the label above it."""
    text = lines[position].text
    indented = text[:1] in (" ", "\t") and not block.indented
    if indented or (last is Label.SENDER and text.lstrip().startswith(("<", "["))):
        return True
    if last in (Label.TO, Label.COPY) and "@" in text:
        open_list = not block.fields[last] or block.fields[last].endswith((",", ";"))
        return open_list or "<" in text or len(text.split()) <= 2
    if last is Label.SUBJECT:
        begun = block.fields[last]
        whole = f"{begun} {text.strip()}"
        return len(begun) >= 20 and bool(subject) and fold(subject).startswith(fold(whole))
    if not block.fields[last] and last is Label.SENDER:
        return True  # the value stands below its label
    return _label_ahead(lines, position, block)


def _label_ahead(lines: Sequence[Line], position: int, block: Block) -> bool:
    """A label that is still missing follows before the next blank line."""
    for line in lines[position + 1 : position + _LOOK_AHEAD]:
        if not line.text.strip() or line.depth != lines[position].depth:
            return False
        label = label_of(line.text)
        if label:
            return label in _CORE and label not in block.fields
    return False


def _value(text: str) -> str:
    return text[:MAX_LINE].translate(_COLONS).partition(":")[2].strip(_MARKS)


def _label_starts(text: str) -> list[tuple[Label, int]]:
    found: list[tuple[Label, int]] = []
    seen: set[Label] = set()
    floor = 0
    colon = text.find(":")
    for _ in range(_MOST_COLONS):
        if colon < 0:
            break
        start = _label_before(text, colon, floor)
        label = LABELS[fold(text[start:colon])] if start >= 0 else None
        if label and label not in seen:
            seen.add(label)
            found.append((label, start))
            floor = colon + 1
        colon = text.find(":", colon + 1)
    return found


def _label_before(text: str, colon: int, floor: int) -> int:
    """Where the longest known label that ends at `colon` begins, -1 for none."""
    for start in range(max(floor, colon - _LABEL_LENGTH), colon):
        first, before = text[start], text[start - 1 : start]
        begins = first.isalpha() and not first.islower() and not (before.isalpha() and before.islower())
        if begins and fold(text[start:colon]) in LABELS:
            return start
    return -1


def _split_subject(piece: str, subject: str) -> list[str]:
    label, _, value = piece.translate(_COLONS).partition(":")
    value = value.strip()
    if subject and fold(value[: len(subject) + 5]).startswith(fold(subject)):
        cut = next((i for i in range(len(subject), len(value) + 1) if fold(value[:i]) == fold(subject)), 0)
        cut = cut or len(subject)
        return [f"{label}: {value[:cut]}", "", value[cut:].strip()]
    gap = re.search(r"\s{2,}", value)
    if gap:
        return [f"{label}: {value[: gap.start()]}", "", value[gap.end() :]]
    return [f"{label}: {value}"]
