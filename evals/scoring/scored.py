"""A drafted case with what it adds to the measures of a suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from evals.cases import Case
from evals.intervals import Tally
from evals.metrics import Scores, mean_of
from evals.results import Judge
from evals.running.solving import Solved
from triage.domain import Draft, PastRequest
from triage.ports import Encoder


@dataclass(frozen=True)
class Remark:
    """One label of a case, or one finding about its draft, and how it came out."""

    text: str
    good: bool
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class Scored:
    """A solved case, scored round by round. `baselines` is what the baselines would have scored on it,
    `categories` the shares by category of the hidden item: category -> column -> tally."""

    solved: Solved
    rounds: tuple[Scores, ...]
    remarks: tuple[Remark, ...] = ()
    baselines: Mapping[str, Scores] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)

    @property
    def scores(self) -> Scores:
        """The mean of the rounds."""
        return mean_of(self.rounds)


class Scorer(Protocol):
    """Scores one case at a time, the baselines too, so that a stopped run has everything."""

    heading: str  # above the remarks of a case
    judge: Judge | None

    def score(self, solved: Solved) -> Scored:
        """What the case adds to every measure."""


@dataclass(frozen=True)
class Material:
    """What a scorer may draw on. `encoder` is the product's; `history` what every draft could look up."""

    cases: Sequence[Case]
    encoder: Encoder
    stream: bool = False
    history: Sequence[PastRequest] = ()


def effort(draft: Draft) -> dict[str, Tally]:
    """What the draft took: seconds, and US dollars as far as prices are known."""
    return {"seconds": Tally(draft.ms / 1000, 1), "cost": Tally(draft.cost, 1)}
