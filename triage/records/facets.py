"""By what the history can be narrowed down: verdict, category of a surprise, kind of change.

Kept as rows beside the past requests, so that a page of a history of any size is read from one index, and
written in the transaction that writes the past request. Only what is neither archived nor confidential has
any: the list shows what every reviewer may see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from triage.domain import Frozen, PastRequest
from triage.records import tables

VERDICT, CATEGORY, KIND = "verdict", "category", "kind"
CHUNK = 500  # past requests in one statement
EVERY = ("", "")  # the facet each listed past request has

_F = tables.past_facets.c


class Facet(Frozen):
    """One property of one past request, as a row."""

    facet: str
    value: str
    past_id: str
    day: str


def put_facets(connection: sa.Connection, past: Collection[PastRequest]) -> None:
    """Make these the facets of past requests, each given once."""
    ids = [each.id for each in past]
    for start in range(0, len(ids), CHUNK):
        gone = _F.past_id.in_(ids[start : start + CHUNK])
        connection.execute(sa.delete(tables.past_facets).where(gone))
    if rows := [facet.model_dump() for each in past for facet in facets_of(each)]:
        connection.execute(sa.insert(tables.past_facets), rows)


def facets_of(past: PastRequest) -> list[Facet]:
    """The rows of one past request, in a fixed order; none when it is archived or confidential."""
    if past.archived or past.label:
        return []
    day = past.closed or past.opened
    return [
        Facet(facet=facet, value=value, past_id=past.id, day=day) for facet, value in sorted(_pairs(past))
    ]


def _pairs(past: PastRequest) -> set[tuple[str, str]]:
    return {EVERY, *_named(VERDICT, [past.verdict.value] if past.verdict else [])} | {
        *_named(CATEGORY, (surprise.category.value for surprise in past.surprises)),
        *_named(KIND, past.kinds),
    }


def _named(facet: str, values: Iterable[str]) -> set[tuple[str, str]]:
    return {(facet, value) for value in values}
