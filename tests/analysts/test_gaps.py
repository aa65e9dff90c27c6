"""Which questions are asked, why these, and that every category is settled one way or the other."""

from __future__ import annotations

import pytest

from tests.fakes import WordEncoder, request, similar
from tests.small_catalogue import catalogue, concern, found, kind
from triage.analysts.gaps import GapFinder
from triage.analysts.vectors import CatalogueVectors
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
READING = Reading(object="job reports", action="export", kinds=(found("export", quote="an export"),))
TWIN = 5.0  # more alike than any two requests are


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


def surprised(*texts: str, category: Category = Category.SCALE, past_id: str = "past-1") -> SimilarRequest:
    lessons = tuple(Surprise(category=category, question=text) for text in texts)
    return similar(past_id, score=TWIN, surprises=lessons)


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
    assert "reporting.follows-filter" not in everything(gaps)
    assert Category.REPORTING in {each.category for each in gaps.cleared if each.quote}


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
    gaps = find(catalogue(EXPORT), evidence=evidence)
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
    lesson = surprised("Does the printer survive it?").model_copy(update={"score": 0.0})
    gaps = find(catalogue(EXPORT), evidence=Evidence(similar=(lesson,)))
    assert "past" not in {question.origin for question in everything(gaps).values()}


def test_the_same_request_gives_the_same_gaps(find: Finder) -> None:
    evidence = Evidence(similar=(surprised("What about how many rows?", "Does the printer survive it?"),))
    assert find(catalogue(EXPORT), evidence=evidence) == find(catalogue(EXPORT), evidence=evidence)
