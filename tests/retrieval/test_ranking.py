from __future__ import annotations

from datetime import UTC, datetime

import pytest

from triage.domain import MapPart
from triage.ports import KeywordHit
from triage.retrieval.parts import _shared_words, _spread
from triage.retrieval.ranking import UNKNOWN_AGE, Likeness, age_in_days, aged, keyword_shares
from triage.retrieval.words import common_words, content_words

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_formula_weighs_words_and_title() -> None:
    assert Likeness(full=0.6, title=0.5, keyword=0.4).score == pytest.approx(0.6 + 0.35 * 0.4 + 0.30 * 0.5)
    assert Likeness(full=1.0, title=1.0, keyword=1.0).score == pytest.approx(1.65)


def test_same_kind_and_area_lift() -> None:
    assert Likeness(full=0.4, title=0.4, kind=0.8, area=1.0).score == pytest.approx(0.52 + 0.12 + 0.05)


def test_age_costs_little_and_never_helps() -> None:
    assert aged(1.0, 0) == 1.0
    assert aged(1.0, 365) == pytest.approx(0.882, abs=0.001)
    assert aged(1.0, -5) == 1.0


@pytest.mark.parametrize(
    ("opened", "days"),
    [
        ("2026-03-09", 1),
        ("2026-03-09T23:00:00+02:00", 1),
        ("2026-03-09 10:37:00 +0000", 1),
        ("2026-02", 37),
        ("2025", 433),
        ("2027-01-01", 0),
        ("", UNKNOWN_AGE),
        ("last spring", UNKNOWN_AGE),
        ("2026-13-45", 68),
    ],
)
def test_age_reads_what_histories_write(opened: str, days: float) -> None:
    assert age_in_days(opened, NOW) == days


TEXTS = {"a": "approve the report", "b": "print the report"}


class TestKeywordShares:
    def test_best_hit_gets_the_share_of_words_it_holds(self) -> None:
        hits = [KeywordHit("a", 8.0), KeywordHit("b", 4.0)]
        shares = keyword_shares("Approve reports before billing, nightly", hits, TEXTS)
        assert shares == pytest.approx({"a": 2 / 4, "b": 1 / 4})

    def test_same_text_gets_everything(self) -> None:
        assert keyword_shares("approve the report", [KeywordHit("a", 3.0)], TEXTS) == {"a": 1.0}

    def test_hits_that_are_gone_do_not_count(self) -> None:
        hits = [KeywordHit("gone", 9.0), KeywordHit("b", 4.0)]
        assert keyword_shares("print report", hits, TEXTS) == {"b": 1.0}

    def test_no_words_no_shares(self) -> None:
        assert keyword_shares("please, could you", [KeywordHit("a", 1.0)], TEXTS) == {}
        assert keyword_shares("approve", [], TEXTS) == {}


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
