"""Finds quotes in the customer's text, so that a page can mark them in place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.domain import Draft

TEXT_CAP = 100_000  # characters that are searched; what lies beyond is shown unmarked


@dataclass(frozen=True)
class Mark:
    """Words to highlight.

    `kind`: "promise", "minimiser", "question" or "deadline"; `target`: id of what was made of them.
    """

    quote: str
    kind: str
    target: str = ""


@dataclass(frozen=True)
class Segment:
    """A stretch of text; without marks a plain part between the highlights. The first mark gives the look."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass
class _Span:
    start: int
    end: int
    marks: list[Mark]


def marks_of(draft: Draft) -> tuple[Mark, ...]:
    """Everything of a draft that points into the request, the most important kind first."""
    reading = draft.reading
    promises = [Mark(p.quote, "promise", f"promises.{slot}") for slot, p in enumerate(reading.promises)]
    minimisers = [Mark(quote, "minimiser") for quote in reading.minimisers]
    questions = [Mark(q.quote, "question", f"question.{q.id}") for q in (*draft.questions, *draft.folded)]
    deadline = [Mark(reading.deadline.quote, "deadline", "deadline")] if reading.deadline else []
    return tuple(mark for mark in (*promises, *minimisers, *questions, *deadline) if mark.quote.strip())


def split(text: str, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """Cut `text` into plain and marked segments.

    Blanks and line ends inside a quote match any run of them, upper and lower case are the same.
    A quote that overlaps an earlier one shares its segment.
    """
    spans: list[_Span] = []
    for mark in marks:
        span = _find(text, mark)
        if span is not None:
            _place(spans, span)
    return _segments(text, sorted(spans, key=lambda span: span.start))


def _find(text: str, mark: Mark) -> _Span | None:
    pattern = r"\s+".join(re.escape(word) for word in mark.quote.split())
    match = re.search(pattern, text[:TEXT_CAP], re.IGNORECASE) if pattern else None
    return _Span(match.start(), match.end(), [mark]) if match else None


def _place(spans: list[_Span], new: _Span) -> None:
    for span in spans:
        if new.start < span.end and span.start < new.end:
            span.marks += new.marks
            return
    spans.append(new)


def _segments(text: str, spans: Sequence[_Span]) -> tuple[Segment, ...]:
    segments, at = [], 0
    for span in spans:
        segments += [Segment(text[at : span.start]), Segment(text[span.start : span.end], tuple(span.marks))]
        at = span.end
    segments.append(Segment(text[at:]))
    return tuple(segment for segment in segments if segment.text)
