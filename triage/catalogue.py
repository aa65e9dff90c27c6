"""The hidden-work catalogue: `knowledge/hidden_work/*.yaml` read into frozen types.

    categories.yaml     the fourteen areas: name, what they cover, base rate, reason when not relevant
    kinds/<id>.yaml     one file per kind of change: exemplars, cues, cold-start size, its questions
    general.yaml        questions that fit any kind of change
    narrowing.yaml      narrowing moves (P13)
    trip_wires.yaml     topics that force full review (P9)

Every file is checked strictly. An error names the file, the line and what was expected.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from triage.content import content_dir
from triage.domain import Category, Days, Frozen
from triage.errors import BadFile, SetupError

SLOTS = frozenset(
    {"object", "action", "actor", "system", "number", "route", "surface", "role", "job", "vendor", "variant"}
)
_SLOT = re.compile(r"\{(\w*)\}")

Part = Literal["groundwork", "setup", "build", "support"]


class CategoryInfo(Frozen):
    """One of the fourteen areas in which work hides."""

    id: Category
    name: str
    covers: str
    base_rate: float = Field(ge=0, le=1)  # share of non-small requests in which it surfaces
    not_relevant: str  # reason shown when nothing points to it; {kinds} is filled


class CatalogueQuestion(Frozen):
    """One concern that may hide behind a request (P10)."""

    id: str = Field(pattern=r"^[a-z_]+\.[a-z0-9-]+$")
    weight: float = Field(gt=0, le=1)  # probability that it surfaces when its kind is asked for
    question: str  # with slots
    plain: str  # the same without slots
    why: str
    ask: str
    effect: str
    impact: int = Field(ge=1, le=3)
    part: Part
    answered_by: tuple[str, ...] = ()

    @property
    def category(self) -> Category:
        """The area, from the part of the id before the dot."""
        return Category(self.id.split(".")[0])

    @model_validator(mode="after")
    def _well_formed(self) -> CatalogueQuestion:
        Category(self.id.split(".")[0])  # ValueError names the fourteen
        unknown = set(_SLOT.findall(self.question)) - SLOTS
        if unknown:
            raise ValueError(f"unknown slot {{{sorted(unknown)[0]}}}; known: {', '.join(sorted(SLOTS))}")
        if _SLOT.search(self.plain):
            raise ValueError("plain must not have slots")
        for text in (self.question, self.plain):
            if text.count("?") != 1:
                raise ValueError(f"one question mark per question, found {text.count('?')}: {text}")
        return self

    @field_validator("answered_by")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _compiled(patterns)


class KindDays(Frozen):
    """Cold-start size of a kind of change, engineer-days per part."""

    groundwork: Days = Days()
    setup: Days
    build: Days
    support: Days

    @field_validator("groundwork", "setup", "build", "support", mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        if isinstance(value, list):
            if (
                len(value) != 2
                or not all(isinstance(v, int | float) for v in value)
                or not 0 <= value[0] <= value[1]
            ):
                raise ValueError("expected [low, high] in engineer-days, 0 ≤ low ≤ high")
            return Days(low=value[0], high=value[1])
        return value


class ChangeKind(Frozen):
    """A kind of change with what it typically hides, strongest first."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    small: bool = False  # typically nothing hides behind it
    exemplars: tuple[str, ...] = Field(min_length=5)
    cues: tuple[str, ...] = ()
    days: KindDays
    moves: tuple[str, ...] = ()
    questions: tuple[CatalogueQuestion, ...] = Field(min_length=1)

    @field_validator("cues")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _compiled(patterns)

    @field_validator("questions")
    @classmethod
    def _strongest_first(cls, questions: tuple[CatalogueQuestion, ...]) -> tuple[CatalogueQuestion, ...]:
        return tuple(sorted(questions, key=lambda question: -question.weight))


class CatalogueMove(Frozen):
    """A named way to a smaller true yes (P13)."""

    id: str
    name: str
    sentence: str
    saves: str
    cues: tuple[str, ...] = ()

    @field_validator("cues")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _compiled(patterns)


class CatalogueTripWire(Frozen):
    """A topic that forces full review whatever the size (P9)."""

    id: str
    name: str
    why: str
    cues: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @field_validator("cues")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _compiled(patterns)


