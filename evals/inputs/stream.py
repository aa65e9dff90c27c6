"""What was known when a request came in: the earlier requests, and of their hidden work what had surfaced.

Everything a request of a stream may learn from passes through `known_at`; nothing later gets past it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.cases import Case
from triage.domain import PastRequest, Surprise
from triage.history import DAYS_OF_LABEL


def known_at(
    earlier: Sequence[Case], opened: str, kinds: Mapping[str, tuple[str, ...]] | None = None
) -> list[PastRequest]:
    """The cases of `earlier` as past requests, as they were known at `opened`.

    Text, of the hidden work what had surfaced by then (without a date: once the earlier request was
    closed, or is past), and the size once it was closed. How a case ended is left out: it was written down
    later. `kinds` are the kinds of change that the product itself read from those requests, by case id.
    """
    past = [case for case in earlier if by_then(case.opened, opened)]
    return [_past(case, opened, (kinds or {}).get(case.id, ())) for case in past]


def past_at(history: Sequence[PastRequest], opened: str) -> list[PastRequest]:
    """Past requests that are no cases, as they were known at `opened`: without what came in, surfaced or
    ended later."""
    return [_then(past, opened) for past in history if by_then(past.opened, opened)]


def visible(case: Case, opened: str) -> tuple[Surprise, ...]:
    """The hidden work of `case` that had surfaced at `opened`."""
    return tuple(surprise for surprise in case.hidden if by_then(surprise.surfaced or case.closed, opened))


def by_then(moment: str, now: str) -> bool:
    """Not after `now`, both a year-month or an ISO date: days are compared where both have one. A moment
    that nobody noted counts as past."""
    shared = min(len(moment), len(now))
    return moment[:shared] <= now[:shared]


def _then(past: PastRequest, opened: str) -> PastRequest:
    surprises = tuple(s for s in past.surprises if by_then(s.surfaced or past.closed, opened))
    if by_then(past.closed, opened):
        return past.model_copy(update={"surprises": surprises})
    ended = {"closed": "", "size_days": None, "verdict": None, "outcome": ""}
    return past.model_copy(update={"surprises": surprises, **ended})


def _past(case: Case, opened: str, kinds: tuple[str, ...]) -> PastRequest:
    known_size = case.size if by_then(case.closed, opened) else None
    surprises = tuple(s.model_copy(update={"evidence": ""}) for s in visible(case, opened))
    return PastRequest(
        id=case.id,
        opened=case.opened,
        subject=case.request.subject,
        body=case.request.body,
        kinds=kinds,
        size_days=DAYS_OF_LABEL[known_size] if known_size else None,
        surprises=surprises,
    )
