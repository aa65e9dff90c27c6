"""A catalogue folder: read it, or say everything that is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from triage.catalogue.agreement import Documents, disagreements, suggestion
from triage.catalogue.documents import Document, Problem
from triage.catalogue.entries import (
    Catalogue,
    CatalogueMove,
    CatalogueQuestion,
    CatalogueTripWire,
    CategoryInfo,
    ChangeKind,
    KindDays,
    MapQuestion,
)
from triage.content import content_dir
from triage.errors import BadFile, SetupError

MOST_SAID = 20  # problems in one message; `triage doctor` lists all
_LISTS: dict[str, TypeAdapter[Any]] = {
    "categories.yaml": TypeAdapter(tuple[CategoryInfo, ...]),
    "general.yaml": TypeAdapter(tuple[CatalogueQuestion, ...]),
    "map_questions.yaml": TypeAdapter(tuple[MapQuestion, ...]),
    "narrowing.yaml": TypeAdapter(tuple[CatalogueMove, ...]),
    "trip_wires.yaml": TypeAdapter(tuple[CatalogueTripWire, ...]),
}
_KIND: TypeAdapter[Any] = TypeAdapter(ChangeKind)
_ENTRIES: tuple[type[BaseModel], ...] = (
    CategoryInfo, CatalogueQuestion, CatalogueMove, CatalogueTripWire, ChangeKind, KindDays, MapQuestion,
)  # fmt: skip
_FIELDS = sorted({name for entry in _ENTRIES for name in entry.model_fields})
_SHAPES = {  # what pydantic expects, in the words of YAML
    "string_type": ("expected a text", "Put it in quotes: a bare number, yes or no is none."),
    "tuple_type": ("expected a list", "Write each entry on a line of its own after “- ”, or all in [ ]."),
    "string_pattern_mismatch": ("not an id", "Lower case: letters, digits and _; in moves and wires - too."),
    "model_type": ("expected fields", "Write lines such as `id: …`; docs/catalogue.md shows them."),
}  # fmt: skip


def shipped_folder() -> Path:
    """The catalogue that comes with this installation."""
    return content_dir("knowledge") / "hidden_work"


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read a catalogue; without `folder` the shipped one.

    Raises:
        SetupError: the folder or one of its files is missing.
        BadFile: a file is broken. Several problems stand in one message, a line each with its place.
    """
    folder = folder or shipped_folder()
    _require_folder(folder)
    files = [*map(folder.joinpath, _LISTS), *_kind_files(folder)]
    for path in files:
        if not path.is_file():
            raise SetupError(f"The catalogue lacks {path}.", "Copy it from the shipped catalogue.")
    return _read(folder, hashlib.sha256(b"\0".join(map(_content, files))).hexdigest())


def check_catalogue(folder: Path | None = None) -> list[Problem]:
    """Everything that is wrong in a catalogue, file by file; empty when it can be loaded.

    Raises:
        SetupError: there is no such folder.
    """
    folder = folder or shipped_folder()
    _require_folder(folder)
    return _Reading(folder).problems


@lru_cache(maxsize=4)
def _read(folder: Path, digest: str) -> Catalogue:
    reading = _Reading(folder)
    if reading.problems:
        raise _refusal(folder, reading.problems)
    return Catalogue(
        categories={info.id: info for info in reading.entries["categories.yaml"]},
        kinds={kind.id: kind for kind in reading.kinds},
        general=reading.entries["general.yaml"],
        map_questions=reading.entries["map_questions.yaml"],
        moves=reading.entries["narrowing.yaml"],
        trip_wires=reading.entries["trip_wires.yaml"],
        digest=digest,
    )


class _Reading:
    """What was read of a folder, and every problem on the way."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[Problem] = []
        self.entries: dict[str, Any] = {}
        self.kinds: list[ChangeKind] = []
        lists = {name: self._document(folder / name) for name in _LISTS}
        kinds = [document for path in _kind_files(folder) if (document := self._document(path))]
        for name, adapter in _LISTS.items():
            self.entries[name] = self._valid(lists[name], adapter)
        self.kinds = [kind for document in kinds if (kind := self._valid(document, _KIND))]
        self.problems += _stray(folder)
        self.problems += disagreements(Documents(kinds, *lists.values()))
        self.problems.sort(key=lambda problem: (problem.path.parent != folder, problem.path, problem.line))

    def _document(self, path: Path) -> Document | None:
        if not path.exists():
            self.problems.append(
                Problem(path, 0, "the file is missing", "Copy it from the shipped catalogue.")
            )
            return None
        document = Document(path)
        self.problems += document.problems
        return document

    def _valid(self, document: Document | None, adapter: TypeAdapter[Any]) -> Any:
        """The entries of a document; None when there is a problem with it."""
        if document is None or document.value is None:
            return None
        try:
            return adapter.validate_python(document.value)
        except ValidationError as error:
            self.problems += [_problem(document, each) for each in error.errors(include_url=False)]
            return None


def _problem(document: Document, error: ErrorDetails) -> Problem:
    """A fault of pydantic's in words for whoever edits the file."""
    location, kind, last = error["loc"], error["type"], str(error["loc"][-1]) if error["loc"] else ""
    what = error["msg"]
    remedy = error.get("ctx", {}).get("remedy", "docs/catalogue.md shows the schema.")
    if kind == "missing":
        location, what, remedy = location[:-1], f"{last} is missing", "Add it; docs/catalogue.md shows how."
    elif kind == "extra_forbidden":
        what, remedy = "there is no such field", f"{suggestion(last, _FIELDS)}Correct the name or remove it."
    elif kind in _SHAPES:
        what, remedy = _SHAPES[kind]
    return document.problem(location, what, remedy)


def _stray(folder: Path) -> Iterator[Problem]:
    """YAML files that nobody reads: an edit in them would be lost in silence."""
    read = {*map(folder.joinpath, _LISTS), *_kind_files(folder)}
    for path in [*folder.iterdir(), *(folder / "kinds").rglob("*")]:
        if path.suffix.lower() in (".yaml", ".yml") and path not in read and not path.name.startswith("."):
            remedy = f"Kinds of change are kinds/<id>.yaml; beside them there are {', '.join(_LISTS)}."
            yield Problem(path, 0, "this file is not read", remedy)
    if not _kind_files(folder):
        remedy = "Copy the folder kinds/ from the shipped catalogue."
        yield Problem(folder / "kinds", 0, "no kind of change is here", remedy)


def _refusal(folder: Path, problems: list[Problem]) -> BadFile:
    if len(problems) == 1:
        [only] = problems
        return BadFile(f"{only.path}: {only.what}.", only.remedy, only.line)
    said = [f"  {problem.place}: {problem.what}. {problem.remedy}" for problem in problems[:MOST_SAID]]
    if len(problems) > MOST_SAID:
        said.append(f"  and {len(problems) - MOST_SAID} more; `triage doctor --catalogue {folder}` lists all")
    return BadFile("\n".join([f"The catalogue {folder} has {len(problems)} problems:", *said]))


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise SetupError(
            f"There is no catalogue folder {folder}.", "Set TRIAGE_CATALOGUE_DIR to one, or unset it."
        )


def _kind_files(folder: Path) -> list[Path]:
    """In the order of their names; hidden files are leftovers of editors."""
    return sorted(path for path in (folder / "kinds").glob("*.yaml") if not path.name.startswith("."))


def _content(path: Path) -> bytes:
    """Of a file that cannot be read nothing; reading it as a document says why."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
