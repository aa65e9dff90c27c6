"""Public collections of reports with known duplicates, as the retrieval suite reads them.

Documents: CSV or CSV.gz with `id, t, title, description` and, where the tracker had them, `product` and
`component`. Relevance: CSV with `query, rel, split`. `t` sorts in time as a string; only documents with a
smaller `t` may be found for a query.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

from triage.domain import PastRequest, Request
from triage.errors import BadFile
from triage.retrieval.texts import of_past

NEEDED = {"docs": ("id", "t", "title", "description"), "qrels": ("query", "rel", "split")}
FIRST_DAY = date(2000, 1, 1)  # of a collection without dates: its documents are one day apart


@dataclass(frozen=True)
class Report:
    """One document; `day` is its date, or its rank where there are no dates."""

    id: str
    t: str
    title: str
    description: str
    area: str  # "product / component"
    day: date

    @property
    def has_text(self) -> bool:
        """False when there is nothing to search for."""
        return bool(of_past(self.past()).full)

    def past(self) -> PastRequest:
        """As a past request of the product."""
        return PastRequest(
            id=self.id,
            opened=self.day.isoformat(),
            product_area=self.area,
            subject=self.title,
            body=self.description,
        )

    def request(self) -> Request:
        """As a request that comes in."""
        return Request(
            id=self.id,
            product_area=self.area,
            subject=self.title,
            body=self.description,
            received=datetime.combine(self.day, time(12), UTC),
        )


@dataclass(frozen=True)
class Collection:
    """Reports in time order, and for each query what it should find."""

    name: str
    digest: str  # of both files
    reports: tuple[Report, ...]
    relevant: Mapping[str, frozenset[str]]
    split: Mapping[str, str]  # of each query

    def queries(self, split: str) -> list[Report]:
        """The queries of one split, in time order; one without any text asks for nothing and is left out."""
        return [each for each in self.reports if self.split.get(each.id) == split and each.has_text]

    def earlier(self, report: Report) -> int:
        """How many reports have a smaller `t`."""
        return self._first[report.t]

    @cached_property
    def _first(self) -> dict[str, int]:
        first: dict[str, int] = {}
        for place, report in enumerate(self.reports):
            first.setdefault(report.t, place)
        return first


def read_collection(docs: Path, qrels: Path) -> Collection:
    """Both files. Raises BadFile when they cannot be used together."""
    (rows, found), (relevance, said) = _rows(docs, "docs"), _rows(qrels, "qrels")
    rows.sort(key=lambda row: (row["t"], row["id"]))
    reports = tuple(map(_report, rows, _days([row["t"] for row in rows])))
    times = {report.id: report.t for report in reports}
    if len(times) < len(reports):
        raise BadFile(f"{docs.name} has the same id twice.", "Give every document an id of its own.")
    relevant, split = _relevance(qrels, relevance, times)
    digest = hashlib.sha256(found + said).hexdigest()
    name = docs.name.split(".")[0].removeprefix("retrieval-").removesuffix("-docs")
    return Collection(name, digest, reports, relevant, split)


def _relevance(
    path: Path, rows: Sequence[Mapping[str, str]], times: Mapping[str, str]
) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    relevant: dict[str, set[str]] = defaultdict(set)
    split: dict[str, str] = {}
    for row in rows:
        query, rel = row["query"], row["rel"]
        if query not in times or rel not in times:
            raise BadFile(
                f"{path.name} names {query if query not in times else rel}, which is no document.",
                "Give the documents and the relevance of one collection.",
            )
        if times[rel] >= times[query]:
            raise BadFile(
                f"{path.name} says that {query} should find {rel}, which is not earlier.",
                "Only documents with a smaller t may be found.",
            )
        relevant[query].add(rel)
        split[query] = row["split"]
    return {query: frozenset(found) for query, found in relevant.items()}, split


def _report(row: Mapping[str, str], day: date) -> Report:
    levels = [row.get("product", "").strip(), row.get("component", "").strip()]
    return Report(
        id=row["id"],
        t=row["t"],
        title=row["title"],
        description=row["description"],
        area=" / ".join(level for level in levels if level),
        day=day,
    )


def _days(times: Sequence[str]) -> list[date]:
    try:
        return [date.fromisoformat(t.strip()[:10]) for t in times]
    except ValueError:
        return [FIRST_DAY + timedelta(days=place) for place in range(len(times))]


def _rows(path: Path, kind: str) -> tuple[list[dict[str, str]], bytes]:
    """The rows, and the file as it is."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
        rows = [
            {k: v or "" for k, v in row.items() if k} for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(
            f"{path.name} cannot be read: {error}.", "Give a CSV in UTF-8, or one in gzip."
        ) from error
    missing = [name for name in NEEDED[kind] if not rows or name not in rows[0]]
    if missing:
        raise BadFile(
            f"{path.name} has no column {missing[0]}.", f"Its columns are {', '.join(NEEDED[kind])}."
        )
    return rows, data
