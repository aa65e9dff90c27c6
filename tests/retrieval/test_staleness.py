from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.domain import Passage
from triage.retrieval.staleness import why_stale

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("updated", "superseded", "why"),
    [
        ("2025-11-14", False, "12 months old"),
        ("2025-11-25", False, ""),
        ("2020-01-01", False, "82 months old"),
        ("2026-11-19", True, "superseded"),
        ("", False, ""),
        ("", True, "superseded"),
        ("sometime", False, ""),
        ("2027-01-01", False, ""),
    ],
)
def test_says_why_a_note_may_no_longer_hold(updated: str, superseded: bool, why: str) -> None:
    passage = Passage(id="n.md#x", path="n.md", title="N", text="t", updated=updated, superseded=superseded)
    assert why_stale(passage, NOW) == why


def test_the_number_of_months_may_be_set() -> None:
    passage = Passage(id="n.md#x", path="n.md", title="N", text="t", updated="2026-08-01")
    assert why_stale(passage, NOW, months=3) == "3 months old"
