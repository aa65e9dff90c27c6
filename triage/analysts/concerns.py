"""One concern a question: what a model packed into one sentence is taken apart again.

The prompt asks for it; this holds it to that without a second call. The first concern stays the question,
a further one that stands on its own is handed back beside it. Taken apart is only what reads as two
questions: several question marks, or ", and" before a new question. A list of nouns is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_WORDS = 45  # the prompt asks for 35; beyond this nobody sends it as it stands
MAX_CHARACTERS = 300
LEAST_WORDS = 4  # below it a piece is a remainder, not a question

_ASKING = (
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|do|does|did|may|might|must|can|could|should|"
    r"shall|will|would|has|have)"
)
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_SUBJECT = (
    r"(?:i|you|he|she|it|we|they|the|an?|this|that|these|those|our|your|his|her|its|their|each|every|all|any)"
)
# ", and who may" and ", and does the" begin a question; ", and what he" and ", and can approve" do not.
_JOINT = re.compile(
    rf",\s+and\s+(?=(?:{_WH}\s+(?!{_SUBJECT}\b)|(?!{_WH}\b){_ASKING}\s+{_SUBJECT}\b))", re.IGNORECASE
)
_ASKS = re.compile(rf"{_ASKING}\b", re.IGNORECASE)
_LEANS = re.compile(r"(?:if (?:so|not|yes|no)|and|or|else|otherwise|then)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[a-z\d)][.!])\s+(?=[A-Z“\"])")


@dataclass(frozen=True)
class Concerns:
    """`question` is the first concern, `further` are the others. `sendable`: short enough to be sent."""

    question: str
    further: tuple[str, ...] = ()
    sendable: bool = True


def part_concerns(text: str) -> Concerns:
    """Take a question of a model apart; what is one concern already comes back as it was."""
    first, *rest = [piece for sentence in _questions(text) for piece in _parted(sentence)]
    if len(first.split()) > MAX_WORDS:
        first = _SENTENCE.split(first)[-1]  # without what leads up to it
    further = tuple(dict.fromkeys(piece for piece in rest if _stands_alone(piece)))
    sendable = len(first.split()) <= MAX_WORDS and len(first) <= MAX_CHARACTERS
    return Concerns(first, further, sendable)


def _questions(text: str) -> list[str]:
    """Each with its question mark; what follows the last one explains and is left out."""
    found = [f"{piece.strip()}?" for piece in text.split("?")[:-1] if piece.strip()]
    if found:
        return found
    plain = text.strip(" ?")
    return [f"{plain.rstrip('.')}?" if _ASKS.match(plain) else plain]


def _parted(question: str) -> list[str]:
    pieces = _JOINT.split(question)
    if any(len(piece.split()) < LEAST_WORDS for piece in pieces):
        return [question]
    return [f"{piece[:1].upper()}{piece[1:].rstrip('?')}?" for piece in pieces] if pieces[1:] else [question]


def _stands_alone(piece: str) -> bool:
    return len(piece.split()) >= LEAST_WORDS and not _LEANS.match(piece)
