"""Every measure of the answers suite against an example worked out by hand."""

from __future__ import annotations

import pytest

from evals.cases import Case
from evals.intervals import Tally
from evals.running.solving import Solved
from evals.suites.answers import (
    AnswersScorer,
    for_the_drafter,
    narrowing,
    promise_tallies,
    same_promise,
    sentence_faults,
    tallies,
)
from tests.evals.drafts import ANSWER, BODY, SENTENCE, TOLD, draft
from tests.evals.material import case
from triage.domain import Answer, Promise, Verdict


def labelled(*quotes: str) -> Case:
    return case(body=BODY).model_copy(update={"promises": tuple(Promise(quote=quote) for quote in quotes)})


def test_the_stance_on_a_promise_is_left_to_the_human_and_counts_as_work_only() -> None:
    found = tallies(case(body=BODY), draft())
    assert found["rules_met"] == Tally(1, 1)
    assert found["left_to_fill"] == Tally(1, 1)


def test_a_date_without_its_fields_breaks_the_rules() -> None:
    dated = ANSWER.model_copy(update={"date": "in three weeks"})
    found = tallies(case(body=BODY), draft(answer=dated))
    assert found["rules_met"] == Tally(0, 1)
    # waits, customer_prepares, dependencies, decider, date_kind, and the stance
    assert found["left_to_fill"] == Tally(6, 1)


def test_which_fields_the_draft_could_have_filled() -> None:
    assert for_the_drafter(["promises.0.stance", "promises.0.text", "decider"]) == [
        "promises.0.text",
        "decider",
    ]


def test_promises_count_against_labels_and_letter_by_letter() -> None:
    found = [Promise(quote=TOLD), Promise(quote="we promise the moon")]
    counted = promise_tallies(labelled(TOLD, "need the list"), found)
    assert counted["promises_literal"] == Tally(1, 2)
    assert counted["promises_found"] == Tally(1, 2)
    assert counted["promises_right"] == Tally(1, 2)


def test_without_labels_only_the_letters_count() -> None:
    counted = promise_tallies(case(body=BODY), [Promise(quote=TOLD)])
    assert (counted["promises_found"].whole, counted["promises_right"].whole) == (0, 0)
    assert counted["promises_literal"] == Tally(1, 1)


def test_a_case_labelled_as_free_of_promises_shows_false_finds() -> None:
    counted = promise_tallies(labelled(), [Promise(quote=TOLD)])
    assert counted["promises_right"] == Tally(0, 1)
    assert counted["promises_found"] == Tally(0, 0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("it takes two weeks", "You told us it takes two weeks.", True),
        ("it takes two weeks", "We simply need the list", False),
        ("...", "it takes two weeks", False),
    ],
)
def test_the_same_promise_shares_most_words(one: str, other: str, same: bool) -> None:
    assert same_promise(Promise(quote=one), Promise(quote=other)) is same


def test_a_narrowing_move_is_wanted_past_ten_days_only() -> None:
    bare = ANSWER.model_copy(update={"moves": ()})
    assert narrowing(draft(days=12.0)) == Tally(1, 1)
    assert narrowing(draft(days=12.0, answer=bare)) == Tally(0, 1)
    assert narrowing(draft(days=10.0, answer=bare)) == Tally(0, 0)


@pytest.mark.parametrize(
    ("sentence", "faults"),
    [
        (SENTENCE, []),
        ("", ["there is no sentence"]),
        ("Yes, the export first, at the risk of volume", ["it does not end"]),
        ("Yes, first the {object}; the risk is volume.", ["it has a gap"]),
        (
            "Yes, first the export (one role; the risk is volume.",
            ["a bracket or quotation mark does not close"],
        ),
        ("Yes, this can be done.", ["it does not say what ships first", "it does not name the risk"]),
        ("Yes, the export can go ahead, if the volume holds.", []),
    ],
)
def test_what_a_sentence_lacks(sentence: str, faults: list[str]) -> None:
    assert sentence_faults(ANSWER.model_copy(update={"sentence": sentence})) == faults


def test_a_no_needs_neither_first_version_nor_risk() -> None:
    assert sentence_faults(Answer(verdict=Verdict.NO, sentence="No: we do not build this.")) == []


def test_a_field_that_says_none_need_not_be_said() -> None:
    answer = Answer(verdict=Verdict.YES, biggest_risk="none seen", sentence="Yes, this can be done.")
    assert sentence_faults(answer) == []


def test_the_report_says_what_is_left_and_for_whom() -> None:
    dated = ANSWER.model_copy(update={"date": "in three weeks"})
    scored = AnswersScorer().score(Solved(labelled(TOLD), (draft(answer=dated, days=12.0),)))
    verdicts = [(remark.good, remark.verdict) for remark in scored.remarks]
    assert (True, "for the human") in verdicts
    assert (False, "left open") in verdicts
    assert (True, "past ten engineer-days") in verdicts
    assert (True, "found") in verdicts
