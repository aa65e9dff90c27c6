"""A question on its way into the draft: reasons add up, nearness lifts, what is answered goes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.small_catalogue import catalogue, concern, found, kind
from triage.analysts.candidates import (
    GENERAL,
    MOST_PROBABLE,
    Candidate,
    clear_answered,
    from_kinds,
    surfacing,
    weigh_aptness,
)
from triage.domain import Category, Reading

ROWS, UNDO = concern("scale.rows", 0.6), concern("audit.undo", 0.6, answered_by=(r"\bno undo\b",))


def likely(probability: float, question_id: str = "scale.rows") -> Candidate:
    question = concern(question_id)
    return Candidate(question, question.category, probability=probability)


def chance(question_id: str, *scores: float) -> float:
    """Probability of a question when each kind that holds it was found with one of the scores."""
    of = catalogue(*(kind(f"kind{number}", ROWS, UNDO) for number in range(len(scores))))
    kinds = tuple(found(f"kind{number}", score) for number, score in enumerate(scores))
    return from_kinds(of, Reading(kinds=kinds))[question_id].probability


# --- reasons -------------------------------------------------------------------------------------


def test_two_reasons_are_more_than_one_and_less_than_their_sum() -> None:
    candidate = likely(0.0)
    candidate.support(0.5)
    candidate.support(0.4)
    assert candidate.probability == pytest.approx(0.7)  # 1 - 0.5 · 0.6


def test_any_number_of_reasons_stays_below_one() -> None:
    candidate = likely(0.0)
    for _ in range(20):
        candidate.support(0.5)
    assert 0.99 < candidate.probability < 1


def test_the_quote_is_that_of_the_strongest_reason() -> None:
    candidate = likely(0.0)
    candidate.support(0.2, "an aside")
    candidate.support(0.7, "the wish itself")
    candidate.support(0.1, "a postscript")
    assert candidate.quote == "the wish itself"


def test_no_factor_makes_a_question_certain() -> None:
    candidate = likely(0.6)
    candidate.scale(50)
    assert candidate.probability == MOST_PROBABLE < 1
    candidate.scale(0.5)
    assert candidate.probability == pytest.approx(MOST_PROBABLE / 2)


def test_a_kind_that_is_unsure_brings_its_questions_less_loudly() -> None:
    assert chance("scale.rows", 1.0) == pytest.approx(0.6)
    assert chance("scale.rows", 0.5) < 0.3  # less than half
    assert chance("scale.rows", 0.5, 0.5) > chance("scale.rows", 0.5)


def test_general_questions_come_with_every_reading() -> None:
    of = catalogue(general=(concern("setup.switch", 0.5),))
    assert from_kinds(of, Reading())["setup.switch"].probability == pytest.approx(0.5 * GENERAL)


# --- aptness -------------------------------------------------------------------------------------


def test_the_question_that_is_nearer_to_the_request_is_lifted() -> None:
    near, far = likely(0.4, "scale.near"), likely(0.4, "scale.far")
    weigh_aptness([near, far], np.array([0.5, 0.1]))
    assert near.probability > 0.4 > far.probability > 0


def test_equally_near_questions_stay_as_they_are() -> None:
    pair = [likely(0.4, "scale.one"), likely(0.2, "scale.two")]
    weigh_aptness(pair, np.array([0.3, 0.3]))
    assert [each.probability for each in pair] == pytest.approx([0.4, 0.2])


def test_questions_that_are_not_worth_asking_do_not_shift_what_is_usual() -> None:
    alone = likely(0.4)
    weigh_aptness([alone], np.array([0.3]))
    among, idle = likely(0.4), [likely(0.001, f"audit.idle-{number}") for number in range(9)]
    weigh_aptness([among, *idle], np.array([0.3, *[0.0] * 9]))
    assert among.probability == pytest.approx(alone.probability)


# --- what surfaces, what is answered -------------------------------------------------------------


def test_a_category_surfaces_when_any_of_its_questions_does() -> None:
    area = surfacing([likely(0.5, "scale.rows"), likely(0.5, "scale.files"), likely(0.3, "audit.undo")])
    assert set(area) == set(Category)
    assert area[Category.SCALE] == pytest.approx(0.75)
    assert area[Category.AUDIT] == pytest.approx(0.3)
    assert area[Category.BILLING] == 0


def test_what_the_request_answers_goes_and_is_cleared_with_its_words() -> None:
    candidates = from_kinds(catalogue(kind("export", ROWS, UNDO)), Reading(kinds=(found("export"),)))
    cleared = clear_answered("One file a day, and No Undo please.", candidates)
    assert list(candidates) == ["scale.rows"]
    assert list(cleared) == [Category.AUDIT]
    assert cleared[Category.AUDIT].quote == "No Undo"
    assert UNDO.plain in cleared[Category.AUDIT].reason


def test_what_the_request_does_not_answer_stays() -> None:
    candidates = from_kinds(catalogue(kind("export", ROWS, UNDO)), Reading(kinds=(found("export"),)))
    assert clear_answered("One file a day.", candidates) == {}
    assert set(candidates) == {"scale.rows", "audit.undo"}
