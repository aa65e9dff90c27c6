"""Where the message ends and the signature begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.intake.phrases import DEVICE_LINES, SIGN_OFFS

_MAX_SIGNATURE = 40  # lines; what stands below "-- " and is longer is no signature
_MAX_SIGN_OFF = 14  # lines with text below a closing formula, legal notice included
_MAX_SIGN_OFF_CHARACTERS = 1200
_MOST_NAMES = 3  # words behind a closing formula on its line: "Thanks, Ana Berg", no sentence
_POSTSCRIPTS = ("ps:", "ps ", "p.s.", "pps", "p.p.s.", "p.s ")


@dataclass(frozen=True)
class Signed:
    """A message without its signature, and the signature with closing formula."""

    text: str
    signature: str = ""


def split_signature(text: str, name: str = "", *, whole: bool = False) -> Signed:
    """Cut the signature off; a postscript below it stays with the text.

    `name`: the writer's; a last line that is nothing but it, or its first word, is a signature too.
    `whole`: the text may be nothing but a signature, as above a mail passed on without a word.
    """
    lines = text.rstrip().split("\n")
    start = _start(lines)
    if start is None and _is_name(lines[-1], name):
        start = len(lines) - 1
    if start is None:
        return Signed(text.strip())
    below = lines[start:]
    postscript = next((i for i, line in enumerate(below) if _is_postscript(line)), len(below))
    kept = "\n".join([*lines[:start], *below[postscript:]]).strip()
    signature = "\n".join(below[:postscript]).strip()
    return Signed(kept, signature) if kept or whole else Signed(text.strip())


def _start(lines: Sequence[str]) -> int | None:
    for index in range(max(0, len(lines) - _MAX_SIGNATURE), len(lines)):
        if lines[index].rstrip("\t ") == "--" or _is_device(lines[index]) or _signs_off(lines, index):
            return index
    return None


def _signs_off(lines: Sequence[str], index: int) -> bool:
    words = lines[index][:80].strip().rstrip(",.!;: ").casefold()
    head, _, name = words.partition(",")
    named = len(name.split()) <= _MOST_NAMES and not lines[index].rstrip().endswith("?")
    if words not in SIGN_OFFS and not (head in SIGN_OFFS and named):
        return False
    below = [line for line in lines[index + 1 :] if line.strip()]
    if not below and " " not in words and index:
        return True
    return len(below) <= _MAX_SIGN_OFF and sum(map(len, below)) <= _MAX_SIGN_OFF_CHARACTERS


def _is_device(line: str) -> bool:
    words = line.strip().casefold()
    return len(words) < 80 and words.startswith(DEVICE_LINES)


def _is_name(line: str, name: str) -> bool:
    words = line[:80].strip(" \t.,-–—").casefold()
    return bool(words) and words in (name.casefold(), name.casefold().partition(" ")[0])


def _is_postscript(line: str) -> bool:
    return line.strip()[:8].casefold().startswith(_POSTSCRIPTS)
