"""Which questions are asked, why these, and that every category is settled one way or the other."""

from __future__ import annotations

import pytest

from tests.fakes import WordEncoder, request, similar
from tests.small_catalogue import about, catalogue, concern, found, kind
from triage.analysts.gaps import GapFinder
from triage.analysts.past import UNLIKE
from triage.analysts.relevance import RELEVANCE_FEATURES
from triage.analysts.vectors import CatalogueVectors
from triage.analysts.weights import Logistic, using_weights
from triage.catalogue import Catalogue, CatalogueTripWire
from triage.domain import (
    MAX_QUESTIONS,
    Category,
    Evidence,
    EvidenceKind,
    Gaps,
    MapPart,
    Question,
    Reading,
    Request,
    SimilarRequest,
    Surprise,
    TrackRecord,
)

EXPORT = kind(
    "export",
    concern("permissions.who-may", 0.9),
    concern("permissions.hidden-fields", 0.85),
    concern("permissions.guests", 0.8),
    concern("scale.how-many-rows", 0.6),
    concern("audit.who-did-it", 0.5),
    concern("reporting.follows-filter", 0.7, answered_by=(r"\bwith the current filter\b",)),
)
APP = MapPart(id="map-9", role="surface", text="Mobile app: today list, job page")
READING = Reading(object="job reports", action="export", kinds=(found("export", quote="an export"),))
TWIN = 1.0  # cosine of two requests that are one


class Finder:
    """Finds gaps with a small catalogue and an encoder that counts words."""

    def __init__(self, words: WordEncoder, vectors: CatalogueVectors) -> None:
        self._tools = (words, vectors)

    def __call__(
        self,
        of: Catalogue,
        reading: Reading = READING,
        evidence: Evidence | None = None,
        asked: Request | None = None,
    ) -> Gaps:
        return GapFinder(of, *self._tools).find(asked or request(), reading, evidence or Evidence())


@pytest.fixture
def find(words: WordEncoder, vectors: CatalogueVectors) -> Finder:
    return Finder(words, vectors)


def everything(gaps: Gaps) -> dict[str, Question]:
    drafted = (*gaps.questions, *gaps.folded)
    by_id = {question.id: question for question in drafted}
    assert len(by_id) == len(drafted), "a question id stands twice"
    return by_id


def surprised(
    *texts: str, category: Category = Category.SCALE, past_id: str = "past-1", cosine: float = TWIN
) -> SimilarRequest:
    lessons = tuple(Surprise(category=category, question=text) for text in texts)
    return similar(past_id, surprises=lessons).model_copy(update={"cosine": cosine})


# --- ranking -------------------------------------------------------------------------------------


def test_a_question_carries_what_a_reviewer_needs(find: Finder) -> None:
    question = find(catalogue(EXPORT)).questions[0]
    assert question.id == "permissions.who-may"
    assert question.question == "What about who may of job reports?"
    assert question.quote == "an export"
    assert (question.why, question.ask, question.effect) == ("It came up before.", "customer", "adds a day")
    assert question.origin == "catalogue"


def test_the_first_questions_open_different_doors(find: Finder) -> None:
    asked = find(catalogue(EXPORT)).questions
    first = [question.category for question in asked[:3]]
    assert first[0] is Category.PERMISSIONS
    assert len(set(first)) == 3
    assert "permissions.hidden-fields" in everything(find(catalogue(EXPORT)))


def test_what_matters_more_is_asked_first(find: Finder) -> None:
    small = concern("audit.low", 0.6, impact=1)
    large = concern("scale.high", 0.6, impact=3)
    ids = [question.id for question in find(catalogue(kind("export", small, large))).questions]
    assert ids == ["scale.high", "audit.low"]


def test_a_surer_kind_asks_louder(find: Finder) -> None:
    both = catalogue(kind("export", concern("scale.rows", 0.6)), kind("merge", concern("audit.undo", 0.6)))
    reading = Reading(kinds=(found("export", 0.7), found("merge", 1.0)))
    assert [question.id for question in find(both, reading).questions] == ["audit.undo", "scale.rows"]


def test_independent_reasons_add_up_without_passing_one(find: Finder) -> None:
    shared = concern("scale.how-many-rows", 0.6)
    one = catalogue(kind("export", shared))
    two = catalogue(kind("export", shared), kind("merge", shared))
    reading = Reading(kinds=(found("export"), found("merge")))
    (alone,) = find(one, reading).questions
    (both,) = find(two, reading).questions
    assert alone.score < both.score < min(1, 2 * alone.score)


