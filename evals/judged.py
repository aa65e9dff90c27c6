"""Drafts that somebody read: does a question ask just what later surfaced?

One JSON object a line: `id` of the case, `questions` ({question, category}), `gold` for each hidden item in
order (hit, near or miss), `by` the place of the question that hit, or null. Only hit counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.cases import Case, read_cases
from evals.pair_features import Asked
from triage.domain import Category, Surprise
from triage.errors import BadFile


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
    known = {case.id: case for case in read_cases(cases).cases}
    items: list[Item] = []
    for line, row in _judged_lines(judged):
        case = known.get(row.id)
        if case is None or len(row.gold) != len(case.hidden) or len(row.by) != len(row.gold):
            raise _bad(judged, line, f'"{row.id}" has no case with as many hidden items in {cases.name}')
        asked = tuple(Asked(one.question, one.category.value) for one in row.questions)
        for hidden, gold, by in zip(case.hidden, row.gold, row.by, strict=True):
            items.append(Item(case, hidden, asked, gold == "hit", by))
    return items


class _QuestionRow(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str
    category: Category


class _JudgedRow(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str
    questions: tuple[_QuestionRow, ...]
    gold: tuple[Literal["hit", "near", "miss"], ...]
    by: tuple[int | None, ...]


def _judged_lines(path: Path) -> Iterator[tuple[int, _JudgedRow]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} cannot be read.", "Check name, rights and encoding.") from error
    for line, source in enumerate(text.split("\n"), start=1):
        if source.strip():
            try:
                yield line, _JudgedRow.model_validate(json.loads(source))
            except (ValueError, ValidationError) as error:
                raise _bad(path, line, "it is no judged draft") from error


def _bad(path: Path, line: int, what: str) -> BadFile:
    return BadFile(f"{path.name}, line {line}: {what}.", "See evals/judged.py for the form.", line)
