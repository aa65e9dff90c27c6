"""Drafts that somebody read: does a question ask just what later surfaced?

One JSON object a line, written by `triage eval label` (a person) and `triage eval judge` (a model):

    id          of the case
    questions   {question, category}, as drafted
    gold        for each hidden item in order: hit, near or miss. Only hit counts
    by          place of the question that hit, or null
    drafted     optional, for each question: useful, neutral or noise, null where nobody said
    concerns    optional, for each question: how many concerns are packed into it
    reasons     optional, for each hidden item: why, in a few words
    judge       who read it, such as "person" or the name of a model
    prompt      hash of the prompt, when it was a model
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from evals.cases import Case, read_cases
from evals.judging.pair_features import Asked
from triage.domain import Category, Surprise
from triage.errors import BadFile


class Gold(StrEnum):
    """What a reader says of a hidden item."""

    HIT = "hit"
    NEAR = "near"
    MISS = "miss"


class Worth(StrEnum):
    """What a reader says of a question."""

    USEFUL = "useful"
    NEUTRAL = "neutral"
    NOISE = "noise"


class JudgedQuestion(BaseModel):
    """A question as it was drafted."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    question: str
    category: Category

    def asked(self) -> Asked:
        """As the matcher wants it."""
        return Asked(self.question, self.category.value)


class JudgedDraft(BaseModel):
    """One line: a draft and what a reader says of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    questions: tuple[JudgedQuestion, ...]
    gold: tuple[Gold, ...]
    by: tuple[int | None, ...]
    drafted: tuple[Worth | None, ...] = ()
    concerns: tuple[int | None, ...] = ()
    reasons: tuple[str, ...] = ()
    judge: str = ""
    prompt: str = ""

    @model_validator(mode="after")
    def _one_for_each(self) -> Self:
        if len(self.by) != len(self.gold):
            raise ValueError("gold and by are not of one length")
        for name in ("drafted", "concerns"):
            if len(getattr(self, name)) not in (0, len(self.questions)):
                raise ValueError(f"{name} must hold one entry for each question")
        if any(place is not None and not 0 <= place < len(self.questions) for place in self.by):
            raise ValueError("by names a question that is not there")
        return self

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The questions as the matcher wants them."""
        return tuple(one.asked() for one in self.questions)


@dataclass(frozen=True, eq=False)
class Item:
    """One hidden item with a draft's questions and what a reader said."""

    case: Case
    hidden: Surprise
    asked: tuple[Asked, ...]
    hit: bool
    by: int | None


def read_items(judged: Path, cases: Path) -> list[Item]:
    """Every hidden item of every judged draft.

    Raises:
        BadFile: a line that is no judged draft of a known case, with its number.
    """
    pairs = with_cases(judged, read_cases(cases).cases)
    return [item for draft, case in pairs for item in items(draft, case)]


def items(draft: JudgedDraft, case: Case) -> Iterator[Item]:
    """The hidden items of one judged draft."""
    for hidden, gold, by in zip(case.hidden, draft.gold, draft.by, strict=True):
        yield Item(case, hidden, draft.asked, gold is Gold.HIT, by)


def with_cases(judged: Path, cases: Sequence[Case]) -> list[tuple[JudgedDraft, Case]]:
    """Every judged draft with its case.

    Raises:
        BadFile: a line that is no judged draft of one of `cases`, with its number.
    """
    known = {case.id: case for case in cases}
    pairs = []
    for line, draft in _lines(judged):
        case = known.get(draft.id)
        if case is None or len(draft.gold) != len(case.hidden):
            raise _bad(judged, line, f'"{draft.id}" has no case with as many hidden items among those given')
        pairs.append((draft, case))
    return pairs


def write_judged(path: Path, drafts: Iterable[JudgedDraft]) -> None:
    """Replace the file in one step. Raises BadFile."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text("".join(draft.model_dump_json() + "\n" for draft in drafts), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error


def _lines(path: Path) -> Iterator[tuple[int, JudgedDraft]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} cannot be read.", "Check name, rights and encoding.") from error
    for line, source in enumerate(text.split("\n"), start=1):
        if source.strip():
            try:
                yield line, JudgedDraft.model_validate(json.loads(source))
            except (ValueError, ValidationError) as error:
                raise _bad(path, line, "it is no judged draft") from error


def _bad(path: Path, line: int, what: str) -> BadFile:
    return BadFile(f"{path.name}, line {line}: {what}.", "See evals/judging/judged.py for the form.", line)
