"""A change laid over the product map: which question is asked of which part, and how loudly."""

from __future__ import annotations

import pytest

from tests.small_catalogue import about, catalogue
from triage.analysts.candidates import Candidate
from triage.analysts.overlay import MapOverlay, named
from triage.catalogue import Catalogue, load_catalogue
from triage.domain import Category, Evidence, MapPart

IMPORTER = MapPart(id="map-1", role="route", text="CSV importer: imports customers and sites")
BULK = MapPart(id="map-2", role="route", text="Bulk edit on the job list")
ROUTES = (about("workflow.map-route", "route"), about("imports.map-file", "route"))


def laid(of: Catalogue, touch: dict[MapPart, float], surfacing: float = 0.5) -> list[Candidate]:
    """The candidates for parts touched so much, every area surfacing alike."""
    evidence = Evidence(map_parts=tuple(touch), touch={part.id: much for part, much in touch.items()})
    return list(MapOverlay(of).candidates(evidence, dict.fromkeys(Category, surfacing)))


def test_each_part_of_a_role_with_a_question_is_asked_about() -> None:
    message = MapPart(id="map-3", role="message", text="Invoice mail")
    asked = laid(catalogue(map_questions=ROUTES), {IMPORTER: 0.9, message: 0.9, BULK: 0.7})
    assert [(each.text, each.evidence[0].id) for each in asked] == [
        ("What about map file with this: CSV importer?", "map-1"),
        ("What about map route with this: Bulk edit on the job list?", "map-2"),
    ]


def test_of_two_questions_for_a_role_the_part_gets_the_one_it_speaks_of() -> None:
    asked = laid(catalogue(map_questions=ROUTES), {IMPORTER: 0.9})
    assert [each.category for each in asked] == [Category.IMPORTS]


def test_a_part_that_speaks_of_neither_gets_the_first() -> None:
    asked = laid(catalogue(map_questions=ROUTES), {BULK: 0.9})
    assert [each.category for each in asked] == [Category.WORKFLOW]


@pytest.mark.parametrize(
    ("role", "text", "question"),
    [
        ("route", "CSV importer: customers and sites", "imports.map-file-route"),
        ("route", "Bulk edit on the job list", "workflow.map-other-route"),
        ("surface", "Mobile app: offline queue", "clients.map-surface"),
        ("surface", "Dashboard of the owner", "reporting.map-surface"),
    ],
)
def test_the_shipped_questions_find_their_parts(role: str, text: str, question: str) -> None:
    (asked,) = laid(load_catalogue(), {MapPart(id="map-1", role=role, text=text): 0.9})
    assert asked.question is not None
    assert asked.question.id == question


def test_a_part_is_likelier_the_more_it_is_touched() -> None:
    of = catalogue(map_questions=ROUTES)
    grazed, hit = (laid(of, {BULK: touch})[0].probability for touch in (0.2, 0.8))
    assert 0 < grazed < hit < 1


def test_a_part_is_likelier_where_its_area_surfaces() -> None:
    of = catalogue(map_questions=ROUTES)
    rarely, often = (laid(of, {BULK: 0.8}, surfacing)[0].probability for surfacing in (0.1, 0.9))
    assert 0 < rarely < often < 1
    assert laid(of, {BULK: 0.8}, 0.0)[0].probability == 0


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("CSV importer: customers, sites and prices", "CSV importer"),
        ("Job board (day and week) and map; both read a cache", "Job board"),
        (
            "Web session 12 hours, app token 90 days; app tokens stay",
            "Web session 12 hours, app token 90 days",
        ),
        ("Customer -> sites -> equipment", "Customer"),
        ("Public API - creates and closes jobs", "Public API"),
        ("Nightly worker at 02:00: makes jobs", "Nightly worker at 02:00"),
        ("Exports of 20–30 columns – no more", "Exports of 20–30 columns"),
        ("No query runs over both regions", "No query runs over both regions"),
        ("(internal) rewind tool", "(internal) rewind tool"),
    ],
)
def test_a_part_is_called_by_its_line_up_to_the_explanation(line: str, name: str) -> None:
    assert named(MapPart(id="map-1", role="route", text=line)) == name


def test_braces_in_a_line_of_the_map_are_only_words() -> None:
    odd = MapPart(id="map-1", role="route", text="Hook {part} and {0}")
    (asked,) = laid(catalogue(map_questions=ROUTES), {odd: 0.9})
    assert asked.text == "What about map route with this: Hook {part} and {0}?"