def test_general_questions_stay_behind_those_of_the_kind(find: Finder) -> None:
    general = (concern("workflow.any-second-route", 0.9),)
    gaps = find(catalogue(kind("export", concern("scale.rows", 0.9)), general=general))
    assert [question.id for question in gaps.questions] == ["scale.rows", "workflow.any-second-route"]


def test_a_kind_the_catalogue_does_not_know_is_no_trouble(find: Finder) -> None:
    gaps = find(catalogue(EXPORT), Reading(kinds=(found("time_travel"),)))
    assert gaps.questions == ()
    assert len(gaps.cleared) == len(Category)


def test_map_parts_are_named_and_cited(find: Finder) -> None:
    routes = concern("workflow.routes", question="Do {route} keep {object}?", plain="Which routes?")
    part = MapPart(id="map-1", role="route", text="CSV importer: creates jobs")
    (question,) = find(catalogue(kind("export", routes)), evidence=Evidence(map_parts=(part,))).questions
    assert question.question == "Do CSV importer keep job reports?"
    assert question.origin == "map"
    assert [(c.kind, c.id, c.passage) for c in question.evidence] == [(EvidenceKind.MAP, "map-1", part.text)]


def test_a_touched_part_of_the_map_becomes_a_question_of_its_own(find: Finder) -> None:
    of = catalogue(EXPORT, map_questions=(about("audit.map-app", "surface"),))
    touched = Evidence(map_parts=(APP,), touch={APP.id: 0.9})
    asked = everything(find(of, evidence=touched))["audit.map-app.map-9"]
    assert asked.question == "What about map app with this: Mobile app?"
    assert (asked.origin, asked.category) == ("map", Category.AUDIT)
    assert [(c.kind, c.id, c.passage) for c in asked.evidence] == [(EvidenceKind.MAP, "map-9", APP.text)]


def test_two_touched_parts_are_two_questions(find: Finder) -> None:
    of = catalogue(EXPORT, map_questions=(about("audit.map-place", "surface"),))
    board = MapPart(id="map-7", role="surface", text="Dashboard tiles of the accountant")
    touched = Evidence(map_parts=(APP, board), touch={APP.id: 0.9, board.id: 0.8})
    ids = [id_ for id_ in everything(find(of, evidence=touched)) if id_.startswith("audit.map-place")]
    assert sorted(ids) == ["audit.map-place.map-7", "audit.map-place.map-9"]


def test_a_part_that_is_hardly_touched_is_not_drafted(find: Finder) -> None:
    of = catalogue(EXPORT, map_questions=(about("audit.map-app", "surface"),))
    grazed = Evidence(map_parts=(APP,), touch={APP.id: 0.01})
    assert "map" not in {question.origin for question in everything(find(of, evidence=grazed)).values()}


# --- caps and small requests ---------------------------------------------------------------------


def test_at_most_five_and_the_fold_is_capped_too(find: Finder) -> None:
    many = [concern(f"{category}.point-{n}", 0.9) for category in Category for n in range(5)]
    gaps = find(catalogue(kind("export", *many)))
    assert len(gaps.questions) == MAX_QUESTIONS
    assert 0 < len(gaps.folded) <= 30
    assert len(everything(gaps)) == len(gaps.questions) + len(gaps.folded)


def test_a_small_request_is_asked_nothing_on_top(find: Finder) -> None:
    gaps = find(catalogue(EXPORT), READING.model_copy(update={"smallness": 1.0}))
    assert gaps.questions == ()
    assert "permissions.who-may" in {question.id for question in gaps.folded}


def test_the_smaller_a_request_the_less_it_is_asked(find: Finder) -> None:
    asked = [
        len(find(catalogue(EXPORT), READING.model_copy(update={"smallness": small})).questions)
        for small in (0.0, 0.7, 0.8, 1.0)
    ]
    assert asked == sorted(asked, reverse=True)
    assert len(set(asked)) >= 3, "smallness must weigh, not switch"


