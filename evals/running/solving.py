"""Cases through the live graph up to the review: in order, several at a time when they wait for a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from evals.cases import Case
from evals.inputs.stream import known_at, past_at
from triage.domain import Draft, PastRequest, Request

_round: ContextVar[int] = ContextVar("round", default=0)


class Drafter(Protocol):
    """What is measured; `triage.oneoff.OneOff` is the real one."""

    def draft(self, request: Request) -> Draft:
        """The live graph, up to the review."""

    def learn_past(self, past: Sequence[PastRequest]) -> None:
        """Add or replace past requests for the drafts to come."""


@dataclass(frozen=True)
class Solved:
    """A case with its drafts, one a round, and how many past requests of the stream they could see."""

    case: Case
    drafts: tuple[Draft, ...]
    known: int = 0

    @property
    def draft(self) -> Draft:
        """The draft of the first round."""
        return self.drafts[0]


class Drafting:
    """Drafts the cases ahead of whoever takes the results.

    With `grows` each sees the cases before it as past requests, and of their hidden work only what had
    surfaced by then, and likewise `history`, past requests that are no cases; then one is drafted after the
    other.
    """

    def __init__(
        self,
        drafter: Drafter,
        cases: Sequence[Case],
        *,
        grows: bool,
        rounds: int = 1,
        workers: int = 1,
        history: Sequence[PastRequest] = (),
    ) -> None:
        past = _Past(drafter, cases, history) if grows else None
        self._pool = ThreadPoolExecutor(1 if grows else workers, thread_name_prefix="draft")
        self._coming = [self._pool.submit(_solve, drafter, case, rounds, past) for case in cases]

    def result(self, place: int) -> Solved | None:
        """The case at `place`, when it is drafted; None when it will not be any more.

        Raises:
            whatever the drafter has raised.
        """
        try:
            return self._coming[place].result()
        except CancelledError:
            return None

    def stop(self) -> None:
        """Begin nothing more; what is in hand is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Stop, and wait for what is in hand."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def solve(
    drafter: Drafter,
    cases: Sequence[Case],
    *,
    grows: bool,
    rounds: int = 1,
    workers: int = 1,
    history: Sequence[PastRequest] = (),
) -> Iterator[Solved]:
    """Every case, in order; see `Drafting`."""
    drafts = Drafting(drafter, cases, grows=grows, rounds=rounds, workers=workers, history=history)
    with closing(drafts) as drafting:
        for place in range(len(cases)):
            solved = drafting.result(place)
            if solved:
                yield solved


def current_round() -> int:
    """Which round of `--repeat` is being drafted, from 0."""
    return _round.get()


class _Past:
    """What was known when each case of a stream came in."""

    def __init__(self, drafter: Drafter, cases: Sequence[Case], history: Sequence[PastRequest]) -> None:
        self._drafter = drafter
        self._cases = cases
        self._history = history
        self._places = {case.id: place for place, case in enumerate(cases)}
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._learned: dict[str, PastRequest] = {}

    def teach(self, case: Case) -> int:
        """Show the drafter what is new since the case before; returns how many requests it knows."""
        place = self._places[case.id]
        earlier = known_at(self._cases[:place], case.opened, self._kinds)
        past = [*past_at(self._history, self._strictest(place)), *earlier]
        news = [each for each in past if self._learned.get(each.id) != each]
        self._drafter.learn_past(news)
        self._learned |= {each.id: each for each in news}
        return len(self._learned)

    def _strictest(self, place: int) -> str:
        """When the case came in. One that names only its month goes before those that name a day of it,
        and what is once learned stays: so its day is that of the first of them."""
        opened = self._cases[place].opened
        days = (case.opened for case in self._cases[place:] if case.opened.startswith(opened))
        return next((day for day in days if len(day) > len(opened)), opened)

    def note(self, case: Case, draft: Draft) -> None:
        """Remember the kinds of change that the product itself read from the case."""
        self._kinds[case.id] = tuple(kind.id for kind in draft.reading.kinds)


def _solve(drafter: Drafter, case: Case, rounds: int, past: _Past | None) -> Solved:
    known = past.teach(case) if past else 0
    drafts = []
    for number in range(rounds):
        with _in_round(number):
            drafts.append(drafter.draft(case.request))
    if past:
        past.note(case, drafts[0])
    return Solved(case, tuple(drafts), known)


@contextmanager
def _in_round(number: int) -> Iterator[None]:
    token = _round.set(number)
    try:
        yield
    finally:
        _round.reset(token)
