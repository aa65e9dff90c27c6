"""Which cases changed most between two runs, with both drafts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.results import CaseScores

DRAFTS = "drafts.jsonl"
SHOWN = 10
BY_WORDS = 0.01  # a question more or less counts this much of a share: it decides between equal shares


@dataclass(frozen=True)
class Asked:
    """A question of a stored draft; `other` is True when the other draft does not ask it."""

    category: str
    question: str
    other: bool


@dataclass(frozen=True)
class Side:
    """A draft in one run."""

    questions: tuple[Asked, ...]
    size: str
    sentence: str


@dataclass(frozen=True)
class CaseChange:
    """One case in both runs. `before` and `after` are its share of the headline, None: it does not count
    there."""

    id: str
    before: float | None
    after: float | None
    first: Side | None
    second: Side | None

    @property
    def distance(self) -> float:
        """How much it changed, for ranking."""
        shares = abs((self.after or 0.0) - (self.before or 0.0))
        sides = [side for side in (self.first, self.second) if side]
        return shares + BY_WORDS * sum(asked.other for side in sides for asked in side.questions)


def most_changed(
    headline: str, both: Sequence[tuple[CaseScores, CaseScores]], folders: tuple[Path, Path] | None
) -> tuple[CaseChange, ...]:
    """At most ten cases, the most changed first; none that stayed as it was."""
    first, second = (_drafts(folder / DRAFTS) for folder in folders) if folders else ({}, {})
    changes = []
    for old, new in both:
        drafts = first.get(old.id), second.get(old.id)
        changes.append(
            CaseChange(
                old.id,
                _share(old, headline),
                _share(new, headline),
                _side(drafts[0], drafts[1]),
                _side(drafts[1], drafts[0]),
            )
        )
    moved = [change for change in changes if change.distance > 1e-9]
    return tuple(sorted(moved, key=lambda change: (-change.distance, change.id))[:SHOWN])


def _share(case: CaseScores, headline: str) -> float | None:
    part, whole = case.tallies.get(headline, (0.0, 0.0))
    return part / whole if whole else None


def _side(draft: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> Side | None:
    if draft is None:
        return None
    elsewhere = {question["question"] for question in other["questions"]} if other else set()
    asked = (
        Asked(one["category"], one["question"], one["question"] not in elsewhere)
        for one in draft["questions"]
    )
    return Side(tuple(asked), draft["size"], draft["answer"]["sentence"])


def _drafts(path: Path) -> dict[str, dict[str, Any]]:
    """The drafts of a run by case, of the first round; empty when the suite leaves none."""
    found: dict[str, dict[str, Any]] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                draft = json.loads(line)
                found.setdefault(draft["id"], draft)
    return found
