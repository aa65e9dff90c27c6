"""The history in pages, what cites what, and the tables behind both from an older database on."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import triage.records
from tests.records.material import MONDAY, Jobs, in_review, new_draft, new_request
from triage.domain import (
    Category,
    Citation,
    Decision,
    DecisionKind,
    Draft,
    Evidence,
    EvidenceKind,
    FoundPassage,
    Passage,
    PastRequest,
    Question,
    QuestionState,
    RoughSize,
    SimilarRequest,
    Surprise,
    Verdict,
)
from triage.records.citations import put_citations
from triage.records.facets import CATEGORY, EVERY, KIND, VERDICT, facets_of, put_facets
from triage.records.knowledge import KnowledgeStore
from triage.records.overview import MOST_COUNTED, Place, Uses
from triage.records.store import Store

NOTE, PAST = EvidenceKind.NOTE, EvidenceKind.PAST


def past(key: str, closed: str = "", **fields: object) -> PastRequest:
    return PastRequest.model_validate({"id": key, "closed": closed, "subject": f"Request {key}"} | fields)


def surprised(*categories: Category) -> tuple[Surprise, ...]:
    return tuple(Surprise(category=category, question="Who may?") for category in categories)


def citing(*citations: Citation, state: QuestionState = QuestionState.PROPOSED) -> tuple[Question, ...]:
    return (Question(id="q1", question="Who may?", category="permissions", evidence=citations, state=state),)


def cite(kind: str, key: str) -> Citation:
    return Citation.model_validate({"kind": kind, "id": key})


def ids(store: Store, wanted: dict[str, str] | None = None, **where: Place | None) -> list[str]:
    return [each.id for each in store.history(wanted or {}, 2, **where).rows]


def test_the_history_is_read_in_pages_both_ways(store: Store, knowledge: KnowledgeStore) -> None:
    days = {"a": "2025-01", "b": "2025-03-02", "c": "2025-03-02", "d": "2026-01-01", "e": "2024-05"}
    knowledge.put_past([past(key, day) for key, day in days.items()])
    first = store.history({}, 2)
    assert [each.id for each in first.rows] == ["d", "c"]
    assert first.newer is None
    second = store.history({}, 2, below=first.older)
    assert [each.id for each in second.rows] == ["b", "a"]
    last = store.history({}, 2, below=second.older)
    assert [each.id for each in last.rows] == ["e"]
    assert (last.older, last.newer) == (None, Place(day="2024-05", id="e"))
    back = store.history({}, 2, above=last.newer)
    assert back == second
    assert store.history({}, 2, above=back.newer) == first
    assert ids(store, above=Place(day="2027", id="")) == []


def test_what_ended_nowhere_stands_at_the_day_it_was_asked_for(
    store: Store, knowledge: KnowledgeStore
) -> None:
    knowledge.put_past([past("a", "2025-01"), past("b", opened="2026-02-03"), past("c")])
    assert [each.id for each in store.history({}, 9).rows] == ["b", "a", "c"]


def test_facets_narrow_and_are_counted(store: Store, knowledge: KnowledgeStore) -> None:
    knowledge.put_past(
        [
            past("a", "2025-01", verdict=Verdict.YES, kinds=("export",), surprises=surprised(Category.SCALE)),
            past("b", "2025-02", verdict=Verdict.YES, kinds=("import", "export")),
            past("c", "2025-03", verdict=Verdict.NO, surprises=surprised(Category.SCALE, Category.SCALE)),
        ]
    )
    assert ids(store, {VERDICT: "yes"}) == ["b", "a"]
    assert ids(store, {CATEGORY: "scale"}) == ["c", "a"]
    assert ids(store, {KIND: "export", VERDICT: "yes", CATEGORY: "scale"}) == ["a"]
    assert ids(store, {KIND: "nothing"}) == []
    assert store.count_history({VERDICT: "yes", KIND: "export"}) == 2
    assert store.facet_counts() == {
        EVERY: 3,
        (VERDICT, "yes"): 2,
        (VERDICT, "no"): 1,
        (CATEGORY, "scale"): 2,
        (KIND, "export"): 2,
        (KIND, "import"): 1,
    }


def test_a_combination_is_not_counted_for_ever(store: Store, knowledge: KnowledgeStore) -> None:
    many = MOST_COUNTED + 20
    knowledge.put_past([past(f"p-{n}", verdict=Verdict.YES, kinds=("export",)) for n in range(many)])
    assert store.count_history({VERDICT: "yes", KIND: "export"}) == MOST_COUNTED + 1
    assert store.count_history({VERDICT: "yes"}) == many


def test_a_changed_archived_or_confidential_one_leaves_its_old_places(
    store: Store, knowledge: KnowledgeStore
) -> None:
    one = past("a", "2025-01", verdict=Verdict.YES)
    knowledge.put_past([one, past("b", "2025-02", label="board"), past("c", archived=True)])
    assert ids(store) == ["a"]
    knowledge.put_past([one.model_copy(update={"verdict": Verdict.NO, "closed": "2026-01"})])
    assert store.facet_counts() == {EVERY: 1, (VERDICT, "no"): 1}
    knowledge.put_past([one.model_copy(update={"archived": True})])
    assert store.facet_counts() == {}


def test_the_newest_draft_says_what_is_cited(store: Store, jobs: Jobs, knowledge: KnowledgeStore) -> None:
    knowledge.put_passages("n.md", [_passage("n.md#a", "n.md"), _passage("n.md#b", "n.md")])
    for key in ("r-0001", "r-0002"):
        in_review(store, jobs, key)
    note_a, note_b = cite(NOTE, "n.md#a"), cite(NOTE, "n.md#b")
    first = store.latest_draft("r-0001")
    assert first is not None
    both = first.model_copy(update={"questions": citing(note_a, note_b, note_a, cite("map", "m"))})
    store.save_edit(both, base_version=1, by="tara@example.com")
    other = new_draft(
        "r-0002",
        version=1,
        questions=citing(note_a),
        size=RoughSize(comparables=(cite(PAST, "p"),)),
    )
    store.save_edit(other, base_version=1, by="tara@example.com")
    approved = Decision(
        id="d-1", request_id="r-0002", kind=DecisionKind.APPROVE, version=2, by="tara@example.com"
    )
    store.decide(approved, None, jobs)
    uses = store.passage_uses()
    assert {key: (each.requests, each.cited, each.decided) for key, each in uses.items()} == {
        "n.md#a": (2, 2, 1),
        "n.md#b": (1, 1, 0),
    }
    assert store.note_uses()["n.md"].model_copy(update={"last": None}) == Uses(requests=2, cited=2, decided=1)
    found = store.citing(NOTE, "n.md#a")
    assert [record.request.id for record in found.records] == ["r-0002", "r-0001"]
    assert found.uses == uses["n.md#a"]
    assert [record.request.id for record in store.citing(PAST, "p").records] == ["r-0002"]
    assert store.citing(NOTE, "n.md#none").uses == Uses()


def test_what_is_only_shown_is_used_but_not_cited(
    store: Store, jobs: Jobs, knowledge: KnowledgeStore
) -> None:
    note = _passage("n.md#a", "n.md")
    knowledge.put_passages("n.md", [note])
    draft = in_review(store, jobs)
    evidence = Evidence(
        similar=(SimilarRequest(past=past("p"), score=0.7),),
        related=(SimilarRequest(past=past("far"), score=0.2),),
        notes=(FoundPassage(passage=note, score=0.5),),
    )
    shown = draft.model_copy(update={"evidence": evidence, "questions": citing(cite(PAST, "p"))})
    store.save_edit(shown, base_version=1, by="tara@example.com")
    only_shown = store.passage_uses()["n.md#a"]
    assert (only_shown.requests, only_shown.cited) == (1, 0)
    both = store.citing(PAST, "p").uses
    assert (both.requests, both.cited) == (1, 1)
    assert store.citing(PAST, "far").uses == Uses()


def test_a_dropped_question_cites_nothing(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    cited = citing(cite(PAST, "p"))
    saved = store.save_edit(draft.model_copy(update={"questions": cited}), base_version=1, by="t@example.com")
    assert store.citing(PAST, "p").uses.requests == 1
    dropped = citing(*cited[0].evidence, state=QuestionState.DROPPED)
    store.save_edit(saved.model_copy(update={"questions": dropped}), base_version=2, by="t@example.com")
    assert store.citing(PAST, "p").uses.requests == 0


def test_only_what_every_reviewer_may_see_is_on_the_shelf(store: Store, knowledge: KnowledgeStore) -> None:
    open_, closed = _passage("a.md#x", "a.md"), _passage("b.md#x", "b.md", label="board")
    knowledge.put_passages("a.md", [open_])
    knowledge.put_passages("b.md", [closed])
    assert store.notes() == [open_]
    assert (store.note("a.md"), store.note("b.md")) == ([open_], [])


def test_the_holdings_are_counted(store: Store, jobs: Jobs, knowledge: KnowledgeStore) -> None:
    knowledge.put_past([past("a"), past("b", archived=True)])
    knowledge.put_passages("n.md", [_passage("n.md#a", "n.md"), _passage("n.md#b", "n.md")])
    in_review(store, jobs)
    held = store.holdings()
    assert (held.past, held.archived, held.notes, held.passages, held.pending) == (1, 1, 1, 2, 4)
    assert (held.requests, held.drafts) == (1, 1)
    assert held.database.split()[0] in ("SQLite", "PostgreSQL")


def test_an_older_database_is_filled_as_if_it_had_always_kept_them(
    database: sa.Engine, store: Store, jobs: Jobs, knowledge: KnowledgeStore
) -> None:
    asked = citing(cite(NOTE, "n.md#a"), cite(PAST, "p"), cite("map", "m"))
    store.accept(new_request(), jobs)
    evidence = Evidence(notes=(FoundPassage(passage=_passage("n.md#b", "n.md"), score=0.5),))
    store.save_draft(new_draft(questions=asked, evidence=evidence, created=MONDAY))
    knowledge.put_past(
        [
            past("a", "2025-01", verdict=Verdict.YES, kinds=("export",), surprises=surprised(Category.SCALE)),
            past("b", opened="2026-02-03", label="board"),
            past("c", archived=True),
        ]
    )
    before = _rows(database)
    assert [len(rows) for rows in before] == [4, 3]
    _migrate(database, "0003")
    assert "past_facets" not in sa.inspect(database).get_table_names()
    _migrate(database, "head")
    assert _rows(database) == before


def test_writing_the_rows_again_changes_nothing(database: sa.Engine, store: Store, jobs: Jobs) -> None:
    asked = citing(cite(PAST, "p"))
    store.accept(new_request(), jobs)
    draft: Draft = store.save_draft(new_draft(questions=asked))
    one = past("a", "2025-01", verdict=Verdict.YES)
    with database.begin() as connection:
        put_facets(connection, [one])
    before = _rows(database)
    assert len(before[0]) == len(facets_of(one)) == 2
    with database.begin() as connection:
        put_facets(connection, [one])
        put_citations(connection, draft)
    assert _rows(database) == before


def _passage(key: str, path: str, label: str = "") -> Passage:
    return Passage(id=key, path=path, title="Billing › Run", text="The nightly run.", label=label)


def _rows(database: sa.Engine) -> list[list[tuple[object, ...]]]:
    tables = ("past_facets ORDER BY facet, value, past_id", "citations ORDER BY kind, key, request_id")
    with database.connect() as connection:
        return [
            [tuple(map(str, row)) for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]
            for table in tables
        ]


def _migrate(database: sa.Engine, revision: str) -> None:
    """Down or up to a revision, on one connection as the service does it."""

    config = Config()
    folder = Path(triage.records.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)
