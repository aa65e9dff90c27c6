"""A chosen question in the words of this request and this product."""

from __future__ import annotations

from tests.small_catalogue import about, catalogue, concern
from triage.analysts.candidates import Candidate
from triage.analysts.overlay import WORTH_NAMING, MapOverlay, cite
from triage.analysts.phrasing import BITES, Phrasing
from triage.catalogue import CatalogueQuestion
from triage.domain import Citation, Evidence, EvidenceKind, MapPart, Question, Reading

APP = MapPart(id="map-1", role="surface", text="Mobile app: today list")
BOARD = MapPart(id="map-2", role="surface", text="Job board (day and week)")
MAIL = MapPart(id="map-3", role="message", text="Invoice mail: sent by hand")
TOUCH = {APP: 0.6, BOARD: 0.8, MAIL: 0.9}
OVERLAY = MapOverlay(
    catalogue(map_questions=(about("clients.map-place", "surface"), about("billing.map-mail", "message")))
)


def phrasing(touch: dict[MapPart, float] | None = None) -> Phrasing:
    touch = TOUCH if touch is None else touch
    evidence = Evidence(map_parts=tuple(touch), touch={part.id: much for part, much in touch.items()})
    return Phrasing(Reading(object="job reports"), evidence, OVERLAY)


def asked(question: CatalogueQuestion, *evidence: Citation, text: str = "") -> Candidate:
    return Candidate(question, question.category, text, 0.5, evidence=list(evidence))


def ids(question: Question) -> list[str]:
    return [citation.id for citation in question.evidence]


def test_the_most_touched_part_of_its_area_is_pointed_out_and_cited() -> None:
    question = phrasing().question(asked(concern("clients.phones")))
    assert question.question == "What about phones of job reports? Think of: Job board."
    assert (question.id, question.origin) == ("clients.phones", "map")
    assert ids(question) == ["map-2"]


def test_a_part_that_is_hardly_touched_is_not_pointed_out() -> None:
    question = phrasing({BOARD: WORTH_NAMING - 0.01}).question(asked(concern("clients.phones")))
    assert question.question == "What about phones of job reports?"
    assert (question.origin, question.evidence) == ("catalogue", ())


def test_an_area_that_no_part_is_about_is_asked_without_one() -> None:
    question = phrasing().question(asked(concern("audit.log")))
    assert question.question == "What about log of job reports?"


def test_the_next_question_of_the_area_gets_the_next_part() -> None:
    words = phrasing()
    drafted = [words.question(asked(concern(f"clients.{name}"))) for name in ("phones", "tablets", "watches")]
    assert [ids(question) for question in drafted] == [["map-2"], ["map-1"], []]


def test_where_enough_parts_are_named_no_more_are_pointed_out() -> None:
    many = {MapPart(id=f"map-{n}", role="surface", text=f"Place {n}"): 0.9 for n in range(BITES + 2)}
    words = phrasing(many)
    drafted = [words.question(asked(concern(f"clients.point-{n}"))) for n in range(BITES + 2)]
    assert [len(question.evidence) for question in drafted] == [1] * BITES + [0, 0]


def test_a_part_that_has_a_question_of_its_own_is_not_pointed_out_below_it() -> None:
    words = phrasing({BOARD: 0.9})
    own = words.question(asked(about("clients.map-place", "surface"), cite(BOARD), text="And the board?"))
    below = words.question(asked(concern("clients.phones")))
    assert (own.id, own.question, own.origin) == ("clients.map-place.map-2", "And the board?", "map")
    assert "Think of" not in below.question


def test_a_question_that_names_its_parts_gets_none_beside_them() -> None:
    filled = concern("clients.places", question="Must {surface} show {object}?", plain="Must others show it?")
    question = phrasing().question(asked(filled))
    assert question.question == "Must mobile app and job board show job reports?"
    assert ids(question) == ["map-1", "map-2"]


def test_a_part_is_cited_once_however_it_came_in() -> None:
    """A question about the board that was merged into this one has left its source."""
    question = phrasing({BOARD: 0.9}).question(asked(concern("clients.phones"), cite(BOARD)))
    assert ids(question) == ["map-2"]


def test_a_surprise_with_a_number_is_told_as_that_of_the_old_request() -> None:
    source = Citation(kind=EvidenceKind.PAST, id="past-1", title="Export of invoices", passage="?")
    numbered, plain = (
        phrasing().question(
            Candidate(None, concern("scale.x").category, text, 0.5, evidence=[source.model_copy()])
        )
        for text in ("Do 40,000 rows fit?", "Do all rows fit?")
    )
    assert numbered.question == "As on “Export of invoices”: do 40,000 rows fit?"
    assert plain.question == "Do all rows fit?"
    assert numbered.origin == plain.origin == "past"
    assert numbered.id != plain.id
