"""What reviewers say of the size themselves, before or after they see the proposed range (P28)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from triage.domain import Days, OwnSize
from triage.errors import Conflict
from triage.records import tables
from triage.records.database import Connected
from triage.records.rows import add_event, fetch

_O = tables.own_sizes.c


class SaidSizes(Connected):
    """One figure a person and request."""

    def say_size(self, request_id: str, by: str, days: Days, *, blind: bool = False) -> OwnSize:
        """Keep a reviewer's own range, in engineer-days; one said before seeing the proposal is final.

        Raises:
            Conflict: they said it before, blind.
            NotFound: no such request.
        """
        said = OwnSize(request_id=request_id, by=by, days=days, blind=blind, at=self._now())
        own = (_O.request_id == request_id, _O.by == by)
        with self._writing() as connection:
            fetch(connection, request_id)
            if connection.execute(sa.select(_O.blind).where(*own)).scalar_one_or_none():
                raise Conflict(
                    f"You gave your own size of request {request_id} before you saw the proposed one.",
                    "It is kept as it was; edit the range of the draft instead.",
                )
            connection.execute(sa.delete(tables.own_sizes).where(*own))
            row = {"low": days.low, "high": days.high, "blind": blind, "at": said.at}
            connection.execute(sa.insert(tables.own_sizes).values(request_id=request_id, by=by, **row))
            add_event(connection, request_id, "sized", by, "gave their own size", said.at)
        return said

    def own_sizes(self, request_id: str) -> list[OwnSize]:
        """What was said of one request, the first first."""
        query = sa.select(tables.own_sizes).where(_O.request_id == request_id).order_by(_O.at, _O.by)
        with self._reading() as connection:
            return [_said(row) for row in connection.execute(query)]

    def sized_by(self, by: str, request_ids: Sequence[str]) -> frozenset[str]:
        """Which of these requests this person has given a figure for."""
        query = sa.select(_O.request_id).where(_O.by == by, _O.request_id.in_(request_ids))
        with self._reading() as connection:
            return frozenset(connection.execute(query).scalars())


def _said(row: sa.Row[tuple[object, ...]]) -> OwnSize:
    return OwnSize(
        request_id=row.request_id,
        by=row.by,
        days=Days(low=row.low, high=row.high),
        blind=row.blind,
        at=row.at,
    )
