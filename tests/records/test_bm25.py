"""The score itself, without a database."""

from __future__ import annotations

import math

import pytest

from triage.records.bm25 import K1, RARITY, B, Query, TermStatistics, counted

STATISTICS = TermStatistics(texts=10, length=200, holding={"export": 1, "list": 9, "night": 2})


def share(query: str, text: str) -> float:
    counts = counted("", text)
    return Query(counted("", query), STATISTICS).share(counts, sum(counts.values()))


def test_is_the_formula() -> None:
    rare, common = math.log(1 + 9.5 / 1.5), math.log(1 + 1.5 / 9.5)
    in_query = (K1 + 1) / (1 + K1 * (1 - B + B * 2 / 20))
    in_text = (K1 + 1) / (1 + K1 * (1 - B + B * 1 / 20))
    own = (rare**RARITY + common**RARITY) * in_query**2
    assert share("export list", "list") == pytest.approx(common**RARITY * in_query * in_text / own)


def test_the_same_text_scores_one_and_a_foreign_one_nothing() -> None:
    assert share("export the list every night", "Exports of lists, every night") == 1.0
    assert share("export", "import") == 0.0
    assert share("", "export") == 0.0


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    assert share("export list", "export") > 5 * share("export list", "list")


def test_repeating_a_word_helps_less_and_less() -> None:
    once, twice, often = (share("export night", "export " * n) for n in (1, 2, 30))
    assert once < twice
    assert often - twice < 3 * (twice - once)


def test_nothing_known_is_no_reason_to_fail() -> None:
    empty = TermStatistics(texts=0, length=0, holding={})
    assert Query(counted("", "export"), empty).share(counted("", "export"), 1) == 1.0
