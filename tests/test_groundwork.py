"""Groundwork that the company's notes name: found with its figure, and nothing else taken for it."""

from __future__ import annotations

import pytest

from triage.domain import Days, FoundPassage, Passage
from triage.groundwork import LONGEST_QUOTE, UNSAID, groundwork_in


def note(text: str, score: float = 0.8, stale: str = "", superseded: bool = False) -> FoundPassage:
    passage = Passage(id="a.md#x", path="a.md", title="Approvals › So far", text=text, superseded=superseded)
    return FoundPassage(passage=passage, score=score, stale=stale)


def days(text: str) -> tuple[float, float] | None:
    found = groundwork_in([note(text)])
    return (found[0].days.low, found[0].days.high) if found else None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("A common engine was sketched in 2025: 25-35 days before anybody sees anything.", 25, 35),
        ("Splitting the event was estimated at 6–9 days.", 6, 9),
        ("Scoped tokens were designed last year (8 to 12 engineer-days) and not built.", 8, 12),
        ("Tokens live 90 days; ending them needs a registry (4-6 days of groundwork).", 4, 6),
        ("Groundwork: two weeks.", 10, 10),
        ("The list of states must be split first, three days.", 3, 3),
        ("It was sized at 2.5 person-days.", 2.5, 2.5),
        ("The queue has to be rebuilt before any export: a 10-day job.", 10, 10),
        ("It was costed at 1 month.", 20, 20),
    ],
)
def test_a_sentence_with_a_figure(text: str, low: float, high: float) -> None:
    assert days(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "A registry of tokens is a prerequisite.",
        "The index needs to be rebuilt before a second region can search.",
        "The rules must first be moved out of the screens.",
    ],
)
def test_groundwork_without_a_figure_is_a_little(text: str) -> None:
    assert days(text) == (UNSAID.low, UNSAID.high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Files are deleted after 30 days.",
        "Adding a state took 17 days, of which 5 for the machine.",
        "The engine was designed and built in 2024, 30 days of work.",
        "Jobs are sized for 14 days ahead.",
        "The import was estimated 30 days ago.",
        "Everybody must be told before the release.",
        "Partners need 90 days' notice.",
        "It was estimated at 4000 days.",
        "Die gemeinsame Grundlage wurde 2025 auf 20 Tage veranschlagt.",
    ],
)
def test_what_names_no_groundwork(text: str) -> None:
    assert days(text) is None


def test_the_reason_quotes_the_sentence_and_names_the_note() -> None:
    text = "It works today. Splitting it was estimated at 6-9 days. Nobody did."
    (found,) = groundwork_in([note(text, stale="14 months old")])
    assert found.sentence == "Splitting it was estimated at 6-9 days."
    assert found.reason == (
        "Groundwork of up to 9 days in a note: “Splitting it was estimated at 6-9 days.” "
        "(Approvals › So far, 14 months old)."
    )


def test_a_long_sentence_is_cut() -> None:
    (found,) = groundwork_in([note("Groundwork " + "and more " * 100)])
    assert len(found.reason) < LONGEST_QUOTE + 100


def test_of_a_note_its_largest_sentence_and_of_notes_the_largest_first() -> None:
    small = note("Estimated at 2 days. Estimated at 5 days.")
    large = note("Estimated at 8 days.")
    assert [found.days for found in groundwork_in([small, large])] == [
        Days(low=8, high=8),
        Days(low=5, high=5),
    ]


def test_a_note_that_is_merely_near_or_no_longer_holds_does_not_count() -> None:
    text = "Splitting it was estimated at 6-9 days."
    assert groundwork_in([note(text, score=0.55), note(text, superseded=True)]) == ()
