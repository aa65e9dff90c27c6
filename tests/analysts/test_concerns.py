"""One concern a question: what is taken apart, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.analysts.concerns import MAX_CHARACTERS, MAX_WORDS, part_concerns


@pytest.mark.parametrize(
    ("packed", "first", "further"),
    [
        (
            "Who may approve a report, and does the approval bind administrators?",
            "Who may approve a report?",
            ("Does the approval bind administrators?",),
        ),
        (
            "Who may approve? Is the approval recorded anywhere? And when?",
            "Who may approve?",
            ("Is the approval recorded anywhere?",),
        ),
        (
            "Does the copy keep its number, and how long is the old one valid, and who is told?",
            "Does the copy keep its number, and how long is the old one valid, and who is told?",
            (),  # the last piece is too short to stand alone, so nothing is cut
        ),
        ("Is it logged where it went? If so, for how long is it kept?", "Is it logged where it went?", ()),
        ("Who may lock it? Whoever locks it keeps the key.", "Who may lock it?", ()),
    ],
)
def test_two_questions_become_two(packed: str, first: str, further: tuple[str, ...]) -> None:
    found = part_concerns(packed)
    assert (found.question, found.further, found.sendable) == (first, further, True)


@pytest.mark.parametrize(
    "one",
    [
        "When a job is duplicated, do the customer's signed documents come along?",
        "Is it recorded who released it, when, and what he had seen?",
        "Which people are admins, and can approve reports?",
        "Is the file made at once, or does it run in the background?",
        "Invoices are numbered without gaps. Does the copy get a new number?",
        "May dispatchers, branch managers and accountants see the price?",
        "Clarify whether the importer obeys.",
    ],
)
def test_one_concern_is_left_as_it_is(one: str) -> None:
    assert part_concerns(one) == part_concerns(part_concerns(one).question)
    assert (part_concerns(one).question, part_concerns(one).further) == (one, ())


def test_a_question_without_its_mark_gets_one() -> None:
    assert part_concerns("Does the importer obey.").question == "Does the importer obey?"


def test_what_leads_up_to_a_long_question_is_left_out() -> None:
    lead = "Today the " + "very " * 40 + "old importer writes at night."
    assert part_concerns(f"{lead} Does it obey?").question == "Does it obey?"
    assert part_concerns("A short lead stands. Does it obey?").question.startswith("A short lead")


def test_a_question_nobody_would_send_says_so() -> None:
    assert not part_concerns("May " + "they or " * 30 + "we?").sendable
    assert not part_concerns("May they see " + "x" * MAX_CHARACTERS + "?").sendable


@pytest.mark.parametrize("nothing", ["", " ", "?", "? ?"])
def test_nothing_stays_nothing(nothing: str) -> None:
    assert part_concerns(nothing).question == ""


@given(st.text(alphabet="ab ?.,;and who does the", max_size=400))
def test_a_concern_holds_at_most_one_question_mark(text: str) -> None:
    found = part_concerns(text)
    for piece in (found.question, *found.further):
        assert piece.count("?") <= 1
    assert not found.sendable or len(found.question.split()) <= MAX_WORDS
