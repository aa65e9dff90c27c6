"""Groundwork that the company's own notes name: what the architecture needs before the change itself.

A note that was found for a request counts when one of its sentences names groundwork, says that something
must be built or changed first, or gives the days of work that was estimated and never done. The words are
English; notes in another language are cited like any other and move nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain import Days, FoundPassage

LEAST_SCORE = 0.6  # of a found passage; what is merely near its subject moves no size
UNSAID = Days(high=2)  # engineer-days of groundwork without a figure, as most kinds of the catalogue have it
MOST_DAYS = 250.0  # a working year; above it a figure means something else
LONGEST_QUOTE = 200  # characters

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: number for number, word in enumerate(_WORDS, start=1)}
_UNITS = {"day": 1, "week": 5, "month": 20}  # in working days
_NUMBER = r"\d{1,4}(?:\.\d{1,2})?|" + "|".join(_WORDS)
_AMOUNT = re.compile(
    rf"\b({_NUMBER})(?:\s?(?:-|–|to)\s?({_NUMBER}))?[\s-](?:(?:engineer|person|man|working)[\s-])?"
    r"(day|week|month)s?\b(?!['’]|\s(?:after|ago|ahead|back|later|notice|old)\b)",
    re.IGNORECASE,
)
_CHANGED = (
    "added|built|changed|cleaned|extended|introduced|migrated|moved|rebuilt|refactored|replaced|rewritten|"
    "separated|split|untangled"
)
_FIRST = re.compile(
    rf"\bgroundwork\b|\bprerequisites?\b"
    rf"|\b(?:must|has to|have to|needs? to) (?:first )?be (?:{_CHANGED})\b.{{0,300}}?\b(?:first|before)\b"
    rf"|\b(?:must|has to|have to|needs? to) first be (?:{_CHANGED})\b",
    re.IGNORECASE,
)
_ESTIMATED = re.compile(r"\b(?:costed|designed|estimated|scoped|sized|sketched)\b", re.IGNORECASE)
_DONE = re.compile(r"(?<!not )\b(?:built|done|finished|live|shipped) (?:in|since)\b|\btook\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Groundwork:
    """One sentence of a note that names groundwork. `days`: engineer-days, UNSAID when it gives no figure;
    `stale`: why the note may no longer hold, or empty."""

    sentence: str
    note: str
    days: Days
    stale: str = ""

    @property
    def reason(self) -> str:
        """The sentence and where it stands, for the reviewer."""
        quote = self.sentence if len(self.sentence) <= LONGEST_QUOTE else self.sentence[:LONGEST_QUOTE] + "…"
        age = f", {self.stale}" if self.stale else ""
        return f"Groundwork of up to {self.days.high:g} days in a note: “{quote}” ({self.note}{age})."


def groundwork_in(notes: Sequence[FoundPassage]) -> tuple[Groundwork, ...]:
    """What the notes found for a request name, the most days first.

    One sentence per note; nothing from a note that no longer holds.
    """
    named = [
        max(sentences, key=lambda each: each.days.high)
        for found in notes
        if found.score >= LEAST_SCORE and not found.passage.superseded and (sentences := _sentences(found))
    ]
    return tuple(sorted(named, key=lambda each: -each.days.high))


def _sentences(found: FoundPassage) -> list[Groundwork]:
    return [
        Groundwork(sentence.strip(), found.passage.title, days, found.stale)
        for sentence in _SENTENCE.split(found.passage.text)
        if (days := _named(sentence))
    ]


def _named(sentence: str) -> Days | None:
    """The days of groundwork that a sentence names, None when it names none."""
    if _DONE.search(sentence):
        return None
    first = _FIRST.search(sentence)
    if cue := first or _ESTIMATED.search(sentence):
        return _nearest(sentence, cue.start()) or (UNSAID if first else None)
    return None


def _nearest(sentence: str, place: int) -> Days | None:
    """The amount of work that stands nearest to a place."""
    found = sorted(_AMOUNT.finditer(sentence), key=lambda match: abs(match.start() - place))
    return next((amount for match in found if (amount := _amount(match))), None)


def _amount(match: re.Match[str]) -> Days | None:
    low, high = (_number(text or match[1]) * _UNITS[match[3].lower()] for text in (match[1], match[2]))
    return Days(low=min(low, high), high=max(low, high)) if 0 < max(low, high) <= MOST_DAYS else None


def _number(text: str) -> float:
    return float(_NUMBERS.get(text.lower(), text))
