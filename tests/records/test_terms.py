"""A text as terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.records.bm25 import MAX_TERMS, TITLE, counted
from triage.records.terms import LONGEST, MAX_INDEXED, terms


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("export exports exporting exported", "export"),
        ("approve approves approving approved", "approv"),
        ("company companies", "compani"),
        ("box boxes", "box"),
        ("stop stopped stopping", "stop"),
        ("process processes processing", "process"),
        ("Käufer kaufer", "kaufer"),
        ("ŁÓDŹ łódź", "łodz"),
    ],
)
def test_one_word_in_its_forms_is_one_term(words: str, term: str) -> None:
    assert set(terms(words)) == {term}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Could you please add it to the new list?", ["add", "list"]),
        ("QX-7781 and snake_case", ["qx", "7781", "snak", "cas"]),
        ("a b c 7", []),
        ("bring the string", ["bring", "string"]),
        ("予約の変更 now", ["予約", "約の", "の変", "変更"]),
        ("字", ["字"]),
        ("Отчёт отчёты", ["отчет", "отчеты"]),
        ("", []),
        ("!!! … \x00 ---", []),
        ("\ud800lone", ["lon"]),
    ],
)
def test_terms_of_a_text(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_a_word_of_the_title_counts_three_times() -> None:
    assert counted("Export", "export of a list, a long list") == {"export": 1 + TITLE, "list": 2, "long": 1}


def test_texts_without_end_are_cut() -> None:
    assert len(terms("word " * 100_000)) == MAX_INDEXED // 5
    assert [len(term) for term in terms("x" * 200 + "q")] == [LONGEST]
    many = counted("", " ".join(f"n{number}" for number in range(5_000)) + " often often")
    assert len(many) == MAX_TERMS
    assert many["often"] == 2


@given(st.text(max_size=300))
def test_any_text_becomes_words_without_spaces(text: str) -> None:
    found = terms(text)
    assert all(term and len(term) <= LONGEST and not term.isspace() and " " not in term for term in found)
    assert terms(text.upper().lower()) == terms(text.upper().lower())
