from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from triage.domain import MapPart
from triage.retrieval.parts import _shared_words, _spread
from triage.retrieval.ranking import age_in_days, aged, fixed_formula
from triage.retrieval.words import common_words, content_words

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_fixed_formula_weighs_words_and_title() -> None:
    full, title, words = np.array([0.6, 1.0]), np.array([0.5, 1.0]), np.array([0.4, 1.0])
    scores = fixed_formula(full, title, words)
    assert scores.tolist() == pytest.approx([0.6 + 0.35 * 0.4 + 0.30 * 0.5, 1.65])


def test_age_costs_little_and_never_helps() -> None:
    scores = aged(np.ones(3), np.array([0.0, 365.0, -5.0]))
    assert scores.tolist() == pytest.approx([1.0, 0.705, 1.0], abs=0.001)


@pytest.mark.parametrize(
    ("opened", "days"),
    [
        ("2026-03-09", 1),
        ("2026-03-09T23:00:00+02:00", 1),
        ("2026-03-09 10:37:00 +0000", 1),
        ("2026-02", 37),
        ("2025", 433),
        ("2027-01-01", 0),
        ("", None),
        ("last spring", None),
        ("2026-13-45", 68),
    ],
)
def test_age_reads_what_histories_write(opened: str, days: float | None) -> None:
    assert age_in_days(opened, NOW) == days


def test_content_words_leave_out_what_says_nothing() -> None:
    text = "Could you please approve the Reports of 2 branches and their companies?"
    assert content_words(text) == {"approve", "report", "branch", "company"}
    assert content_words("Boxes, addresses, an address bus: SSO") == {"box", "address", "bus", "sso"}


def part(role: str, number: int, text: str = "text") -> MapPart:
    return MapPart(id=f"map:{role}:{number}", role=role, text=text)


def test_parts_are_spread_over_roles() -> None:
    parts = [part(role, number) for role in ("actor", "message", "surface", "route") for number in range(5)]
    best_first = list(reversed(range(len(parts))))
    assert [parts[place].id for place in _spread(best_first, parts)] == [
        "map:route:4", "map:route:3", "map:route:2",
        "map:surface:4", "map:surface:3", "map:surface:2",
        "map:message:4", "map:message:3",
    ]  # fmt: skip


def test_rare_shared_words_count_more_than_common_ones() -> None:
    parts = [
        part("route", n, text) for n, text in enumerate(("job import", "job page", "job list", "job board"))
    ]
    shared = _shared_words(content_words("job import"), parts)
    assert shared[0] > 1.0 > 0.2 > shared[1] > 0.0


def test_common_words_are_those_of_a_quarter_of_many_texts() -> None:
    assert common_words(["job"] * 7) == frozenset()
    assert common_words(["job list"] * 3 + ["job board"] * 2 + ["invoice"] * 5) == {"job", "list", "invoice"}
