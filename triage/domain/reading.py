"""Step 1: what a request says, before anyone thinks about what it does not say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from triage.domain.words import Frozen

SURE_KIND = 0.35


class KindFound(Frozen):
    """A kind of change the request asks for, with the words that gave it away."""

    id: str
    name: str
    quote: str = ""
    score: float = 0.0  # 0..1, how sure the reader is


class Promise(Frozen):
    """Something already said to the customer (P12)."""

    quote: str
    by: str = ""  # who said it, as written
    date: str = ""  # the date or duration inside the promise, as written


class Deadline(Frozen):
    """When it is needed and why, as the request says it."""

    text: str
    quote: str = ""
    reason: str = ""
    day: date | None = None


class Reading(Frozen):
    """What the request says, before anyone thinks about what it does not say."""

    ask: str = ""  # one line
    kinds: tuple[KindFound, ...] = ()  # strongest first
    action: str = ""  # the verb asked for, e.g. "export"
    object: str = ""  # the main thing it is done to, e.g. "job reports"
    actors: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()  # outside products named in the request
    numbers: tuple[str, ...] = ()  # volumes as written, e.g. "900 people"
    minimisers: tuple[str, ...] = ()  # literal quotes such as "just" with their sentence (P11)
    promises: tuple[Promise, ...] = ()
    deadline: Deadline | None = None
    flags: tuple[str, ...] = ()  # e.g. text in the mail that addresses the machine
    smallness: float = 0.0  # 0..1, probability that nothing is hidden behind it

    @property
    def sure_kinds(self) -> tuple[KindFound, ...]:
        """The kinds to show a person: the likeliest, and every other that is not far from even odds."""
        return tuple(kind for kind in self.kinds if kind.score >= SURE_KIND) or self.kinds[:1]


def best_score(kinds: Iterable[KindFound], kind_id: str) -> float:
    """The score of `kind_id` among `kinds`, 0.0 when it was not found."""
    return max((kind.score for kind in kinds if kind.id == kind_id), default=0.0)
