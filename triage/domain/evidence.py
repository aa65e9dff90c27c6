"""Step 2: what was retrieved for a request. Only what is in here may be cited."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from statistics import fmean

from pydantic import Field

from triage.domain.words import Category, EvidenceKind, Frozen, Verdict


def distinct_words(text: str) -> int:
    """How many different words a text has: a measure of how much it asks that repetition cannot stretch."""
    return len(set(text.lower().split()))


class Surprise(Frozen):
    """Hidden work that really surfaced after a past request was accepted."""

    category: Category
    question: str
    evidence: str = ""
    surfaced: str = ""  # year-month it became known; empty: once the request was closed


class PastRequest(Frozen):
    """A request from the company's own history, with how it ended."""

    id: str
    opened: str = ""  # ISO date or year-month
    closed: str = ""
    customer: str = ""
    product_area: str = ""
    subject: str = ""
    body: str = ""
    kinds: tuple[str, ...] = ()
    size_days: float | None = None  # actual engineer-days, all parts together
    model_days: float | None = None  # what a model had said it would take, when one was asked
    verdict: Verdict | None = None
    outcome: str = ""
    surprises: tuple[Surprise, ...] = ()
    archived: bool = False  # kept, and never shown or counted again
    label: str = ""  # of confidentiality; empty: every reviewer may see it


class Passage(Frozen):
    """One heading's worth of an architecture note."""

    id: str  # path#heading-slug, stable over edits of other headings
    path: str
    title: str  # "Note title › Heading"
    text: str
    updated: str = ""  # ISO date from the note's own front matter or first line, when given
    superseded: bool = False  # it says itself that it no longer holds
    label: str = ""  # of confidentiality; empty: every reviewer may see it


class MapPart(Frozen):
    """One line of the product map: a concrete part of the product under a role heading."""

    id: str
    role: str  # e.g. "route", "surface", "message": see triage.product_map
    text: str


class SimilarRequest(Frozen):
    """A past request that resembles this one (P16)."""

    past: PastRequest
    score: float  # 0..1, how alike: 0.5 where a person begins to call two requests comparable
    same: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    cosine: float = 0.0  # of the two whole texts, -1..1: how far its surprises carry over
    signs: dict[str, float] = Field(default_factory=dict)  # what the score was weighed from, by name

    @property
    def ended(self) -> str:
        """One line on how it ended."""
        size = f"{self.past.size_days:g} days" if self.past.size_days is not None else "size unknown"
        return f"{size} · {self.past.outcome}" if self.past.outcome else size


class FoundPassage(Frozen):
    """A note passage that bears on this request."""

    passage: Passage
    score: float
    stale: str = ""  # why it may no longer hold, e.g. "14 months old"; empty: nothing speaks against it


class Found(Frozen):
    """A pointer to one piece of evidence; what the graph's checkpoint holds instead of its text."""

    kind: EvidenceKind
    id: str
    score: float = 0.0
    same: tuple[str, ...] = ()  # as in `SimilarRequest`
    differs: tuple[str, ...] = ()
    cosine: float = 0.0
    signs: dict[str, float] = Field(default_factory=dict)
    related: bool = False  # one of `Evidence.related`


class TrackRecord(Frozen):
    """What surfaced at this company lately: the base rates of its own surprises."""

    requests: int = 0  # past requests counted
    typical_words: float = 0.0  # distinct words of one of them (geometric mean)
    surprised: int = 0  # those behind which something surfaced
    by_category: dict[Category, int] = Field(default_factory=dict)  # behind how many of them
    by_kind: dict[str, int] = Field(default_factory=dict)  # kinds of change those asked for

    @classmethod
    def of(cls, past: Iterable[PastRequest]) -> TrackRecord:
        """Count the past requests, of those that hid something each category and kind once per request."""
        past = tuple(past)
        words = [distinct_words(f"{each.subject} {each.body}") for each in past]
        hidden = [each for each in past if each.surprises]
        return cls(
            requests=len(past),
            typical_words=round(math.exp(fmean(math.log(max(1, n)) for n in words)), 2) if past else 0.0,
            surprised=len(hidden),
            by_category=Counter(c for each in hidden for c in {s.category for s in each.surprises}),
            by_kind=Counter(kind for each in hidden for kind in set(each.kinds)),
        )


class Evidence(Frozen):
    """All that was retrieved for one request. Only what is in here may be cited."""

    record: TrackRecord = TrackRecord()
    similar: tuple[SimilarRequest, ...] = ()  # alike enough to compare with: shown, and used for the size
    related: tuple[SimilarRequest, ...] = ()  # the next nearest: no comparables, but their lessons may hold
    notes: tuple[FoundPassage, ...] = ()
    map_parts: tuple[MapPart, ...] = ()  # touched by the change, most touched first
    touch: dict[str, float] = Field(default_factory=dict)  # how much each of them is, 0..1, by id

    @property
    def precedents(self) -> tuple[SimilarRequest, ...]:
        """Every past request one may learn from here, the comparable ones first."""
        return (*self.similar, *self.related)

    def ids(self) -> frozenset[str]:
        """The ids a draft may cite."""
        return frozenset(
            [s.past.id for s in self.precedents]
            + [n.passage.id for n in self.notes]
            + [p.id for p in self.map_parts]
        )

    def found(self) -> tuple[Found, ...]:
        """The pointers from which `Retriever.recall` rebuilds this evidence."""
        return (
            *(
                Found(
                    kind=EvidenceKind.PAST,
                    id=s.past.id,
                    score=s.score,
                    same=s.same,
                    differs=s.differs,
                    cosine=s.cosine,
                    signs=s.signs,
                    related=s in self.related,
                )
                for s in self.precedents
            ),
            *(Found(kind=EvidenceKind.NOTE, id=n.passage.id, score=n.score) for n in self.notes),
            *(Found(kind=EvidenceKind.MAP, id=p.id, score=self.touch.get(p.id, 0.0)) for p in self.map_parts),
        )


class Citation(Frozen):
    """A pointer from a question or a size to a retrieved piece of evidence."""

    kind: EvidenceKind
    id: str
    title: str = ""
    passage: str = ""
