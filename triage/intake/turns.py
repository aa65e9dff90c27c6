"""One text into the messages it holds: who said what when, newest first.

Quote levels form a stack. A deeper level belongs to an older message; when the level falls back, the
writer above goes on, so answers written between quoted lines stay with their author.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from triage.intake.limits import MAX_LINES, MAX_TURNS
from triage.intake.markers import Marker, Origin, find_marker, is_end_line, read_lines
from triage.intake.printed import Line


@dataclass(frozen=True)
class Turn:
    """One message; `sender` may be empty when nothing says who wrote it."""

    origin: Origin = Origin.OUTER
    sender: str = ""
    address: str = ""
    sent: str = ""
    subject: str = ""
    text: str = ""
    guessed: bool = False  # the header block is in no known language


@dataclass
class _Open:
    turn: Turn
    depth: int
    lines: list[str] = field(default_factory=list)
    older: _Open | None = None


def split_turns(text: str, subject: str = "") -> list[Turn]:
    """The newest message first, then what it answers or forwards, and so on down.

    `subject`: of the mail, without "Fwd:" and the like; it helps to read a damaged header block. The
    first turn is always `Origin.OUTER`. Linear in `text`; at most `MAX_TURNS` turns, of which the last
    gets all that is below line `MAX_LINES`.
    """
    outer = _Open(Turn(), depth=0)
    stack, count = [outer], 1
    *first, rest = [*text.split("\n", MAX_LINES), ""][: MAX_LINES + 1]
    lines = read_lines("\n".join(first), subject)
    index = 0
    while index < len(lines):
        line = lines[index]
        marker = find_marker(lines, index, subject) if count < MAX_TURNS else None
        if marker is None and is_end_line(line):
            index += 1
            continue
        count += _move_to(stack, line)
        if marker is None:
            stack[-1].lines.append(line.text)
            index += 1
            continue
        _open_older(stack, marker, _depth_after(lines, marker, line.depth))
        count += 1
        index = marker.after
    stack[-1].lines.append(rest)
    return _newest_first(outer)


def _move_to(stack: list[_Open], line: Line) -> int:
    """Close the levels above the line's, open one when it is deeper; returns how many were opened."""
    if not line.text.strip():
        return 0  # a blank line changes no level: some programs quote them, some do not
    while len(stack) > 1 and stack[-1].depth > line.depth:
        stack.pop()
    opened = 0
    while line.depth > stack[-1].depth:
        newer = stack[-1]
        if newer.older is None:
            newer.older = _Open(Turn(origin=Origin.QUOTE), line.depth)
            opened += 1
        newer.older.depth = min(newer.older.depth, line.depth)
        stack.append(newer.older)
    return opened


def _open_older(stack: list[_Open], marker: Marker, depth: int) -> None:
    turn = Turn(
        marker.origin, marker.sender, marker.address, marker.sent, marker.subject, guessed=marker.guessed
    )
    newer = stack[-1]
    while newer.older is not None:
        newer = newer.older  # quoted earlier on: the new one goes below what is already there
    newer.older = _Open(turn, depth)
    stack.append(newer.older)


def _depth_after(lines: list[Line], marker: Marker, depth: int) -> int:
    """The level of the text below a marker: deeper when it is quoted, else the marker's own."""
    for line in lines[marker.after : marker.after + 5]:
        if line.text.strip():
            return max(depth, line.depth)
    return depth


def _newest_first(outer: _Open) -> list[Turn]:
    turns = []
    current: _Open | None = outer
    while current is not None:
        turns.append(replace(current.turn, text=_tidy(current.lines)))
        current = current.older
    return [turns[0], *(turn for turn in turns[1:] if turn.text or turn.sender or turn.subject)]


def _tidy(lines: list[str]) -> str:
    while lines and not lines[-1].strip("_-* \t"):
        lines.pop()
    return "\n".join(lines).strip()
