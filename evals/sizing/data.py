"""Public data for sizing: issues with story points, project by project in time order.

A CSV, plain or gzipped, with the columns `project, order, key, split, points, title, description`. `order` is
the place in time within the project, `split` is train, val or test; `points` may be empty, 0 is the same.
Half of such a file stands with the developers; any other file of this form measures the product unseen.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.errors import BadFile
from triage.estimating.replay import LAG

COLUMNS = ("project", "order", "key", "split", "points", "title", "description")
SPLITS = ("train", "val", "test")
MAX_BYTES = 500_000_000  # unpacked

# Mean absolute error of Deep-SE on the test part in raw points, as quoted with the developers' half of the
# data of Choetkiertikul et al., "A deep learning model for estimating story points", IEEE TSE 45(7), 2019.
# Projects of which no figure is at hand are left out of that comparison.
DEEP_SE = {
    "aptanastudio": 4.14,
    "bamboo": 0.81,
    "duracloud": 0.82,
    "mesos": 1.12,
    "mulestudio": 3.67,
    "talenddataquality": 3.61,
    "titanium": 2.09,
    "usergrid": 1.18,
}


@dataclass(frozen=True)
class SizedItem:
    """One issue. `points` is None where nobody gave any."""

    key: str
    split: str
    points: float | None
    title: str
    description: str


@dataclass(frozen=True)
class Project:
    """The issues of one project, oldest first."""

    name: str
    items: tuple[SizedItem, ...]

    def places(self, split: str) -> list[int]:
        """Where the items of that part stand; of the test part only those whose end can be measured."""
        measured = split == "test"
        return [
            place
            for place, item in enumerate(self.items)
            if item.split == split and not (measured and not item.points)
        ]


@dataclass(frozen=True)
class SizingFile:
    """All projects of one file, by name, with the SHA-256 of the file."""

    name: str
    projects: tuple[Project, ...]
    digest: str

    @property
    def items(self) -> int:
        """Issues of all projects."""
        return sum(len(project.items) for project in self.projects)


def read_sizing(path: Path) -> SizingFile:
    """Read a whole file.

    Raises:
        BadFile: not readable, a column is missing, a value that cannot be, a key or place used twice in a
            project, or a project without a train or a test part; with the line where there is one.
    """
    packed = _read(path)
    rows: dict[str, list[tuple[int, SizedItem]]] = defaultdict(list)
    table = csv.DictReader(io.StringIO(_text(path, packed), newline=""))
    _check_columns(path, table.fieldnames or ())
    limit = csv.field_size_limit(MAX_BYTES)
    try:
        for row in table:
            project, order, item = _item(path, table.line_num, row)
            rows[project].append((order, item))
    except csv.Error as error:
        raise BadFile(f"{path.name} is broken: {error}.", "Write it as CSV again.", table.line_num) from error
    finally:
        csv.field_size_limit(limit)
    projects = tuple(_project(path, name, rows[name]) for name in sorted(rows))
    if not projects:
        raise BadFile(f"{path.name} holds no issue.", "Give at least one project.")
    return SizingFile(path.name, projects, hashlib.sha256(packed).hexdigest())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", "Name a CSV, plain or gzipped.") from error


def _text(path: Path, packed: bytes) -> str:
    try:
        if packed[:2] != b"\x1f\x8b":
            return packed.decode("utf-8-sig")
        with gzip.open(io.BytesIO(packed)) as unpacked:
            plain = unpacked.read(MAX_BYTES + 1)
        if len(plain) > MAX_BYTES:
            raise BadFile(f"{path.name} unpacks to more than {MAX_BYTES:,} bytes.", "Give a smaller file.")
        return plain.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} is not UTF-8 text, plain or gzipped.", "Write it again.") from error


def _check_columns(path: Path, found: Sequence[str]) -> None:
    missing = [column for column in COLUMNS if column not in found]
    if missing:
        raise BadFile(f"{path.name} has no column {', '.join(missing)}.", f"Needed: {', '.join(COLUMNS)}.")


def _item(path: Path, line: int, row: dict[str, str | None]) -> tuple[str, int, SizedItem]:
    cells = {column: (row[column] or "").strip() for column in COLUMNS}
    if not cells["project"]:
        raise BadFile(f"{path.name}, line {line}: no project.", "Name one.", line)
    if cells["split"] not in SPLITS:
        raise BadFile(
            f"{path.name}, line {line}: split “{cells['split']}”.", "Write train, val or test.", line
        )
    try:
        order = int(cells["order"])
        points = float(cells["points"]) if cells["points"] else None
    except ValueError as error:
        remedy = "`order` is a whole number, `points` a number or empty."
        raise BadFile(f"{path.name}, line {line}: {error}.", remedy, line) from error
    if points is not None and not (math.isfinite(points) and points >= 0):
        raise BadFile(f"{path.name}, line {line}: {points} points.", "Give a number from 0 on.", line)
    item = SizedItem(cells["key"], cells["split"], points, cells["title"], cells["description"])
    return cells["project"], order, item


def _project(path: Path, name: str, rows: Sequence[tuple[int, SizedItem]]) -> Project:
    places = Counter(order for order, _ in rows)
    twice = [order for order, count in places.items() if count > 1]
    if twice:
        raise BadFile(f"{path.name}: {name} has order {twice[0]} twice.", "Give each issue a place in time.")
    ordered = sorted(rows, key=lambda row: row[0])
    project = Project(name, tuple(item for _, item in ordered))
    for split in ("train", "test"):
        if not project.places(split):
            raise BadFile(f"{path.name}: {name} has no sized issue in its {split} part.", "Leave it out.")
    before = project.items[: max(0, project.places("test")[0] - LAG + 1)]
    if not any(item.points for item in before):
        raise BadFile(f"{path.name}: {name} has no sized issue {LAG} before its test part.", "Leave it out.")
    return project
