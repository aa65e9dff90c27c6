"""Whether a note may still be relied on: shown beside it, never a reason to hide it."""

from __future__ import annotations

from datetime import datetime

from triage.domain import Passage
from triage.retrieval.ranking import age_in_days

STALE_MONTHS = 12
DAYS_A_MONTH = 30.44


def why_stale(passage: Passage, now: datetime, months: int = STALE_MONTHS) -> str:
    """ "superseded", "14 months old", or empty when nothing speaks against it. A note without a date is not
    called old."""
    if passage.superseded:
        return "superseded"
    days = age_in_days(passage.updated, now) if passage.updated else None
    if days is None or days < months * DAYS_A_MONTH:
        return ""
    return f"{int(days / DAYS_A_MONTH)} months old"
