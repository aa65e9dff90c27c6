"""What the pages on past requests and notes show, computed: named, frozen, and ready for a template."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from triage.catalogue import Catalogue
from triage.domain import Passage, PastRequest, Surprise
from triage.records.facets import CATEGORY, KIND, VERDICT
from triage.records.overview import Place, Uses
from triage.retrieval.staleness import why_stale

SEARCH_CAP = 200  # characters
FILTER_CAP = 80

Counts = Mapping[tuple[str, str], int]


# --- past requests ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the history; empty: anything."""

    q: str = ""
    verdict: str = ""
    category: str = ""
    kind: str = ""

    @classmethod
    def of(cls, *, q: str, verdict: str, category: str, kind: str) -> Wanted:
        """From the parameters of a URL."""
        return cls(q.strip()[:SEARCH_CAP], verdict[:FILTER_CAP], category[:FILTER_CAP], kind[:FILTER_CAP])

    def facets(self, counts: Counts) -> dict[str, str]:
        """The filters that are set, the rarest first: that one is the quickest to walk."""
        pairs = ((VERDICT, self.verdict), (CATEGORY, self.category), (KIND, self.kind))
        chosen = [pair for pair in pairs if pair[1]]
        return dict(sorted(chosen, key=lambda pair: counts.get(pair, 0)))

    def fits(self, past: PastRequest) -> bool:
        """True when a past request has everything but the words."""
        surfaced = {surprise.category.value for surprise in past.surprises}
        return (
            (not self.verdict or past.verdict == self.verdict)
            and (not self.category or self.category in surfaced)
            and (not self.kind or self.kind in past.kinds)
        )

    @property
    def narrowed(self) -> bool:
        """True when a filter is set."""
        return bool(self.verdict or self.category or self.kind)

    def address(self, **changes: str) -> str:
        """The URL of this search with some of it changed; an empty value leaves a filter out."""
        values = {"q": self.q, VERDICT: self.verdict, CATEGORY: self.category, KIND: self.kind, **changes}
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/history?{query}" if query else "/history"


@dataclass(frozen=True)
class Surfaced:
    """Hidden work of a past request, with the plain name of its category."""

    area: str
    surprise: Surprise


@dataclass(frozen=True)
class HistoryRow:
    """One past request as the list and its own page show it."""

    past: PastRequest
    kinds: tuple[str, ...]  # names
    surfaced: tuple[Surfaced, ...]

    @property
    def areas(self) -> str:
        """The areas in which something surfaced: "permissions, scale"."""
        return ", ".join(dict.fromkeys(each.area.lower() for each in self.surfaced))

    @property
    def took(self) -> float | None:
        """Engineer-days it really took, all parts together."""
        return self.past.size_days


@dataclass(frozen=True)
class HistoryView:
    """One page of the history. `newer` and `older` are values for the URL, empty at an end."""

    wanted: Wanted
    rows: tuple[HistoryRow, ...]
    newer: str
    older: str
    total: int  # that fit the filters
    more_than: bool  # counting stopped there
    every: int  # that there are


def history_rows(past: Iterable[PastRequest], catalogue: Catalogue) -> tuple[HistoryRow, ...]:
    """Past requests with the names of their kinds and areas."""
    return tuple(
        HistoryRow(
            each,
            tuple(_kind_name(catalogue, kind) for kind in each.kinds),
            tuple(Surfaced(catalogue.categories[s.category].name, s) for s in each.surprises),
        )
        for each in past
    )


def kind_options(catalogue: Catalogue, counts: Counts) -> list[tuple[str, str, int]]:
    """(id, name, how many) of the kinds of change that the history has, the commonest first."""
    found = [(value, number) for (facet, value), number in counts.items() if facet == KIND]
    return [
        (value, _kind_name(catalogue, value), number)
        for value, number in sorted(found, key=lambda pair: (-pair[1], pair[0]))
    ]


def mark_place(place: Place | None) -> str:
    """A place as a value for the URL."""
    return f"{place.day}~{place.id}" if place else ""


