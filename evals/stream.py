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
    """The cases of `earlier` as past requests, as they were known in the month of `opened`.

    Text, size, and of the hidden work what had surfaced by that month (without a month: once the earlier
    request is past). How a case ended is left out: it was written down later. `kinds` are the kinds of
    change that the product itself read from those requests, by case id.
    """
    return [_past(case, opened, (kinds or {}).get(case.id, ())) for case in earlier]


def visible(case: Case, opened: str) -> tuple[Surprise, ...]:
    """The hidden work of `case` that had surfaced by the month of `opened`."""
    return tuple(
        surprise for surprise in case.hidden if not surprise.surfaced or surprise.surfaced[:7] <= opened[:7]
    )


def _past(case: Case, opened: str, kinds: tuple[str, ...]) -> PastRequest:
    surprises = tuple(s.model_copy(update={"evidence": ""}) for s in visible(case, opened))
    return PastRequest(
        id=case.id,
        opened=case.opened,
        subject=case.request.subject,
        body=case.request.body,
        kinds=kinds,
        size_days=DAYS_OF_LABEL[case.size] if case.size else None,
        surprises=surprises,
    )
