"""What must hold between the entries and the files of a catalogue.

Works on the plain values, so that a broken entry in one file does not hide what is wrong in another.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from triage.catalogue.documents import Document, Location, Problem
from triage.domain import Category


@dataclass(frozen=True)
class Documents:
    """The files of one folder; one that is missing is left out."""

    kinds: Sequence[Document]
    categories: Document | None
    general: Document | None
    map_questions: Document | None
    moves: Document | None
    trip_wires: Document | None


@dataclass(frozen=True)
class _Named:
    """An id where it stands."""

    id: str
    document: Document
    location: Location

    def problem(self, what: str, remedy: str) -> Problem:
        return self.document.problem(self.location, what, remedy)


def disagreements(documents: Documents) -> Iterator[Problem]:
    """Ids used twice, references to what is not there, areas left out."""
    yield from _twice(_questions(documents), "question")
    yield from _twice(_ids(documents.categories), "area")
    yield from _twice(_ids(documents.moves), "move")
    yield from _twice(_ids(documents.trip_wires), "trip-wire")
    yield from _twice(_kinds(documents), "kind")
    yield from _misnamed(documents)
    yield from _left_out(documents.categories)
    yield from _unknown_moves(documents)
    yield from _unknown_kinds(documents)
    yield from _mute_wires(documents.trip_wires)


def suggestion(word: str, known: Iterable[str]) -> str:
    """ "Did you mean …? " when one of the known words is like it, else nothing."""
    alike = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {alike[0]}? " if alike else ""


def _twice(named: Iterable[_Named], what: str) -> Iterator[Problem]:
    first: dict[str, _Named] = {}
    for each in named:
        before = first.setdefault(each.id, each)
        if before is not each:
            path, line = before.document.path, before.document.line(before.location)
            where = "" if path == each.document.path else f" of {path.name}"
            yield each.problem(
                f"this {what} id is taken, see line {line}{where}", "Rename or remove one of the two."
            )


def _misnamed(documents: Documents) -> Iterator[Problem]:
    for each in _kinds(documents):
        if each.id != each.document.path.stem:
            yield each.problem(
                f"the kind {each.id} stands in {each.document.path.name}",
                f"Name the file {each.id}.yaml, or write id: {each.document.path.stem}.",
            )


def _left_out(document: Document | None) -> Iterator[Problem]:
    if document is None or not isinstance(document.value, list):
        return
    there = {each.id for each in _ids(document)}
    for category in Category:
        if category not in there:
            remedy = "All fourteen are needed: copy the entry from the shipped catalogue."
            yield Problem(document.path, 0, f"the area {category} is missing", remedy)


def _unknown_moves(documents: Documents) -> Iterator[Problem]:
    if documents.moves is None or documents.moves.value is None:
        return
    known = {each.id for each in _ids(documents.moves)}
    for each in chain.from_iterable(_references(document, ("moves",)) for document in documents.kinds):
        if each.id not in known:
            yield each.problem(
                f"there is no narrowing move {each.id}",
                f"{suggestion(each.id, known)}Add it to narrowing.yaml or remove it here.",
            )


def _unknown_kinds(documents: Documents) -> Iterator[Problem]:
    known = {each.id for each in _kinds(documents)} | {document.path.stem for document in documents.kinds}
    for wire in _ids(documents.trip_wires):
        for each in _references(wire.document, (*wire.location[:1], "kinds")):
            if each.id not in known:
                yield each.problem(
                    f"there is no kind of change {each.id}",
                    f"{suggestion(each.id, known)}Add kinds/{each.id}.yaml or remove it here.",
                )


def _mute_wires(document: Document | None) -> Iterator[Problem]:
    for wire in _ids(document):
        entry = wire.document.value[wire.location[0]]
        if not entry.get("cues") and not entry.get("kinds"):
            yield wire.document.problem(
                wire.location[:1],
                "has neither cues nor kinds, so it is never tripped",
                "Give it one of them.",
            )


def _questions(documents: Documents) -> Iterator[_Named]:
    for document in documents.kinds:
        yield from _ids(document, "questions")
    yield from _ids(documents.general)
    yield from _ids(documents.map_questions)


def _kinds(documents: Documents) -> Iterator[_Named]:
    for document in documents.kinds:
        if isinstance(document.value, dict) and isinstance(document.value.get("id"), str):
            yield _Named(document.value["id"], document, ("id",))


def _ids(document: Document | None, *below: str) -> Iterator[_Named]:
    """The ids of the entries of a list, in a file or below a field of it."""
    if document is None:
        return
    for index, entry in enumerate(_list(document.value, below)):
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            yield _Named(entry["id"], document, (*below, index, "id"))


def _references(document: Document, below: Location) -> Iterator[_Named]:
    """The texts of a list."""
    for index, text in enumerate(_list(document.value, below)):
        if isinstance(text, str):
            yield _Named(text, document, (*below, index))


def _list(value: Any, below: Sequence[int | str]) -> list[Any]:
    for step in below:
        value = value[step] if isinstance(step, int) else value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []
