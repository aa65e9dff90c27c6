"""Keyword search: candidates from the database, scores from our own counts, the same on both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.domain import Passage, PastRequest
from triage.records import keyword
from triage.records.bm25 import Query, TermStatistics, counted
from triage.records.database import migrate, open_database
from triage.records.keyword import _rarest
from triage.records.knowledge import KnowledgeStore

WORDS = [
    "export",
    "list",
    "nightly",
    "branch",
    "manager",
    "invoice",
    "approve",
    "übergabe",
    "予約",
    "sso",
    "7781",
    "the",
    "please",
]
HISTORY = [
    PastRequest(id="p-1", subject="Export of job reports", body="As a spreadsheet, please."),
    PastRequest(id="p-2", subject="Single sign-on", body="An export is not needed, nor a job."),
    PastRequest(id="p-3", subject="Überblick", body="予約の変更 für Käufer"),
    PastRequest(id="p-4", subject="", body=""),
    PastRequest(id="p-5", subject="Export of job reports", body="As a spreadsheet, please."),
]
QUERIES = [
    "export",
    "job reports",
    "予約",
    "kaufer",
    "nothing of it",
    "",
    "Export of job reports spreadsheet",
]
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def counts(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is counted, without ids and without the number of changes."""
    queries = {
        "texts": "SELECT corpus, key, length, counts FROM word_texts ORDER BY corpus, key",
        "words": "SELECT corpus, word, texts FROM word_counts ORDER BY corpus, word",
        "totals": "SELECT corpus, texts, length FROM word_totals WHERE texts > 0 ORDER BY corpus",
    }
    with engine.connect() as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(sa.text(query)))
            for name, query in queries.items()
        }


def scored(knowledge: KnowledgeStore, text: str, ids: list[str]) -> dict[str, float]:
    """The scores of these past requests, found by words or not."""
    return {hit.id: hit.score for hit in knowledge.match_past("", text, 0, ids)}


def test_identical_texts_score_one(knowledge: KnowledgeStore) -> None:
    knowledge.put_past(HISTORY)
    hits = knowledge.match_past("Export of job reports", "As a spreadsheet, please.", 5)
    assert [(hit.id, hit.score) for hit in hits][:2] == [("p-1", 1.0), ("p-5", 1.0)]
    assert [hit.id for hit in hits] == ["p-1", "p-5", "p-2"]
    assert 0 < hits[2].score < 0.3


def test_scores_are_those_of_the_plain_formula(knowledge: KnowledgeStore) -> None:
    knowledge.put_past(HISTORY)
    known = {past.id: counted(past.subject, past.body) for past in HISTORY}
    length = sum(sum(each.values()) for each in known.values())
    for text in QUERIES:
        asked = counted("", text)
        holding = {term: sum(term in each for each in known.values()) for term in asked}
        query = Query(asked, TermStatistics(len(known), length, holding))
        plain = {key: query.share(each, sum(each.values())) for key, each in known.items()}
        found = scored(knowledge, text, list(known))
        assert found == (plain if asked else {})
        hits = {hit.id: hit.score for hit in knowledge.match_past("", text, 5)}
        assert hits == {key: score for key, score in plain.items() if score > 0}


@pytest.mark.postgres
def test_both_databases_give_the_same_hits_and_scores(new_postgres_database: Callable[[], str]) -> None:
    engines = [open_database(url) for url in ("sqlite://", new_postgres_database())]
    for engine in engines:
        migrate(engine)
    one, other = (KnowledgeStore(engine) for engine in engines)

    @settings(max_examples=12, deadline=None)
    @given(history=st.lists(st.tuples(texts, texts), max_size=8), queries=st.lists(texts, max_size=4))
    def check(history: list[tuple[str, str]], queries: list[str]) -> None:
        past = [
            PastRequest(id=f"p-{place}", subject=title, body=body)
            for place, (title, body) in enumerate(history)
        ]
        for store in (one, other):
            store.put_past(past)
        for query in queries:
            assert one.match_past(query, "", 3) == other.match_past(query, "", 3)
            ids = [each.id for each in past]
            assert scored(one, query, ids) == scored(other, query, ids)
            assert one.match_past(query, "", 2, ids) == other.match_past(query, "", 2, ids)
        assert counts(engines[0]) == counts(engines[1])

    try:
        check()
    finally:
        for engine in engines:
            engine.dispose()