class Catalogue(Frozen):
    """Everything that was read."""

    categories: dict[Category, CategoryInfo]
    kinds: dict[str, ChangeKind]
    general: tuple[CatalogueQuestion, ...]
    moves: tuple[CatalogueMove, ...]
    trip_wires: tuple[CatalogueTripWire, ...]
    digest: str  # sha256 over all files, stored with every result

    @property
    def questions(self) -> dict[str, CatalogueQuestion]:
        """Every question by id, those of the kinds first."""
        return {question.id: question for question in self.all_questions()}

    def all_questions(self) -> Iterator[CatalogueQuestion]:
        """Every question in the order of the files."""
        for kind in self.kinds.values():
            yield from kind.questions
        yield from self.general

    def texts(self) -> list[str]:
        """Every text that is compared by meaning: exemplars and plain questions, without repeats."""
        exemplars = [exemplar for kind in self.kinds.values() for exemplar in kind.exemplars]
        return list(dict.fromkeys([*exemplars, *(question.plain for question in self.all_questions())]))


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read a catalogue; without `folder` the shipped one.

    Raises:
        SetupError: the folder or one of its files is missing.
        BadFile: a file breaks the schema; names file, line and what was expected.
    """
    folder = folder or content_dir("knowledge") / "hidden_work"
    if not folder.is_dir():
        raise SetupError(
            f"There is no catalogue folder {folder}.", "Set TRIAGE_CATALOGUE_DIR to one, or unset it."
        )
    files = [
        folder / name for name in ("categories.yaml", "general.yaml", "narrowing.yaml", "trip_wires.yaml")
    ]
    files += sorted((folder / "kinds").glob("*.yaml"))
    for path in files:
        if not path.is_file():
            raise SetupError(f"The catalogue lacks {path}.", "Copy it from the shipped catalogue.")
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    return _read(folder, digest)


@lru_cache(maxsize=4)
def _read(folder: Path, digest: str) -> Catalogue:
    kinds = [_load(path, _KIND) for path in sorted((folder / "kinds").glob("*.yaml"))]
    catalogue = Catalogue(
        categories={info.id: info for info in _load(folder / "categories.yaml", _CATEGORIES)},
        kinds={kind.id: kind for kind in kinds},
        general=tuple(_load(folder / "general.yaml", _QUESTIONS)),
        moves=tuple(_load(folder / "narrowing.yaml", _MOVES)),
        trip_wires=tuple(_load(folder / "trip_wires.yaml", _WIRES)),
        digest=digest,
    )
    _check_references(folder, catalogue)
    return catalogue


_KIND: TypeAdapter[ChangeKind] = TypeAdapter(ChangeKind)
_CATEGORIES: TypeAdapter[list[CategoryInfo]] = TypeAdapter(list[CategoryInfo])
_QUESTIONS: TypeAdapter[list[CatalogueQuestion]] = TypeAdapter(list[CatalogueQuestion])
_MOVES: TypeAdapter[list[CatalogueMove]] = TypeAdapter(list[CatalogueMove])
_WIRES: TypeAdapter[list[CatalogueTripWire]] = TypeAdapter(list[CatalogueTripWire])


def _load(path: Path, adapter: TypeAdapter[Any]) -> Any:
    text = path.read_text(encoding="utf-8")
    try:
        return adapter.validate_python(_tuples(yaml.load(text, Loader=_loader())))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise BadFile(
            f"{path} is not valid YAML: {problem}", "Correct the line.", mark.line + 1 if mark else 0
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise BadFile(
            f"{path}: {where}: {message}", "docs/catalogue.md shows the schema.", _line(text, first["loc"])
        ) from error


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _tuples(value: Any) -> Any:
    return value if value is not None else {}


def _line(text: str, location: tuple[int | str, ...]) -> int:
    """The 1-based line of a location in a YAML text; of its nearest parent when it is missing."""
    node = yaml.compose(text, Loader=_loader())
    for step in location:
        child = _child(node, step)
        if child is None:
            break
        node = child
    return node.start_mark.line + 1 if node else 0


def _child(node: Any, step: int | str) -> Any:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None


def _check_references(folder: Path, catalogue: Catalogue) -> None:
    seen: dict[str, str] = {}
    for kind in catalogue.kinds.values():
        for question in kind.questions:
            if question.id in seen:
                raise BadFile(
                    f"{folder}/kinds: question {question.id} stands in {seen[question.id]} and in {kind.id}.",
                    "Ids are unique.",
                )
            seen[question.id] = kind.id
    missing = set(Category) - set(catalogue.categories)
    if missing:
        raise BadFile(f"{folder}/categories.yaml lacks {sorted(missing)[0]}.", "All fourteen are needed.")
    moves = {move.id for move in catalogue.moves}
    for kind in catalogue.kinds.values():
        unknown = set(kind.moves) - moves
        if unknown:
            raise BadFile(
                f"{folder}/kinds/{kind.id}.yaml names a move that is not there: {sorted(unknown)[0]}.",
                "Add it to narrowing.yaml or remove it.",
            )
    for name, kinds in [(wire.id, wire.kinds) for wire in catalogue.trip_wires]:
        unknown = set(kinds) - set(catalogue.kinds)
        if unknown:
            raise BadFile(
                f"{folder}: {name} names the kind {sorted(unknown)[0]}, which kinds/ lacks.",
                "Add the kind or remove it.",
            )


def _compiled(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"not a regular expression: {pattern} ({error})") from error
    return patterns
