"""The signs that a past request resembles this one: what the learned model weighs, one figure each.

| sign     | figure                                                                                      |
|----------|---------------------------------------------------------------------------------------------|
| full     | cosine of the whole texts, without what the whole history has in common (`centre`)           |
| title    | the same of the titles                                                                       |
| words    | BM25 share, 0..1                                                                             |
| crowded  | mean cosine of the past request to its three nearest among the candidates: in a crowd, being |
|          | near says less (local scaling, as CSLS in Conneau et al. 2018)                               |
| age      | ln(1 + days) since it was opened                                                             |
| area     | share of the levels of the product area that are equal: "Billing / Export" and "Billing": ½  |
| customer | 1: the same customer                                                                         |
| kinds    | how sure the reader is of a kind of change that the past request has too, 0..1               |

What is not known gets a neutral figure, the same for every candidate, so that it moves nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.domain import PastRequest, Reading, Request
from triage.retrieval.likeness import same_customer, shared_kind
from triage.retrieval.ranking import age_in_days

if TYPE_CHECKING:
    import numpy as np

    from triage.retrieval.candidates import Candidates, Query
    from triage.retrieval.centre import Centre

SIGNS = ("full", "title", "words", "crowded", "age", "area", "customer", "kinds")
CROWD = 3  # nearest others
UNKNOWN = {"crowded": 0.3, "age": math.log1p(365), "area": 0.5, "customer": 0.0, "kinds": 0.0}
_LEVELS = re.compile(r"\s*(?:[/>›»|]|::)\s*")


@dataclass(frozen=True)
class Facts:
    """What the records say of a past request beside its text; None is unknown."""

    days: float | None = None
    area: float | None = None
    customer: bool | None = None
    kinds: float = 0.0


def facts_of(request: Request, reading: Reading, past: PastRequest) -> Facts:
    """From the two records."""
    return Facts(
        days=age_in_days(past.opened or past.closed, request.received),
        area=area_share(request.product_area, past.product_area),
        customer=same_customer(request, past),
        kinds=shared_kind(reading, past),
    )


def area_share(here: str, there: str) -> float | None:
    """1 for the same product area, less for areas that part ways further down; None when one is unknown."""
    ours, theirs = _levels(here), _levels(there)
    if not ours or not theirs:
        return None
    same = 0
    for our, their in zip(ours, theirs, strict=False):
        if our != their:
            break
        same += 1
    return same / max(len(ours), len(theirs))


def sign_rows(
    query: Query, found: Candidates[PastRequest], facts: Sequence[Facts], full: Centre, title: Centre
) -> np.ndarray:
    """One row of `SIGNS` for each candidate; `full` and `title` are the centres of the two collections."""
    import numpy as np

    if not found.items:
        return np.empty((0, len(SIGNS)))
    cosines = full.cosines(found.full, np.vstack([query.full[None], found.full]))
    columns = [
        cosines[:, 0],
        title.cosines(found.title, query.title[None])[:, 0],
        found.words,
        crowding(cosines[:, 1:]),
        np.array([UNKNOWN["age"] if f.days is None else math.log1p(f.days) for f in facts]),
        np.array([UNKNOWN["area"] if f.area is None else f.area for f in facts]),
        np.array([UNKNOWN["customer"] if f.customer is None else float(f.customer) for f in facts]),
        np.array([f.kinds for f in facts]),
    ]
    return np.stack(columns, axis=1)


def crowding(cosines: np.ndarray) -> np.ndarray:
    """From cosines (n, n) the mean of the three highest to another, shape (n,)."""
    import numpy as np

    number = len(cosines)
    if number < 2:
        return np.full(number, UNKNOWN["crowded"])
    others = cosines - 9.0 * np.eye(number)  # nobody is their own neighbour
    most = min(CROWD, number - 1)
    nearest = np.partition(others, number - most, axis=1)[:, number - most :]
    mean: np.ndarray = nearest.mean(axis=1)
    return mean


def _levels(area: str) -> list[str]:
    return [level.casefold() for level in _LEVELS.split(area.strip()) if level]
