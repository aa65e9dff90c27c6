"""The types of a catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, field_validator

from triage.catalogue.texts import (
    Exemplars,
    Id,
    Ids,
    Part,
    PartWording,
    Patterns,
    Plain,
    QuestionId,
    Range,
    Reason,
    Role,
    Share,
    Text,
    Weight,
    Wording,
    Words,
    at_least,
)
from triage.domain import Category, Days, Frozen


class CategoryInfo(Frozen):
    """One of the fourteen areas in which work hides, and what an open question of it means for an answer."""

    id: Category
    name: Text
    covers: Text
    base_rate: Share  # share of non-small requests in which it surfaces
    not_relevant: Reason  # shown when nothing points to it
    mentioned_by: Patterns  # words by which a request speaks of it
    condition: Text  # completes "yes, if …" in words a salesperson can pass on
    prepares: Words = ""  # what the customer brings; empty: nothing
    risk: Text  # completes "the only serious risk is …"


class CatalogueQuestion(Frozen):
    """One concern that may hide behind a request (P10)."""

    id: QuestionId
    weight: Weight  # probability that it surfaces when its kind is asked for
    question: Wording  # with slots
    plain: Plain  # the same without slots
    why: Text
    ask: Text
    effect: Text
    impact: Annotated[int, Field(ge=1, le=3, strict=True)]
    part: Part
    answered_by: Patterns = ()

    @property
    def category(self) -> Category:
        """The area, from the part of the id before the dot."""
        return Category(self.id.split(".")[0])


class MapQuestion(CatalogueQuestion):
    """One concern about a part of the product map that a change touches (P10a)."""

    role: Role  # of the parts it is for
    question: PartWording  # with {part}


class KindDays(Frozen):
    """Cold-start size of a kind of change, engineer-days per part."""

    groundwork: Range = Days()
    setup: Range
    build: Range
    support: Range


class ChangeKind(Frozen):
    """A kind of change with what it typically hides, strongest first."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Text
    small: bool = Field(False, strict=True)  # typically nothing hides behind it
    exemplars: Exemplars
    cues: Patterns = ()
    days: KindDays
    moves: Ids = ()
    questions: Annotated[tuple[CatalogueQuestion, ...], at_least(1)]

    @field_validator("questions")
    @classmethod
    def _strongest_first(cls, questions: tuple[CatalogueQuestion, ...]) -> tuple[CatalogueQuestion, ...]:
        return tuple(sorted(questions, key=lambda question: -question.weight))


class CatalogueMove(Frozen):
    """A named way to a smaller true yes (P13)."""

    id: Id
    name: Text
    sentence: Text
    saves: Text
    cues: Patterns = ()


class CatalogueTripWire(Frozen):
    """A topic that forces full review whatever the size (P9)."""

    id: Id
    name: Text
    why: Text
    cues: Patterns = ()
    kinds: Ids = ()


class Catalogue(Frozen):
    """Everything that was read."""

    categories: dict[Category, CategoryInfo]
    kinds: dict[str, ChangeKind]
    general: tuple[CatalogueQuestion, ...]
    map_questions: tuple[MapQuestion, ...]
    moves: tuple[CatalogueMove, ...]
    trip_wires: tuple[CatalogueTripWire, ...]
    digest: str  # sha256 over all files, stored with every result

    @property
    def questions(self) -> dict[str, CatalogueQuestion]:
        """Every question by id, those of the kinds first."""
        return {question.id: question for question in (*self.all_questions(), *self.map_questions)}

    def all_questions(self) -> Iterator[CatalogueQuestion]:
        """Every question that needs no map, in the order of the files."""
        for kind in self.kinds.values():
            yield from kind.questions
        yield from self.general

    def texts(self) -> list[str]:
        """Every text that is compared by meaning: exemplars and plain questions, without repeats."""
        exemplars = [exemplar for kind in self.kinds.values() for exemplar in kind.exemplars]
        questions = [*self.all_questions(), *self.map_questions]
        return list(dict.fromkeys([*exemplars, *(question.plain for question in questions)]))
