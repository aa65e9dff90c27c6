"""A catalogue folder on disk that a test edits, and what the loader then says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from triage.catalogue import Problem, check_catalogue, load_catalogue, shipped_folder
from triage.errors import BadFile

EXPORT = "kinds/export.yaml"
QUESTION = "- id: permissions.export-who"
LISTS = ["categories.yaml", "general.yaml", "map_questions.yaml", "narrowing.yaml", "trip_wires.yaml"]
KIND = """\
id: export
name: Export
exemplars:
  - "An export of the list"
  - "The list as a file"
  - "All bookings as CSV"
  - "A download of the members"
  - "The numbers as a table"
cues: ['\\bexport']
days:
  setup: [0.2, 1]
  build: [2, 7]
  support: [0.5, 2]
moves: [one-step-only]
questions:
  - id: permissions.export-who
    weight: 0.4
    question: "Who may export {object}?"
    plain: "Who may export it?"
    why: "A file leaves the house."
    ask: customer
    effect: "1 day"
    impact: 3
    part: build
    answered_by: ['only admins']
"""


def write_catalogue(folder: Path) -> Path:
    """A catalogue folder with the shipped areas, moves and wires and KIND as its one kind of change."""
    (folder / "kinds").mkdir(parents=True)
    for name in LISTS:
        shutil.copy(shipped_folder() / name, folder / name)
    (folder / EXPORT).write_text(KIND, encoding="utf-8")
    return folder


def change(folder: Path, old: str, new: str, file: str = EXPORT) -> None:
    """Replace the first `old` in a file by `new`."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def only(folder: Path) -> Problem:
    """The one problem there is; loading is refused with the same words."""
    [problem] = check_catalogue(folder)
    with pytest.raises(BadFile) as refused:
        load_catalogue(folder)
    assert refused.value.message == f"{problem.path}: {problem.what}."
    assert (refused.value.remedy, refused.value.line) == (problem.remedy, problem.line)
    assert problem.remedy
    return problem


def line_of(words: str, text: str = KIND) -> int:
    return text[: text.index(words)].count("\n") + 1


def whole(folder: Path, file: str) -> str:
    return (folder / file).read_text(encoding="utf-8")
