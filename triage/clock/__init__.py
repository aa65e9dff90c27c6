"""The clock (P4): counts on business days only, stands still while waiting, never runs on a Sunday.

Read in this order: `calendar.py` (when a team works), `teams.py` (who counts how), `buckets.py` (how urgent
a request is), `explaining.py` (the same in words), `team_file.py` (the file of teams), `wall.py` (days on
which the clocks change). docs/clock.md has worked examples.
"""

from triage.clock.buckets import Bucket, bucket
from triage.clock.calendar import BusinessCalendar
from triage.clock.explaining import explain, explain_due, hours, spoken
from triage.clock.teams import SOON, Team, Teams

__all__ = [
    "SOON",
    "Bucket",
    "BusinessCalendar",
    "Team",
    "Teams",
    "bucket",
    "explain",
    "explain_due",
    "hours",
    "spoken",
]