def read_place(text: str) -> Place | None:
    """What `mark_place` wrote; anything else is no place."""
    day, parting, key = text.partition("~")
    return Place(day=day, id=key) if parting else None


def _kind_name(catalogue: Catalogue, kind: str) -> str:
    known = catalogue.kinds.get(kind)
    return known.name if known else kind.replace("_", " ")


# --- notes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShelvedPassage:
    """A passage, how often it is used, and why it may no longer hold (empty: nothing speaks against it)."""

    passage: Passage
    uses: Uses
    stale: str

    @property
    def heading(self) -> str:
        """Its heading without the title of the note."""
        return self.passage.title.partition(" › ")[2] or self.passage.title


@dataclass(frozen=True)
class Note:
    """A note with its passages, in their order."""

    path: str
    title: str
    updated: str
    passages: tuple[ShelvedPassage, ...]
    uses: Uses = field(default_factory=Uses)

    @property
    def superseded(self) -> int:
        """How many of its passages say themselves that they no longer hold."""
        return sum(each.passage.superseded for each in self.passages)

    @property
    def stale(self) -> str:
        """Why it may no longer hold, e.g. "2 of 5 passages superseded" or "14 months old"; or empty."""
        if self.superseded and self.superseded < len(self.passages):
            return f"{self.superseded} of {len(self.passages)} passages superseded"
        return next((each.stale for each in self.passages if each.stale), "")

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if not self.stale:
            return ""
        if self.superseded:
            return f"{self.path} says itself that this no longer holds: write what does, or take it out."
        return f"Read {self.path} again, correct it, and set its “updated” line to that day."


@dataclass(frozen=True)
class Shelf:
    """All notes, most cited first, then those shown most."""

    notes: tuple[Note, ...]

    @property
    def stale(self) -> int:
        """How many may no longer hold."""
        return sum(bool(note.stale) for note in self.notes)

    @property
    def unused(self) -> int:
        """How many no draft uses."""
        return sum(not note.uses.requests for note in self.notes)

    def showing(self, which: str) -> tuple[Note, ...]:
        """Only the "stale" or the "unused" ones; anything else shows all."""
        if which == "stale":
            return tuple(note for note in self.notes if note.stale)
        if which == "unused":
            return tuple(note for note in self.notes if not note.uses.requests)
        return self.notes

    def matching(self, passage_ids: Sequence[str]) -> tuple[Note, ...]:
        """The notes that hold these passages, with no others, in the order of their best match."""
        rank = {passage_id: place for place, passage_id in enumerate(passage_ids)}
        found = [_only(note, rank.keys()) for note in self.notes]
        return tuple(
            sorted(
                (note for note in found if note.passages),
                key=lambda note: min(rank[each.passage.id] for each in note.passages),
            )
        )


def shelve(
    passages: Iterable[Passage],
    passage_uses: Mapping[str, Uses],
    note_uses: Mapping[str, Uses],
    now: datetime,
) -> Shelf:
    """Passages, which come note by note, as a shelf of notes."""
    notes = [
        replace(note_of(list(group), passage_uses, now), uses=note_uses.get(path, Uses()))
        for path, group in groupby(passages, key=lambda each: each.path)
    ]
    return Shelf(tuple(sorted(notes, key=lambda note: (-note.uses.cited, -note.uses.requests, note.path))))


def note_of(passages: Sequence[Passage], uses: Mapping[str, Uses], now: datetime) -> Note:
    """The note that these passages, at least one, make up."""
    first = passages[0]
    return Note(
        path=first.path,
        title=first.title.partition(" › ")[0],
        updated=first.updated,
        passages=tuple(
            ShelvedPassage(each, uses.get(each.id, Uses()), why_stale(each, now)) for each in passages
        ),
    )


def _only(note: Note, ids: Collection[str]) -> Note:
    return replace(note, passages=tuple(each for each in note.passages if each.passage.id in ids))