def test_where_mails_are_short_a_usual_one_is_not_passed_over_as_small(find: Finder) -> None:
    asked = request(body=" ".join(f"word{number}" for number in range(70)))
    reading = READING.model_copy(update={"smallness": 0.9})
    terse = Evidence(record=TrackRecord(requests=200, typical_words=30))
    assert find(catalogue(EXPORT), reading, asked=asked).questions == ()
    assert find(catalogue(EXPORT), reading, terse, asked).questions


def test_an_area_that_makes_no_sense_here_is_not_asked_on_top(find: Finder) -> None:
    absurd = {"scale": 20.0}  # and no other
    weights = tuple(absurd.get(feature, 0.0) for feature in RELEVANCE_FEATURES)
    judge = Logistic(features=RELEVANCE_FEATURES, weights=weights, intercept=-10)
    of = catalogue(kind("export", concern("scale.rows", 0.9), concern("audit.undo", 0.3)))
    assert [question.id for question in find(of).questions] == ["scale.rows", "audit.undo"]
    with using_weights({"irrelevant": judge}):
        gaps = find(of)
    assert [question.id for question in gaps.questions] == ["audit.undo"]
    assert [question.id for question in gaps.folded] == ["scale.rows"]


def test_a_tripped_wire_is_never_small(find: Finder) -> None:
    wire = CatalogueTripWire(id="money", name="Billing rules", why="Paid back.", cues=(r"\binvoices?\b",))
    of = catalogue(EXPORT, trip_wires=(wire,))
    reading = READING.model_copy(update={"smallness": 1.0})
    assert find(of, reading, asked=request(body="Just one more line on the invoice.")).questions
    assert find(of, reading, asked=request(body="Just one more line on the card.")).questions == ()


def test_what_hardly_ever_surfaces_is_not_drafted(find: Finder) -> None:
    rare = catalogue(kind("export", concern("audit.rare", 0.0001)))
    assert everything(find(rare)) == {}


# --- every category is settled -------------------------------------------------------------------


@pytest.mark.parametrize("smallness", [0.0, 1.0])
@pytest.mark.parametrize("kinds", [(), (found("export"),), (found("export", 0.4),)])
def test_every_category_is_asked_or_cleared_with_a_reason(
    find: Finder, smallness: float, kinds: tuple
) -> None:
    gaps = find(catalogue(EXPORT), Reading(kinds=kinds, smallness=smallness))
    asked = {question.category for question in (*gaps.questions, *gaps.folded)}
    cleared = [each.category for each in gaps.cleared]
    assert asked | set(cleared) == set(Category)
    assert len(cleared) == len(set(cleared))
    assert not asked & {each.category for each in gaps.cleared if not each.quote}
    assert all(each.reason and "{" not in each.reason for each in gaps.cleared)


def test_not_relevant_names_the_kind(find: Finder) -> None:
    gaps = find(catalogue(EXPORT))
    assert {each.reason for each in gaps.cleared} == {"export leaves it alone"}


def test_what_the_request_answers_is_cleared_with_its_words(find: Finder) -> None:
    asked = request(body="We need an export with the current filter of the list.")
    gaps = find(catalogue(EXPORT), asked=asked)
    assert "reporting.follows-filter" not in everything(gaps)
    (clear,) = [each for each in gaps.cleared if each.category is Category.REPORTING]
    assert clear.quote == "with the current filter"
    assert clear.quote in asked.text()


def test_an_answered_question_does_not_come_back_through_the_past(find: Finder) -> None:
    asked = request(body="We need an export with the current filter of the list.")
    lesson = surprised("What about follows filter?", category=Category.REPORTING)
    gaps = find(catalogue(EXPORT), asked=asked, evidence=Evidence(similar=(lesson,)))
    assert Category.REPORTING not in {question.category for question in everything(gaps).values()}
    assert Category.REPORTING in {each.category for each in gaps.cleared if each.quote}


def test_an_answered_question_does_not_come_back_through_the_map(find: Finder) -> None:
    on_app = about("reporting.map-app", "surface", answered_by=(r"\bweb only\b",))
    of, touched = catalogue(EXPORT, map_questions=(on_app,)), Evidence(map_parts=(APP,), touch={APP.id: 1.0})
    assert "reporting.map-app.map-9" in everything(find(of, evidence=touched))
    gaps = find(of, evidence=touched, asked=request(body="We need an export, web only."))
    assert "reporting.map-app.map-9" not in everything(gaps)
    assert [each.quote for each in gaps.cleared if each.category is Category.REPORTING] == ["web only"]


