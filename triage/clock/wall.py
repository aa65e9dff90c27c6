"""The clock on the wall of one zone as a line without gap or repeat, so that hours can be counted on it.

When the clocks go forward, an hour of the day is missing; when they go back, one comes twice. A business
day counts the same on both, so one real hour before the missing one counts double (after it, where the day
begins with it), and the two with one name count half. Everywhere else the line is what the wall shows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class _Bend(NamedTuple):
    """Where the line runs at another speed: a stretch of real time and the one on the wall it covers."""

    begin: datetime  # UTC
    end: datetime
    wall_begin: datetime  # naive
    wall_end: datetime


class Wall:
    """Moments (aware) to places on the wall (naive) and back; each undoes the other."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._bends: dict[date, _Bend | None] = {}

    def at(self, moment: datetime) -> datetime:
        """What counts as shown on the wall at `moment`; a naive moment counts as UTC."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        local = aware.astimezone(self.zone)
        bend = self._bend(local.date())
        if bend and bend.begin <= aware < bend.end:
            return bend.wall_begin + (aware - bend.begin) * _ratio(bend)
        return local.replace(tzinfo=None, fold=0)

    def moment(self, wall: datetime) -> datetime:
        """The moment, in UTC, at which `wall` is reached."""
        bend = self._bend(wall.date())
        if bend and bend.wall_begin <= wall < bend.wall_end:
            return bend.begin + (wall - bend.wall_begin) / _ratio(bend)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _bend(self, day: date) -> _Bend | None:
        if day not in self._bends:
            self._bends[day] = self._find_bend(day)
        return self._bends[day]

    def _find_bend(self, day: date) -> _Bend | None:
        """The bend that lies on `day`: the missing or repeated hour belongs to the day it has on the wall."""
        midnight = datetime.combine(day, time())
        begin, end = (_utc(wall, self.zone) for wall in (midnight, midnight + _DAY))
        before, after = (self._offset(moment) for moment in (begin - _SECOND, end))
        if before == after:
            return None
        change = self._change(begin - _SECOND, end)
        jump = abs(after - before)
        gone, back = change.replace(tzinfo=None) + before, change.replace(tzinfo=None) + after
        if min(gone, back).date() != day:
            return None
        if back < gone:
            return _Bend(change - jump, change + jump, back, gone)
        if (gone - jump).date() == day:
            return _Bend(change - jump, change, gone - jump, back)
        return _Bend(change, change + jump, gone, back + jump)

    def _change(self, low: datetime, high: datetime) -> datetime:
        """The first second with the offset of `high`, which `low` does not have."""
        after = self._offset(high)
        while high - low > _SECOND:
            middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
            low, high = (low, middle) if self._offset(middle) == after else (middle, high)
        return high

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self.zone).utcoffset() or timedelta()


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _ratio(bend: _Bend) -> float:
    """Seconds on the wall for one real second: 2 or a half."""
    return (bend.wall_end - bend.wall_begin) / (bend.end - bend.begin)
