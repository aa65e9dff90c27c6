"""What a team's own past says: areas that surprise it more often, and single lessons."""

from __future__ import annotations

import math

import pytest

from tests.fakes import WordEncoder, similar
from tests.small_catalogue import catalogue, concern, kind
from triage.analysts.past import ALIKE, ENOUGH, PAST_WEIGHT, UNLIKE, Lesson, OwnPast, usual_length
from triage.analysts.vectors import CatalogueVectors
from triage.domain import Category, Evidence, SimilarRequest, Surprise, TrackRecord

EXPORT = kind(
    "export", concern("reporting.which-columns", 0.8), concern("scale.rows", 0.5), concern("audit.log", 0.4)
)
RENAME = kind("rename", concern("clients.texts", 0.5))
GENERAL = (concern("reporting.any-list", 0.3), concern("audit.any-log", 0.3))


@pytest.fixture
def own(words: WordEncoder, vectors: CatalogueVectors) -> OwnPast:
    return OwnPast(catalogue(EXPORT, RENAME, general=GENERAL), words, vectors)


def record(
    requests: int, areas: dict[Category, int], kinds: dict[str, int] | None = None, typical_words: float = 85
) -> TrackRecord:
    """A company all of whose requests hid something."""
    return TrackRecord(
        requests=requests,
        typical_words=typical_words,
        surprised=requests,
        by_category=areas,
        by_kind={"export": requests} if kinds is None else kinds,
    )


# --- areas ---------------------------------------------------------------------------------------


def test_without_a_past_every_area_stays_as_it_is(own: OwnPast) -> None:
    assert own.lifts(TrackRecord()) == dict.fromkeys(Category, 1.0)
    quiet = TrackRecord(requests=30, typical_words=85)  # nothing ever surfaced
    assert own.lifts(quiet) == dict.fromkeys(Category, 1.0)


def test_an_area_that_surfaces_more_than_expected_is_lifted_and_one_that_never_does_is_lowered(
    own: OwnPast,
) -> None:
    lifts = own.lifts(record(20, {Category.AUDIT: 18, Category.REPORTING: 10}))
    assert lifts[Category.AUDIT] > 1
    assert lifts[Category.SCALE] < 1  # the export's rows never surprised anybody here
    assert all(lift > 0 for lift in lifts.values())


def test_only_the_mix_of_areas_counts(words: WordEncoder, vectors: CatalogueVectors) -> None:
    """A team behind whose requests half as much surfaced as expected, evenly, is moved nowhere."""
    even = catalogue(kind("export", concern("scale.rows", 0.5), concern("audit.log", 0.5)))
    lifts = OwnPast(even, words, vectors).lifts(record(20, {Category.SCALE: 3, Category.AUDIT: 3}))
    assert lifts[Category.SCALE] == pytest.approx(1)
    assert lifts[Category.AUDIT] == pytest.approx(1)


def test_a_few_requests_move_little_and_many_move_more(own: OwnPast) -> None:
    few = own.lifts(record(2, {Category.AUDIT: 2}))
    many = own.lifts(record(60, {Category.AUDIT: 60}))
    assert 1 < few[Category.AUDIT] < many[Category.AUDIT]
    assert 1 > few[Category.SCALE] > many[Category.SCALE]
    assert abs(math.log(few[Category.AUDIT])) < 0.5 * abs(math.log(many[Category.AUDIT]))


def test_surprises_that_the_kinds_explain_say_less_about_the_team(own: OwnPast) -> None:
    """Whoever only asked for exports is surprised by reporting because of exports; others are so by habit."""
    areas = {Category.REPORTING: 15, Category.CLIENTS: 5}
    explained = own.lifts(record(20, areas, {"export": 20}))
    unexplained = own.lifts(record(20, areas, {"rename": 20}))
    assert explained[Category.REPORTING] < unexplained[Category.REPORTING]
    assert unexplained[Category.REPORTING] > 1


def test_a_kind_that_is_gone_from_the_catalogue_is_passed_over(own: OwnPast) -> None:
    areas = {Category.AUDIT: 5}
    assert own.lifts(record(9, areas, {"export": 9, "time_travel": 9})) == own.lifts(record(9, areas))


# --- lessons -------------------------------------------------------------------------------------


def taught(own: OwnPast, *past: SimilarRequest) -> tuple[Lesson, ...]:
    return own.lessons(Evidence(similar=past))


def lesson(
    question: str, category: Category, cosine: float = ALIKE, past_id: str = "past-1"
) -> SimilarRequest:
    surprises = (Surprise(category=category, question=question),)
    return similar(past_id, surprises=surprises).model_copy(update={"cosine": cosine})


@pytest.mark.parametrize("cosine", [-0.2, 0.0, UNLIKE])
def test_an_unlike_request_teaches_nothing(own: OwnPast, cosine: float) -> None:
    assert taught(own, lesson("Does the printer survive it?", Category.CLIENTS, cosine)) == ()


def test_the_more_alike_two_requests_are_the_likelier_a_surprise_is_back(own: OwnPast) -> None:
    chances = [
        taught(own, lesson("Does the printer survive it?", Category.CLIENTS, cosine))[0].likely
        for cosine in (UNLIKE + 0.05, 0.6, ALIKE)
    ]
    assert 0 < chances[0] < chances[1] < chances[2] == PAST_WEIGHT < 1


def test_a_lesson_knows_the_question_of_the_catalogue_that_asks_it(own: OwnPast) -> None:
    (known,) = taught(own, lesson("What about which columns?", Category.REPORTING))
    assert known.known is not None
    assert known.known.id == "reporting.which-columns"
    (elsewhere,) = taught(own, lesson("What about which columns?", Category.BILLING))
    (other,) = taught(own, lesson("Does the printer survive it?", Category.REPORTING))
    assert (elsewhere.known, other.known) == (None, None)


def test_every_surprise_of_every_precedent_is_a_lesson(own: OwnPast) -> None:
    twice = (
        Surprise(category=Category.CLIENTS, question="Does the printer survive it?"),
        Surprise(category=Category.SCALE, question="How long may a queue grow?"),
    )
    near = similar("past-1", surprises=twice).model_copy(update={"cosine": 0.9})
    far = lesson("Who pays?", Category.BILLING, 0.5, "past-2")
    found = own.lessons(Evidence(similar=(near,), related=(far,)))
    assert [(each.similar.past.id, each.surprise.category) for each in found] == [
        ("past-1", Category.CLIENTS),
        ("past-1", Category.SCALE),
        ("past-2", Category.BILLING),
    ]


# --- length --------------------------------------------------------------------------------------


def test_the_usual_length_goes_from_the_shipped_one_to_the_teams_own() -> None:
    assert usual_length(TrackRecord(), 80) == 80
    lengths = [usual_length(record(count, {}, typical_words=20), 80) for count in (1, ENOUGH, 500)]
    assert 80 > lengths[0] > lengths[1] > lengths[2] > 20
    assert lengths[1] == pytest.approx(40)  # half way, as lengths go: 80 · 20 = 40²
    assert lengths[2] == pytest.approx(20, rel=0.05)


def test_wordless_past_requests_leave_a_length() -> None:
    assert usual_length(record(30, {}, typical_words=0), 80) >= 1
