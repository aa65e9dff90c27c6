"""Claims: who is working on a request, so that two reviewers do not write the same answer.

A claim holds for half an hour after the last save and has a name on it. It keeps others from saving and
deciding, unless they take over; reading claims nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from triage.domain import Claim, RequestRecord, Status
from triage.errors import Claimed
from triage.records import tables
from triage.records.database import Connected
from triage.records.rows import add_event, conflict, fetch

HELD_FOR = timedelta(minutes=30)
RELEASED: dict[str, Any] = {
    "holder": "",
    "held_since": None,
    "held_until": None,
}  # columns of the request row

_R = tables.requests.c


class Claims(Connected):
    """Takes and gives back; saving and deciding do so by themselves."""

    def claim(self, request_id: str, by: str, *, take_over: bool = False) -> Claim:
        """Hold the request from now on, or for longer; a claim that has run out counts as none.

        Raises:
            Claimed: somebody else holds it, and `take_over` is False.
            Conflict: it is not in review.
            NotFound: no such request.
        """
        with self._writing() as connection:
            record = fetch(connection, request_id)
            if record.status is not Status.IN_REVIEW:
                raise conflict(connection, request_id, "claimed", "Only a request in review can be.")
            return hold(connection, record, by, self._now(), take_over=take_over)

    def release(self, request_id: str, by: str) -> bool:
        """Give it back; False when `by` does not hold it. Raises NotFound."""
        with self._writing() as connection:
            record, now = fetch(connection, request_id), self._now()
            claim = record.held(now)
            if claim is None or claim.holder != by:
                return False
            connection.execute(sa.update(tables.requests).where(_R.id == request_id).values(RELEASED))
            add_event(connection, request_id, "released", by, "gave it back", now)
            return True


def hold(
    connection: sa.Connection, record: RequestRecord, by: str, now: datetime, *, take_over: bool
) -> Claim:
    """Claim `record` for `by`, or renew their claim. Raises Claimed."""
    before = record.held(now)
    pass_claim(connection, record, by, now, take_over=take_over)
    mine = before is not None and before.holder == by
    claim = Claim(holder=by, since=before.since if before and mine else now, until=now + HELD_FOR)
    values = {"holder": claim.holder, "held_since": claim.since, "held_until": claim.until}
    connection.execute(sa.update(tables.requests).where(_R.id == record.request.id).values(values))
    if before is None:
        add_event(connection, record.request.id, "claimed", by, "began to work on it", now)
    return claim


def pass_claim(
    connection: sa.Connection, record: RequestRecord, by: str, now: datetime, *, take_over: bool
) -> None:
    """Go on although somebody else holds it, if `take_over`. Raises Claimed if not."""
    claim = record.held(now)
    if claim is None or claim.holder == by:
        return
    if not take_over:
        raise Claimed(
            f"{claim.holder} is working on request {record.request.id}, since {_time(claim.since)} and until "
            f"{_time(claim.until)} at the latest.",
            "Wait, talk to them, or take it over.",
            claim,
        )
    add_event(connection, record.request.id, "taken_over", by, f"took it over from {claim.holder}", now)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d at %H:%M} UTC"
