"""What the pages around the review read: the history in pages, what is used how often, how much there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from triage.domain import EvidenceKind, Frozen, Passage, PastRequest, RequestRecord, Status
from triage.records import tables
from triage.records.database import Connected
from triage.records.facets import EVERY
from triage.records.rows import record_of

MOST_COUNTED = 1_000  # of a combination of filters; beyond it there are "more than"

_C = tables.citations.c
_F = tables.past_facets.c
_I = tables.index_changes.c
_N = tables.passages.c
_P = tables.past_requests.c
_R = tables.requests.c
_DECIDED = (Status.APPROVED, Status.ANSWERED, Status.CLOSED)


class Place(Frozen):
    """A place in the history, newest first: the entry that a page ends or begins with."""

    day: str
    id: str


class HistoryPage(Frozen):
    """Some of the history, newest first."""

    rows: tuple[PastRequest, ...] = ()
    newer: Place | None = None  # the page before ends above this one
    older: Place | None = None  # the page after begins below this one


class Uses(Frozen):
    """How often something is used: shown or cited by the newest draft of how many requests, and when last."""

    requests: int = 0
    cited: int = 0  # of them, where a question or the size rests on it
    decided: int = 0  # of them
    last: datetime | None = None


class Citing(Frozen):
    """The requests whose draft shows or cites something, the last one first."""

    uses: Uses = Uses()
    records: tuple[RequestRecord, ...] = ()  # the first of them


class Holdings(Frozen):
    """How much the database holds, and which one it is."""

    database: str  # e.g. "SQLite 3.46.1"
    past: int
    archived: int
    notes: int
    passages: int
    pending: int  # changes the vector index does not know yet
    requests: int
    drafts: int


class Overview(Connected):
    """Only reads."""

    def history(
        self,
        wanted: Mapping[str, str],
        limit: int,
        *,
        below: Place | None = None,
        above: Place | None = None,
    ) -> HistoryPage:
        """At most `limit` past requests that have every facet of `wanted` (`facets.VERDICT` -> "yes"),
        from the newest on, or next to a place. As quick on the last page as on the first."""
        query = _listed(wanted)
        if above:
            query = query.where(_place() > (above.day, above.id)).order_by(_F.day, _F.past_id)
        else:
            query = query.order_by(_F.day.desc(), _F.past_id.desc())
        if below:
            query = query.where(_place() < (below.day, below.id))
        with self._reading() as connection:
            found = [Place(day=row.day, id=row.past_id) for row in connection.execute(query.limit(limit + 1))]
            more, places = len(found) > limit, found[:limit]
            places = places[::-1] if above else places
            kept = sa.select(_P.id, _P.payload).where(_P.id.in_([place.id for place in places]))
            payloads = {row.id: row.payload for row in connection.execute(kept)}
        there = bool(places)
        return HistoryPage(
            rows=tuple(PastRequest.model_validate_json(payloads[place.id]) for place in places),
            newer=places[0] if there and (below or (above and more)) else None,
            older=places[-1] if there and (above or more) else None,
        )

    def count_history(self, wanted: Mapping[str, str]) -> int:
        """How many past requests have every facet of `wanted`, counted up to one more than MOST_COUNTED
        where there are two and more."""
        query = _listed(wanted)
        if len(wanted) > 1:
            query = query.limit(MOST_COUNTED + 1)
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()

    def facet_counts(self) -> dict[tuple[str, str], int]:
        """How many past requests have which (facet, value); `facets.EVERY` for all that are listed."""
        query = sa.select(_F.facet, _F.value, sa.func.count()).group_by(_F.facet, _F.value)
        with self._reading() as connection:
            return {(facet, value): number for facet, value, number in connection.execute(query)}

    def notes(self) -> list[Passage]:
        """Every passage that every reviewer may see, by note and place in it."""
        return self._passages(_N.label == "")

    def note(self, path: str) -> list[Passage]:
        """Those of one note."""
        return self._passages(_N.label == "", _N.path == path)

    def passage_uses(self) -> dict[str, Uses]:
        """How often each passage is used, by id; one that is not used is left out."""
        return self._uses(_used(_C.key).where(_C.kind == EvidenceKind.NOTE.value))

    def note_uses(self) -> dict[str, Uses]:
        """The same for whole notes, by path: a draft that uses two passages of a note counts once."""
        noted = _used(_N.path).join(tables.passages, _N.id == _C.key)
        return self._uses(noted.where(_C.kind == EvidenceKind.NOTE.value))

    def citing(self, kind: EvidenceKind, key: str, limit: int = 20) -> Citing:
        """Which requests use the past request or passage `key`."""
        ours = (_C.kind == kind.value, _C.key == key)
        first = (
            sa.select(tables.requests)
            .join(tables.citations, _C.request_id == _R.id)
            .where(*ours)
            .order_by(_C.at.desc(), _R.id)
        )
        with self._reading() as connection:
            records = tuple(record_of(row) for row in connection.execute(first.limit(limit)))
        uses = self._uses(_used(_C.key).where(*ours))
        return Citing(uses=uses.get(key, Uses()), records=records)

    def holdings(self) -> Holdings:
        """Counts for the settings page."""
        with self._reading() as connection:

            def number(what: sa.ColumnElement[int], *conditions: sa.ColumnElement[bool]) -> int:
                return connection.execute(sa.select(what).where(*conditions)).scalar_one()

            return Holdings(
                database=_database(connection),
                past=number(sa.func.count(_P.id), _P.archived.is_(False)),
                archived=number(sa.func.count(_P.id), _P.archived.is_(True)),
                notes=number(sa.func.count(_N.path.distinct())),
                passages=number(sa.func.count(_N.id)),
                pending=number(sa.func.count(_I.id)),
                requests=number(sa.func.count(_R.id)),
                drafts=number(sa.func.count(tables.drafts.c.version)),
            )

    def _passages(self, *conditions: sa.ColumnElement[bool]) -> list[Passage]:
        query = sa.select(_N.payload).where(*conditions).order_by(_N.path, _N.position)
        with self._reading() as connection:
            return [Passage.model_validate_json(text) for text in connection.execute(query).scalars()]

    def _uses(self, used: sa.Select[Any]) -> dict[str, Uses]:
        each = used.subquery()
        is_decided = each.c.request_id.in_(sa.select(_R.id).where(_R.status.in_(_DECIDED)))
        query = sa.select(
            each.c.name,
            sa.func.count().label("requests"),
            sa.func.sum(each.c.cited).label("cited"),
            sa.func.sum(sa.case((is_decided, 1), else_=0)).label("decided"),
            sa.func.max(each.c.at).label("last"),
        ).group_by(each.c.name)
        with self._reading() as connection:
            return {row.name: _uses_of(row) for row in connection.execute(query)}


def _listed(wanted: Mapping[str, str]) -> sa.Select[Any]:
    """(day, past_id) of what has every facet: the first one is walked, the others are looked up."""
    (facet, value), *others = list(wanted.items()) or [EVERY]
    query = sa.select(_F.day, _F.past_id).where(_F.facet == facet, _F.value == value)
    for other_facet, other_value in others:
        other = tables.past_facets.alias()
        query = query.where(
            sa.exists().where(
                other.c.facet == other_facet, other.c.value == other_value, other.c.past_id == _F.past_id
            )
        )
    return query


def _place() -> sa.Tuple:
    return sa.tuple_(_F.day, _F.past_id)


def _used(name: sa.ColumnElement[str]) -> sa.Select[Any]:
    """A row for each request that uses what `name` names: once for a note of which it uses two passages."""
    return (
        sa.select(
            name.label("name"),
            _C.request_id,
            sa.func.max(sa.case((_C.cited.is_(True), 1), else_=0)).label("cited"),
            sa.func.max(_C.at).label("at"),
        )
        .select_from(tables.citations)
        .group_by(name, _C.request_id)
    )


def _uses_of(row: sa.Row[Any]) -> Uses:
    return Uses(requests=row.requests, cited=row.cited, decided=row.decided, last=row.last)


def _database(connection: sa.Connection) -> str:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(
        connection.dialect.name, connection.dialect.name
    )
    version = connection.dialect.server_version_info or ()
    return " ".join([name, ".".join(map(str, version))]).strip()
