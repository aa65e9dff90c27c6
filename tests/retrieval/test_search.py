"""Hybrid search over a small history, with the real model, Chroma and SQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import WordEncoder
from triage.domain import KindFound, MapPart, Passage, PastRequest, Reading, Request, TrackRecord
from triage.ports import Allowed
from triage.product_map import ProductMap, parse_map
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.retrieval.embed import SentenceEncoder
from triage.retrieval.index import ChromaIndex, NoIndex
from triage.retrieval.indexing import apply_changes
from triage.retrieval.search import (
    LEAST_RELATED,
    MOST_NOTES,
    MOST_RELATED,
    MOST_SIMILAR,
    HybridRetriever,
)

pytestmark = pytest.mark.model

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HISTORY = [
    PastRequest(
        id="fh-1",
        opened="2026-02-01",
        customer="Hidden Valley",
        product_area="reports",
        subject="Branch manager signs off job reports",
        body="Before an invoice is drafted our branch managers want to approve every job report.",
        kinds=("approval_step",),
        size_days=14,
    ),
    PastRequest(
        id="fh-2",
        opened="2026-01-10",
        subject="Company sign-in",
        body="Our people should sign in with the directory account instead of a password.",
        kinds=("sign_in_sso",),
    ),
    PastRequest(
        id="fh-3",
        opened="2025-11-05",
        subject="Parts list as spreadsheet",
        body="The buyer needs all parts with order code QX-7781 in a spreadsheet every Friday.",
        kinds=("export",),
    ),
    PastRequest(
        id="fh-4",
        opened="2025-10-05",
        subject="Dark colours",
        body="The screen is too bright in the van at night.",
        kinds=("setting",),
    ),
]
NOTES = [
    Passage(
        id="notes/reports.md#approval",
        path="notes/reports.md",
        title="Job reports › Approval",
        text="A job report is locked when it is signed; the invoice draft is made at once, without approval.",
    ),
    Passage(
        id="notes/identity.md#sso",
        path="notes/identity.md",
        title="Identity › Sign-in",
        text="One SAML connection for each company. App tokens live 90 days.",
    ),
]
APPROVAL = Request(
    id="r-1",
    customer="Brookfield Lifts",
    subject="Approve reports before billing",
    body="Could managers check and approve a job report before the invoice is made? It is just a button.",
    received=NOW,
)

MAP = parse_map(
    """
