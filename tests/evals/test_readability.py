from __future__ import annotations

import pytest

from evals.scoring.readability import reading_age, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1),
        ("export", 2),
        ("file", 1),
        ("table", 2),
        ("approved", 2),
        ("needed", 2),
        ("rhythm", 1),
        ("x", 1),
    ],
)
def test_syllables_are_groups_of_vowels(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formula_by_hand() -> None:
    # 10 words, 2 units, 10 syllables: 0.39 * 5 + 11.8 * 1 - 15.59 = -1.84, which is below the first grade
    assert reading_age("The cat sat on the mat. It was all wet.") == 6.0
    # 8 words, 1 unit, 18 syllables: 0.39 * 8 + 11.8 * 2.25 - 15.59 = 14.08, and five years
    text = "Existing administrators must authorise the import of historical invoices"
    words = text.split()
    grade = 0.39 * len(words) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert reading_age(text) == pytest.approx(grade + 5)


def test_a_semicolon_ends_a_unit_of_thought() -> None:
    one, two = (
        "The team may export the list and the risk is volume.",
        "The team may export the list; the risk is volume.",
    )
    assert (reading_age(two) or 0) < (reading_age(one) or 0)


def test_a_text_without_words_has_no_age() -> None:
    assert reading_age(" … ") is None
