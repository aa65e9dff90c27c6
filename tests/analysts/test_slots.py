"""A question is asked about this request only when every slot can be filled, else plainly."""

from __future__ import annotations

import pytest

from tests.small_catalogue import concern
from triage.analysts.slots import MAX_PARTS, Slots
from triage.domain import MapPart, Reading

READING = Reading(
    object="job reports",
    action="export",
    actors=("branch manager", "auditor"),
    systems=("Okta", "Slack"),
    numbers=("900 people",),
)
PARTS = (
    MapPart(id="map-1", role="route", text="CSV importer: creates and closes jobs"),
    MapPart(id="map-2", role="route", text="Mobile app (offline for a day)"),
    MapPart(id="map-3", role="route", text="Public API, v2"),
    MapPart(id="map-4", role="surface", text="Job list"),
    MapPart(id="map-5", role="actor", text="Dispatcher: plans one branch"),
    MapPart(id="map-6", role="message", text="Reminder mail"),
    MapPart(id="map-7", role="vendor", text="Bookkeeping system - 60 calls a minute"),
    MapPart(id="map-8", role="variant", text="On-premises edition"),
)
PLAIN = "What about the plain case?"


def filled(question: str, reading: Reading = READING, parts: tuple[MapPart, ...] = ()) -> str:
    return Slots(reading, parts).fill(concern("workflow.x", question=question, plain=PLAIN))[0]


def test_slots_are_filled_with_the_words_of_the_request() -> None:
    asked = filled("May the {actor} {action} {object} for {number} to {system}?")
    assert asked == "May the branch manager export job reports for 900 people to Okta?"


def test_a_question_starts_with_a_capital_letter() -> None:
    assert filled("{object}: who sees them?") == "Job reports: who sees them?"


@pytest.mark.parametrize("slot", ["object", "action", "actor", "system", "number", "route", "surface", "job"])
def test_one_empty_slot_and_the_plain_wording_is_used(slot: str) -> None:
    text, parts = Slots(Reading(), ()).fill(
        concern("workflow.x", question=f"What of {{{slot}}}?", plain=PLAIN)
    )
    assert text == PLAIN
    assert parts == ()


def test_a_half_filled_question_cites_nothing() -> None:
    slots = Slots(Reading(), PARTS)
    text, parts = slots.fill(concern("workflow.x", question="Do {route} keep {object}?", plain=PLAIN))
    assert (text, parts) == (PLAIN, ())


def test_map_parts_are_named_and_cited() -> None:
    slots = Slots(READING, PARTS)
    text, parts = slots.fill(concern("workflow.x", question="Do {route} respect it?", plain=PLAIN))
    assert text == "Do CSV importer and mobile app respect it?"
    assert [part.id for part in parts] == ["map-1", "map-2"]
    assert len(parts) <= MAX_PARTS


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        ("surface", "job list"),
        ("role", "dispatcher"),
        ("job", "reminder mail"),
        ("vendor", "bookkeeping system"),
        ("variant", "on-premises edition"),
    ],
)
def test_each_slot_has_its_role_in_the_map(slot: str, words: str) -> None:
    assert filled(f"What of {{{slot}}}?", parts=PARTS) == f"What of {words}?"


def test_the_requests_words_win_over_the_map() -> None:
    assert filled("May {actor}?", parts=PARTS) == "May branch manager?"


def test_a_question_without_slots_stays_as_it_is() -> None:
    assert filled("Who pays?") == "Who pays?"


def test_a_slot_inside_a_borrowed_word_is_not_filled_again() -> None:
    assert (
        filled("What of {object}?", Reading(object="{action} reports", action="x"))
        == "What of {action} reports?"
    )
