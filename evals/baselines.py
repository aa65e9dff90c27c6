"""What a team would have without this product: the same five questions for all, or the nearest case's.

Neither sees the labels of the case it is scored on, nor those of another case of the same project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from evals.cases import Case
from evals.metrics import MOST
from evals.stream import visible
from triage.domain import Category, Surprise
from triage.ports import Encoder
from triage.retrieval.texts import of_request

FREQUENT = "five most frequent categories"
NEAREST = "nearest neighbour"


def others(cases: Sequence[Case], case: Case) -> list[Case]:
    """The cases that may teach something about `case`: other projects, or when all are of one project,
    the other cases."""
    foreign = [other for other in cases if other.repository != case.repository]
    return foreign or [other for other in cases if other.id != case.id]


def most_frequent(cases: Sequence[Case]) -> tuple[Category, ...]:
    """The five categories behind most hidden items of `cases`, most frequent first."""
    counts = Counter(item.category for case in cases for item in case.hidden)
    return tuple(sorted(counts, key=lambda category: (-counts[category], category.value))[:MOST])


class NearestCases:
    """Asks what was hidden behind the requests that read most alike, nearest first."""

    def __init__(self, cases: Sequence[Case], encoder: Encoder, *, stream: bool) -> None:
        self._cases = list(cases)
        self._stream = stream
        texts = [of_request(case.request).full for case in cases]
        self._vectors = encoder.encode(texts)
        self._rows = {case.id: row for row, case in enumerate(cases)}

    def ask(self, case: Case) -> tuple[Surprise, ...]:
        """At most five hidden items of other cases, one a category. In a stream only what was known."""
        row = self._rows[case.id]
        known = self._cases[:row] if self._stream else others(self._cases, case)
        cosines = np.array([self._vectors[row] @ self._vectors[self._rows[k.id]] for k in known])
        asked: dict[Category, Surprise] = {}
        for place in np.argsort(-cosines, kind="stable"):
            near = known[int(place)]
            for item in visible(near, case.opened) if self._stream else near.hidden:
                asked.setdefault(item.category, item)
            if len(asked) >= MOST:
                break
        return tuple(asked.values())[:MOST]