# --- what surprised us before --------------------------------------------------------------------


def test_a_past_surprise_backs_the_question_that_asks_it(find: Finder) -> None:
    small = catalogue(EXPORT)
    evidence = Evidence(similar=(surprised("What about how many rows?"),))
    plain = everything(find(small))["scale.how-many-rows"]
    backed = everything(find(small, evidence=evidence))["scale.how-many-rows"]
    assert plain.score < backed.score <= 1
    assert plain.evidence == ()
    (cited,) = backed.evidence
    assert (cited.kind, cited.id, cited.title) == (EvidenceKind.PAST, "past-1", "Export of invoices")
    assert cited.passage == "What about how many rows?"


def test_a_past_surprise_nobody_asks_becomes_a_question_with_its_source(find: Finder) -> None:
    evidence = Evidence(
        similar=(surprised("Does the printer driver survive it?", category=Category.CLIENTS),)
    )
    gaps = find(catalogue(kind("export")), evidence=evidence)
    (learnt,) = [question for question in gaps.questions if question.origin == "past"]
    assert "printer driver survive it?" in learnt.question
    assert learnt.category is Category.CLIENTS
    assert [citation.id for citation in learnt.evidence] == ["past-1"]
    assert learnt.why
    assert Category.CLIENTS not in {each.category for each in gaps.cleared}


def test_two_surprises_of_one_request_are_two_questions(find: Finder) -> None:
    lesson = surprised("Does the printer survive it?", "Which driver knows the paper tray?")
    drafted = everything(find(catalogue(EXPORT), evidence=Evidence(similar=(lesson,))))
    assert len([question for question in drafted.values() if question.origin == "past"]) == 2


def test_a_surprise_of_another_category_is_another_concern(find: Finder) -> None:
    lesson = surprised("What about how many rows?", category=Category.BILLING)
    drafted = everything(find(catalogue(EXPORT), evidence=Evidence(similar=(lesson,))))
    assert drafted["scale.how-many-rows"].evidence == ()
    assert [q.category for q in drafted.values() if q.origin == "past"] == [Category.BILLING]


def test_what_surprised_an_unlike_request_does_not_count(find: Finder) -> None:
    """However well it fits by kind and age: only its words say how far its surprises carry over."""
    lesson = surprised("Does the printer survive it?", cosine=UNLIKE)
    assert lesson.score > 0.7
    gaps = find(catalogue(EXPORT), evidence=Evidence(similar=(lesson,)))
    assert "past" not in {question.origin for question in everything(gaps).values()}


def test_a_request_that_is_only_related_teaches_too(find: Finder) -> None:
    lesson = surprised("Does the printer survive it?", cosine=0.7)
    (learnt,) = [
        question
        for question in everything(find(catalogue(EXPORT), evidence=Evidence(related=(lesson,)))).values()
        if question.origin == "past"
    ]
    assert learnt.evidence[0].id == "past-1"


def test_a_surprise_that_the_catalogue_words_is_asked_in_its_words(find: Finder) -> None:
    """The other customer's words would look like this one's; the catalogue's are written for everybody."""
    lesson = surprised("What about how many rows, 40,000?")
    (learnt,) = find(catalogue(EXPORT), Reading(object="job reports"), Evidence(similar=(lesson,))).questions
    assert learnt.id == "scale.how-many-rows"
    assert learnt.question == "What about how many rows of job reports?"
    assert [citation.id for citation in learnt.evidence] == ["past-1"]


def test_an_area_that_often_surprises_this_team_comes_first(find: Finder) -> None:
    of = catalogue(kind("export", concern("scale.rows", 0.5), concern("audit.undo", 0.45)))
    record = TrackRecord(
        requests=40, typical_words=85, surprised=40, by_category={Category.AUDIT: 38}, by_kind={"export": 40}
    )
    assert [question.id for question in find(of).questions] == ["scale.rows", "audit.undo"]
    ours = find(of, evidence=Evidence(record=record)).questions
    assert ours[0].id == "audit.undo"


def test_the_same_request_gives_the_same_gaps(find: Finder) -> None:
    evidence = Evidence(similar=(surprised("What about how many rows?", "Does the printer survive it?"),))
    assert find(catalogue(EXPORT), evidence=evidence) == find(catalogue(EXPORT), evidence=evidence)