@given(
    rounds=st.lists(
        st.lists(st.tuples(st.sampled_from("abcd"), texts, st.booleans()), max_size=4), max_size=4
    )
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_follow_every_change(
    knowledge: KnowledgeStore, database: sa.Engine, rounds: list[list[tuple[str, str, bool]]]
) -> None:
    """Whatever was put, replaced or archived: the counts are those of what stands there now."""
    for each in rounds:
        knowledge.put_past(
            [PastRequest(id=key, subject=text, archived=archived) for key, text, archived in each]
        )
        notes = [Passage(id=f"n#{key}", path="n.md", title="", text=text) for key, text, _ in each]
        knowledge.put_passages("n.md", list({note.id: note for note in notes}.values()))
    before = counts(database)
    knowledge.recount_words()
    assert counts(database) == before


def test_every_change_is_a_new_edition(knowledge: KnowledgeStore) -> None:
    assert knowledge.past_edition() == 0
    editions = [knowledge.past_edition() for past in HISTORY if knowledge.put_past([past])]
    assert editions == sorted(set(editions))
    knowledge.put_past(HISTORY)
    assert knowledge.past_edition() == editions[-1]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "the and of", '"', "NEAR(", "title:", "* ^ -", "a OR", "' : & | !", "!!!", "\\", "\x00"],
)
def test_search_syntax_means_nothing(knowledge: KnowledgeStore, text: str) -> None:
    knowledge.put_past(HISTORY)
    assert knowledge.match_past(text, "", 5) == []
    assert [hit.id for hit in knowledge.match_past("", f"{text} spreadsheet", 5)] == ["p-1", "p-5"]


def test_a_statement_in_a_query_is_only_words(knowledge: KnowledgeStore) -> None:
    knowledge.put_past(HISTORY)
    knowledge.match_past("'; DROP TABLE past_words; --", "' OR 1=1", 5)
    assert knowledge.match_past("export", "", 5)


@given(text=st.text(max_size=80))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_may_be_stored_and_searched(knowledge: KnowledgeStore, text: str) -> None:
    knowledge.put_past([PastRequest(id="p-9", subject=text, body=text)])
    assert {hit.id: hit.score for hit in knowledge.match_past(text, text, 5)} in ({}, {"p-9": 1.0})


def test_archived_is_not_found_until_it_is_back(knowledge: KnowledgeStore) -> None:
    knowledge.put_past(HISTORY)
    hidden = HISTORY[0].model_copy(update={"archived": True})
    knowledge.put_past([hidden])
    assert [hit.id for hit in knowledge.match_past("reports", "", 5)] == ["p-5"]
    assert scored(knowledge, "reports", ["p-1"]) == {}
    knowledge.put_past([HISTORY[0]])
    assert [hit.id for hit in knowledge.match_past("reports", "", 5)] == ["p-1", "p-5"]


def test_only_the_rarest_words_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword, "POSTINGS", 10)
    assert _rarest({"a": 9, "b": 1, "c": 8, "d": 1}) == ["b", "d", "c"]
    assert _rarest({"common": 40}) == ["common"]
    assert _rarest({"everywhere": 41}) == []
    assert len(_rarest({f"w{number}": 0 for number in range(100)})) == keyword.MAX_WORDS


def test_what_is_asked_for_by_id_comes_after_the_best(knowledge: KnowledgeStore) -> None:
    knowledge.put_past(HISTORY)
    found = knowledge.match_past("Export of job reports", "", 1, ["p-3", "p-2", "p-1", "unknown", "p-5"])
    plain = knowledge.match_past("Export of job reports", "", 5)
    assert found[0].id == "p-1"
    assert sorted(found[1:], key=lambda hit: -hit.score)[:2] == plain[1:]
    assert {hit.id: hit.score for hit in found}["p-3"] == 0.0
    assert "unknown" not in {hit.id for hit in found}


def test_a_long_query_finds_by_its_rare_words(knowledge: KnowledgeStore) -> None:
    knowledge.put_past(
        [PastRequest(id=f"p-{n}", subject=f"list {n}x", body="list of jobs") for n in range(50)]
    )
    body = " ".join(f"word{number}" for number in range(3_000)) + " list 7x"
    assert knowledge.match_past("", body, 3)[0].id == "p-7"
