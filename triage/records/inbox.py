"""What the inbox lists: pages of one order, counts by urgency, and what to do next.

Every query walks an index that begins with the stage, so that a page costs the same however many requests
there are; counts stop at `MOST_COUNTED`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from triage.domain import Frozen, Lane, RequestRecord, Status, TShirt
from triage.records import tables
from triage.records.database import Connected
from triage.records.finding import hits
from triage.records.rows import Stage, record_of

MOST_COUNTED = 1_000  # beyond it there are "more than"

_E = tables.events.c
_R = tables.requests.c


class Wanted(Frozen):
    """What the list is narrowed down to; what is empty does not narrow."""

    reviewer: str = ""
    lane: Lane | None = None
    label: TShirt | None = None
    search: str = ""  # every word must begin a word of the request
    hits: tuple[int, ...] | None = None  # numbers of what holds `search`, once `looked_up`


class InboxCounts(Frozen):
    """How many there are of each, up to MOST_COUNTED + 1."""

    parked: int = 0
    overdue: int = 0
    soon: int = 0
    queue: int = 0
    waiting: int = 0
    over: int = 0

    @property
    def open(self) -> int:
        """Everything that is not over."""
        return self.parked + self.overdue + self.soon + self.queue + self.waiting


class Inbox(Connected):
    """Only reads."""

    def looked_up(self, wanted: Wanted) -> Wanted:
        """The same, its words looked up: for those who ask several questions about it."""
        if not wanted.search.strip():
            return wanted
        with self._reading() as connection:
            return wanted.model_copy(update={"hits": tuple(hits(connection, wanted.search))})

    def inbox(
        self, wanted: Wanted, *, stages: Sequence[Stage], limit: int, offset: int = 0
    ) -> list[RequestRecord]:
        """Requests of `stages`, which lie side by side: by stage and due time, those that are over by age,
        the newest first."""
        over = Stage.OVER in stages
        order = (_R.received.desc(), _R.number.desc()) if over else (_R.stage, _R.due, _R.number)
        with self._reading() as connection:
            query = sa.select(tables.requests).where(*_fitting(connection, wanted), _between(stages))
            rows = connection.execute(query.order_by(*order).limit(limit).offset(offset))
            return [record_of(row) for row in rows]

    def inbox_counts(self, wanted: Wanted, now: datetime, soon: Mapping[str, datetime]) -> InboxCounts:
        """How many wait in each bucket of P4. `soon`: by team, "" for the default; what is due before then
        is due within 4 business hours."""
        dated = _R.stage == Stage.DATED
        latest, near = max(soon.values()), _near(soon)
        kinds: dict[str, tuple[sa.ColumnElement[bool], ...]] = {
            "parked": (_R.stage == Stage.PARKED,),
            "overdue": (dated, _R.due < now),
            "soon": (dated, _R.due >= now, _R.due < latest, near),
            "waiting": (_R.stage == Stage.WAITING,),
            "over": (_R.stage == Stage.OVER,),
        }
        with self._reading() as connection:
            fitting = _fitting(connection, wanted)

            def number(*conditions: sa.ColumnElement[bool]) -> int:
                some = sa.select(_R.number).where(*conditions, *fitting).limit(MOST_COUNTED + 1)
                query = sa.select(sa.func.count()).select_from(some.subquery())
                return int(connection.execute(query).scalar_one())

            counts = {name: number(*conditions) for name, conditions in kinds.items()}
            queue = number(dated, _R.due >= now, ~near) + number(_R.stage == Stage.UNDATED)
        return InboxCounts(**counts, queue=min(queue, MOST_COUNTED + 1))

    def newly_overdue(self, now: datetime, limit: int = 500) -> list[str]:
        """Ids of requests past their due time of which the trail does not say so yet."""
        said = sa.exists().where(_E.request_id == _R.id, _E.kind == "overdue")
        late = (_R.due < now, _R.status.in_([Status.IN_REVIEW, Status.PARKED]), ~said)
        query = sa.select(_R.id).where(_between([Stage.PARKED, Stage.DATED]), *late)
        with self._reading() as connection:
            return list(connection.execute(query.order_by(_R.stage, _R.due).limit(limit)).scalars())

    def next_for(self, reviewer: str) -> RequestRecord | None:
        """The most urgent request in review that nobody else is working on: their own, else one without a
        reviewer, else anybody's."""
        now = self._now()
        free = sa.or_(_R.holder.in_(["", reviewer]), _R.held_until <= now)
        in_hand = (_between([Stage.DATED, Stage.UNDATED]), _R.status == Status.IN_REVIEW, free)
        query = sa.select(tables.requests).where(*in_hand).order_by(_R.stage, _R.due, _R.number).limit(1)
        tried = (query.where(_R.reviewer == reviewer), query.where(_R.reviewer == ""), query)
        with self._reading() as connection:
            rows = (connection.execute(one).first() for one in tried)
            return next((record_of(row) for row in rows if row), None)


def _near(soon: Mapping[str, datetime]) -> sa.ColumnElement[bool]:
    """Due within 4 business hours of its team; one that nobody knows any more counts as the default."""
    default, own = soon[""], {team: moment for team, moment in soon.items() if team and moment != soon[""]}
    if not own:
        return _R.due < default
    return _R.due < sa.case(
        *((_R.team == team, sa.bindparam(None, moment, type_=tables.Moment)) for team, moment in own.items()),
        else_=sa.bindparam(None, default, type_=tables.Moment),
    )


def _between(stages: Sequence[Stage]) -> sa.ColumnElement[bool]:
    """One stage or a range, never a list: the database then reads the index in its order."""
    first, last = min(stages), max(stages)
    return _R.stage == first if first == last else _R.stage.between(first, last)


def _fitting(connection: sa.Connection, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.reviewer:
        conditions.append(_R.reviewer == wanted.reviewer)
    if wanted.lane:
        conditions.append(_R.lane == wanted.lane)
    if wanted.label:
        conditions.append(_R.label == wanted.label)
    if wanted.search.strip():
        found = hits(connection, wanted.search) if wanted.hits is None else wanted.hits
        conditions.append(_R.number.in_(found))
    return conditions