## Routes in
- CSV importer: customers, sites and prices
- Mobile app: closes jobs and signs job reports
- Bulk edit on the job list
- Public API: creates, changes and closes jobs
- Invoice-draft worker: makes a draft when a report is signed
## Surfaces
- Job report PDF
- Dashboard
## Outside systems
- Calendar vendor: review takes 5 weeks
## Actors
- Branch manager: people and reports of a branch
"""
)


@pytest.fixture
def retriever(knowledge: KnowledgeStore, index: ChromaIndex, encoder: SentenceEncoder) -> HybridRetriever:
    """Knows HISTORY and NOTES."""
    knowledge.put_past(HISTORY)
    for note in NOTES:
        knowledge.put_passages(note.path, [note])
    apply_changes(knowledge, index, encoder)
    return HybridRetriever(knowledge, index, encoder)


def found(retriever: HybridRetriever, request: Request, reading: Reading | None = None) -> list[str]:
    return [similar.past.id for similar in retriever.retrieve(request, reading or Reading()).similar]


def test_finds_the_similar_request_and_says_why(retriever: HybridRetriever) -> None:
    reading = Reading(kinds=(KindFound(id="approval_step", name="Approval step", score=0.9),))
    (similar,) = retriever.retrieve(APPROVAL, reading).similar
    assert similar.past.id == "fh-1"
    assert similar.same == ("also approval step",)
    assert similar.differs == ("another customer",)


def test_finds_the_note_that_bears_on_it(retriever: HybridRetriever) -> None:
    notes = retriever.retrieve(APPROVAL, Reading()).notes
    assert [note.passage.id for note in notes] == ["notes/reports.md#approval"]


def test_finds_other_words_for_the_same_wish(retriever: HybridRetriever) -> None:
    request = Request(
        id="r", subject="Single sign-on", body="Can we use our identity provider for the login?"
    )
    assert found(retriever, request)[:1] == ["fh-2"]


def test_finds_the_exact_word_that_means_nothing_to_a_model(retriever: HybridRetriever) -> None:
    request = Request(id="r", subject="QX-7781 spreadsheet", body="Order code QX-7781 for the buyer, please.")
    assert found(retriever, request)[:1] == ["fh-3"]


def test_a_request_below_the_floor_is_related_and_no_comparable(retriever: HybridRetriever) -> None:
    request = Request(
        id="r", subject="Second look at reports", body="A senior colleague should confirm them.", received=NOW
    )
    evidence = retriever.retrieve(request, Reading())
    assert evidence.similar == ()
    assert evidence.related[0].past.id == "fh-1"
    assert all(LEAST_RELATED <= each.cosine < 0.9 for each in evidence.related)
    assert "fh-4" not in {each.past.id for each in evidence.related}  # dark colours teach nothing here


def test_a_comparable_request_is_not_related_too(retriever: HybridRetriever) -> None:
    evidence = retriever.retrieve(APPROVAL, Reading())
    assert [each.past.id for each in evidence.similar] == ["fh-1"]
    assert "fh-1" not in {each.past.id for each in evidence.related}


def test_the_cosine_is_that_of_the_words_whatever_the_kind_and_the_age(retriever: HybridRetriever) -> None:
    reading = Reading(kinds=(KindFound(id="approval_step", name="Approval step", score=1.0),))
    later = APPROVAL.model_copy(update={"received": datetime(2029, 6, 1, tzinfo=UTC)})
    (plain,), (lifted,), (aged,) = (
        retriever.retrieve(asked, read).similar
        for asked, read in ((APPROVAL, Reading()), (APPROVAL, reading), (later, Reading()))
    )
    assert lifted.score > plain.score > aged.score
    assert lifted.cosine == plain.cosine == aged.cosine > 0.5


@pytest.mark.parametrize(
    "request_",
    [
        Request(id="r", subject="Canteen", body="Could the canteen serve pasta on Fridays?"),
        Request(id="r", subject="Newsletter", body="Please take me off your mailing list."),
        Request(id="r", subject="hello"),
        Request(id="r", subject="", body="42"),
    ],
)
def test_what_is_merely_nearest_is_not_similar(retriever: HybridRetriever, request_: Request) -> None:
    evidence = retriever.retrieve(request_, Reading())
    assert (evidence.similar, evidence.notes) == ((), ())


def test_empty_request_finds_nothing(retriever: HybridRetriever) -> None:
    assert retriever.retrieve(Request(id="r", subject=" ", body="\n"), Reading()).ids() == frozenset()


def test_never_finds_itself(retriever: HybridRetriever) -> None:
    past = HISTORY[0]
    again = Request(id=past.id, subject=past.subject, body=past.body, received=NOW)
    assert past.id not in found(retriever, again)
    assert past.id not in {each.past.id for each in retriever.retrieve(again, Reading()).related}
    same_words = again.model_copy(update={"id": "r-2"})
    assert found(retriever, same_words)[0] == past.id


def test_same_text_today_has_the_highest_score(retriever: HybridRetriever) -> None:
    past = HISTORY[0]
    same = Request(id="r", subject=past.subject, body=past.body, received=datetime(2026, 2, 1, tzinfo=UTC))
    assert retriever.retrieve(same, Reading()).similar[0].score == pytest.approx(1.0, abs=0.01)


def test_the_more_recent_of_two_equals_comes_first(
    retriever: HybridRetriever, knowledge: KnowledgeStore, index: ChromaIndex, encoder: SentenceEncoder
) -> None:
    old = HISTORY[0].model_copy(update={"id": "a-old", "opened": "2023-01"})
    knowledge.put_past([old])
    apply_changes(knowledge, index, encoder)
    assert found(retriever, APPROVAL) == ["fh-1", "a-old"]


def test_a_shared_kind_lifts_what_the_words_hide(retriever: HybridRetriever) -> None:
    request = Request(
        id="r",
        subject="Second look at reports",
        body="A senior colleague should confirm them.",
        received=NOW,
    )
    reading = Reading(kinds=(KindFound(id="approval_step", name="Approval step", score=1.0),))
    assert found(retriever, request) == []
    assert found(retriever, request, reading) == ["fh-1"]


def test_hit_that_sql_no_longer_knows_is_dropped(
    retriever: HybridRetriever, index: ChromaIndex, encoder: SentenceEncoder, knowledge: KnowledgeStore
) -> None:
    knowledge.drop_notes_not_in(["notes/identity.md"])  # the index has not heard of it yet
    assert retriever.retrieve(APPROVAL, Reading()).notes == ()


def test_new_knowledge_is_found_before_the_index_has_it(
    retriever: HybridRetriever, knowledge: KnowledgeStore
) -> None:
    knowledge.put_past([HISTORY[0].model_copy(update={"id": "fh-9"})])
    assert set(found(retriever, APPROVAL)) == {"fh-1", "fh-9"}


def test_without_the_index_search_goes_by_words(knowledge: KnowledgeStore, encoder: SentenceEncoder) -> None:
    knowledge.put_past(HISTORY)
    retriever = HybridRetriever(knowledge, NoIndex(), encoder)
    assert found(retriever, APPROVAL) == ["fh-1"]


def test_evidence_is_rebuilt_from_its_pointers(retriever: HybridRetriever, knowledge: KnowledgeStore) -> None:
    """All but the record, which is not counted again."""
    retriever.product_map = MAP
    knowledge.put_past([HISTORY[0].model_copy(update={"id": f"more-{n}"}) for n in range(MOST_SIMILAR)])
    evidence = retriever.retrieve(APPROVAL, Reading()).model_copy(update={"record": TrackRecord()})
    assert evidence.similar
    assert evidence.related
    assert max(evidence.touch.values()) > 0
    assert retriever.recall(APPROVAL, Reading(), evidence.found()) == evidence
    knowledge.drop_notes_not_in([])
    without_notes = evidence.model_copy(update={"notes": ()})
    assert retriever.recall(APPROVAL, Reading(), evidence.found()) == without_notes


class TestWhoMaySee:
    """What is archived or labelled never leaves SQL, although words and vectors find it."""

    def hide(self, knowledge: KnowledgeStore, **changes: object) -> None:
        knowledge.put_past([HISTORY[0].model_copy(update=changes)])
        knowledge.put_passages(
            NOTES[0].path, [NOTES[0].model_copy(update={"label": changes.get("label", "")})]
        )

    def test_archived_never_comes_back(self, retriever: HybridRetriever, knowledge: KnowledgeStore) -> None:
        before = retriever.retrieve(APPROVAL, Reading())
        self.hide(knowledge, archived=True)  # the index has not heard of it yet
        after = retriever.retrieve(APPROVAL, Reading())
        assert "fh-1" in before.ids()
        assert "fh-1" not in after.ids()
        assert after.record.requests == before.record.requests - 1
        assert retriever.recall(APPROVAL, Reading(), before.found()).similar == ()

    def test_the_index_forgets_what_is_archived(
        self,
        retriever: HybridRetriever,
        knowledge: KnowledgeStore,
        index: ChromaIndex,
        encoder: SentenceEncoder,
    ) -> None:
        self.hide(knowledge, archived=True)
        apply_changes(knowledge, index, encoder)
        assert index.vectors(retriever.similar.collections[0], ["fh-1", "fh-2"]).keys() == {"fh-2"}

    def test_a_label_must_be_allowed(
        self,
        retriever: HybridRetriever,
        knowledge: KnowledgeStore,
        index: ChromaIndex,
        encoder: SentenceEncoder,
    ) -> None:
        before = retriever.retrieve(APPROVAL, Reading())
        self.hide(knowledge, label="board only")
        assert retriever.recall(APPROVAL, Reading(), before.found()).similar == ()
        assert retriever.retrieve(APPROVAL, Reading()).record.requests == before.record.requests - 1
        assert {"fh-1", NOTES[0].id}.isdisjoint(retriever.retrieve(APPROVAL, Reading()).ids())
        allowed = Allowed(labels=frozenset({"", "board only"}))
        trusted = HybridRetriever(knowledge, index, encoder, allowed=allowed)
        assert {"fh-1", NOTES[0].id} <= trusted.retrieve(APPROVAL, Reading()).ids()

    def test_a_replay_sees_only_what_was_opened_before(
        self, knowledge: KnowledgeStore, index: ChromaIndex, encoder: SentenceEncoder
    ) -> None:
        knowledge.put_past([*HISTORY, HISTORY[0].model_copy(update={"id": "undated", "opened": ""})])
        for before, seen in (("2026-02-01", set()), ("2026-02-02", {"fh-1"}), ("", {"fh-1", "undated"})):
            retriever = HybridRetriever(knowledge, index, encoder, allowed=Allowed(before=before))
            assert set(found(retriever, APPROVAL)) == seen


def test_a_note_says_why_it_may_no_longer_hold(retriever: HybridRetriever, knowledge: KnowledgeStore) -> None:
    def told(**changes: object) -> str:
        knowledge.put_passages(NOTES[0].path, [NOTES[0].model_copy(update=changes)])
        evidence = retriever.retrieve(APPROVAL, Reading())
        again = retriever.recall(APPROVAL, Reading(), evidence.found())
        assert again.notes == evidence.notes
        return evidence.notes[0].stale

    assert told(updated="2026-05-01") == ""
    assert told(updated="2025-01-01") == "16 months old"
    assert told(superseded=True) == "superseded"


def test_search_syntax_in_a_mail_is_only_words(retriever: HybridRetriever) -> None:
    request = Request(
        id="r", subject='approve AND NOT "report', body="(NEAR job* report:^2 OR 'x' -- ; {$ne} \x00"
    )
    assert "fh-1" in found(retriever, request)


def test_shows_six_and_four_at_most(
    retriever: HybridRetriever, knowledge: KnowledgeStore, index: ChromaIndex, encoder: SentenceEncoder
) -> None:
    knowledge.put_past([HISTORY[0].model_copy(update={"id": f"more-{n}"}) for n in range(9)])
    knowledge.put_passages(
        "n.md", [NOTES[0].model_copy(update={"id": f"n.md#{n}", "path": "n.md"}) for n in range(9)]
    )
    apply_changes(knowledge, index, encoder)
    evidence = retriever.retrieve(APPROVAL, Reading())
    assert (len(evidence.similar), len(evidence.notes)) == (MOST_SIMILAR, MOST_NOTES)
    assert [s.score for s in evidence.similar] == sorted((s.score for s in evidence.similar), reverse=True)
    assert MOST_RELATED >= len(evidence.related) >= 4  # the comparables there was no room for


class TestMap:
    def touched(self, encoder: SentenceEncoder, knowledge: KnowledgeStore, request: Request) -> list[MapPart]:
        retriever = HybridRetriever(knowledge, NoIndex(), encoder, MAP)
        reading = Reading(ask=request.subject, action="approve", object="job reports")
        return list(retriever.retrieve(request, reading).map_parts)

    def test_names_the_touched_parts(self, encoder: SentenceEncoder, knowledge: KnowledgeStore) -> None:
        parts = self.touched(encoder, knowledge, APPROVAL)
        texts = " | ".join(part.text for part in parts)
        assert all(
            word in texts for word in ("signs job reports", "Invoice-draft worker", "report PDF", "manager")
        )
        assert "Calendar vendor" not in texts
        assert sum(part.role == "route" for part in parts) <= 3

    def test_says_how_much_each_is_touched(self, encoder: SentenceEncoder, knowledge: KnowledgeStore) -> None:
        retriever = HybridRetriever(knowledge, NoIndex(), encoder, MAP)
        reading = Reading(ask=APPROVAL.subject, action="approve", object="job reports")
        evidence = retriever.retrieve(APPROVAL, reading)
        touches = [evidence.touch[part.id] for part in evidence.map_parts]
        assert len(touches) == len(evidence.touch)
        assert touches == sorted(touches, reverse=True)
        assert touches[0] > 2 * touches[-1]
        assert all(0 <= touch <= 1 for touch in touches)

    def test_leaves_alone_what_is_not_touched(
        self, encoder: SentenceEncoder, knowledge: KnowledgeStore
    ) -> None:
        retriever = HybridRetriever(knowledge, NoIndex(), encoder, MAP)
        request = Request(id="r", subject="Canteen", body="Could the canteen serve pasta on Fridays?")
        assert retriever.retrieve(request, Reading()).map_parts == ()

    def test_a_new_map_counts_at_once(self, encoder: SentenceEncoder, knowledge: KnowledgeStore) -> None:
        retriever = HybridRetriever(knowledge, NoIndex(), encoder, ProductMap())
        assert retriever.retrieve(APPROVAL, Reading()).map_parts == ()
        retriever.product_map = MAP
        assert retriever.retrieve(APPROVAL, Reading()).map_parts


ODD_TEXTS = st.text(max_size=60) | st.sampled_from(
    ["", " ", "Export", "予約の変更", "\x00", '" OR 1', "NEAR(a)", "Bitte die Liste exportieren"]
)


@given(
    history=st.lists(st.tuples(ODD_TEXTS, ODD_TEXTS), max_size=5),
    asked=st.tuples(ODD_TEXTS, ODD_TEXTS),
    copies=st.integers(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_odd_texts_are_searched_without_trouble(
    history: list[tuple[str, str]], asked: tuple[str, str], copies: int
) -> None:
    """Other scripts, nothing at all, one document, the same document several times, syntax."""
    database = open_database("sqlite://")
    migrate(database)
    source, index, encoder = KnowledgeStore(database), ChromaIndex(), WordEncoder()
    past = [
        PastRequest(id=f"p-{place}", subject=title, body=body)
        for place, (title, body) in enumerate([*history, *[asked] * copies])
    ]
    source.put_past(past)
    apply_changes(source, index, encoder)
    request = Request(id="r", subject=asked[0], body=asked[1], received=NOW)
    evidence = HybridRetriever(source, index, encoder).retrieve(request, Reading())
    scores = [each.score for each in evidence.similar]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert len({each.past.id for each in evidence.precedents}) == len(evidence.precedents)
    index.close()
    database.dispose()
