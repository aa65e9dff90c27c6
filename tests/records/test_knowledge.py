"""Past requests and notes: replacing, searching, telling the index."""

from __future__ import annotations

from tests.records.material import Jobs, in_review
from triage.domain import Category, Passage, PastRequest, Surprise
from triage.records.knowledge import KnowledgeStore
from triage.records.store import Store

EXPORT = PastRequest(
    id="p-1",
    subject="Export of job reports",
    body="As a spreadsheet, please.",
    closed="2025-04",
    size_days=6.5,
)
SSO = PastRequest(
    id="p-2",
    subject="Single sign-on",
    body="Log in with the company account. An export is not needed.",
    closed="2025-09-01",
    size_days=18,
    surprises=(Surprise(category=Category.SSO, question="How are leavers deprovisioned?"),),
)
OPEN = PastRequest(id="p-3", subject="Dark mode")


def passage(key: str, text: str, path: str = "notes/billing.md") -> Passage:
    return Passage(id=key, path=path, title="Billing › Invoice run", text=text)


def changes(knowledge: KnowledgeStore) -> list[tuple[str, str, bool]]:
    return [(change.kind, change.key, change.gone) for change in knowledge.pending_index_changes()]


def test_past_requests_are_added_once_and_replaced(knowledge: KnowledgeStore) -> None:
    assert knowledge.put_past([EXPORT, SSO, OPEN]) == 3
    assert knowledge.put_past([EXPORT, SSO]) == 0
    bigger = EXPORT.model_copy(update={"size_days": 9.0})
    assert knowledge.put_past([bigger]) == 1
    assert knowledge.past_requests(["p-1", "p-2", "p-9"]) == {"p-1": bigger, "p-2": SSO}
    assert knowledge.past_requests([]) == {}
    assert knowledge.all_past() == [SSO, bigger, OPEN]
    assert knowledge.all_past(limit=1, offset=1) == [bigger]
    assert knowledge.sized_past(10) == [bigger, SSO]
    assert knowledge.sized_past(1) == [SSO]


def test_the_digest_of_sizes_changes_with_them(knowledge: KnowledgeStore) -> None:
    nothing = knowledge.sizes_digest()
    knowledge.put_past([OPEN])
    assert knowledge.sizes_digest() == nothing
    knowledge.put_past([EXPORT])
    first = knowledge.sizes_digest()
    knowledge.put_past([EXPORT.model_copy(update={"size_days": 9.0})])
    assert len({nothing, first, knowledge.sizes_digest()}) == 3


def test_the_index_hears_of_each_change_once(knowledge: KnowledgeStore) -> None:
    knowledge.put_past([EXPORT, SSO])
    assert changes(knowledge) == [("past", "p-1", False), ("past", "p-2", False)]
    seen = [change.id for change in knowledge.pending_index_changes()]
    knowledge.put_past([EXPORT.model_copy(update={"outcome": "delivered"})])
    knowledge.index_changes_done(seen)
    assert changes(knowledge) == [("past", "p-1", False)]
    assert knowledge.pending_index_changes()[0].id > max(seen)
    knowledge.index_changes_done([change.id for change in knowledge.pending_index_changes()])
    assert changes(knowledge) == []


def test_a_note_is_replaced_as_a_whole(knowledge: KnowledgeStore) -> None:
    first, second = passage("b#run", "Nightly run."), passage("b#tax", "Rounding.")
    other = passage("a#x", "Elsewhere.", "notes/audit.md")
    assert knowledge.put_passages("notes/billing.md", [first, second]) == 2
    assert knowledge.put_passages("notes/audit.md", [other]) == 1
    assert knowledge.put_passages("notes/billing.md", [first, second]) == 0
    edited, third = passage("b#run", "Hourly run."), passage("b#new", "New.")
    assert knowledge.put_passages("notes/billing.md", [third, edited]) == 3
    assert knowledge.all_passages() == [other, third, edited]
    assert knowledge.passages(["b#run", "b#tax"]) == {"b#run": edited}
    assert ("note", "b#tax", True) in changes(knowledge)
    assert knowledge.match_passages("", "rounding", 5) == []


def test_notes_whose_file_is_gone_are_forgotten(knowledge: KnowledgeStore) -> None:
    knowledge.put_passages("notes/billing.md", [passage("b#run", "Nightly run.")])
    knowledge.put_passages("notes/audit.md", [passage("a#x", "Elsewhere.", "notes/audit.md")])
    assert knowledge.drop_notes_not_in(["notes/audit.md"]) == 1
    assert [note.id for note in knowledge.all_passages()] == ["a#x"]
    assert knowledge.drop_notes_not_in([]) == 1
    assert knowledge.match_passages("", "run elsewhere", 5) == []


def test_a_decided_request_is_remembered_once(store: Store, jobs: Jobs, knowledge: KnowledgeStore) -> None:
    in_review(store, jobs)
    decided = EXPORT.model_copy(update={"id": "r-0001"})
    store.remember(decided)
    store.remember(decided)
    assert knowledge.past_requests(["r-0001"]) == {"r-0001": decided}
    assert changes(knowledge) == [("past", "r-0001", False)]
    assert [event.kind for event in store.events("r-0001")].count("remembered") == 1


def test_titles_count_more_and_endings_do_not(knowledge: KnowledgeStore) -> None:
    knowledge.put_past([SSO, EXPORT, OPEN])
    hits = knowledge.match_past("", "We would like exporting of reports", 5)
    assert [hit.id for hit in hits] == ["p-1", "p-2"]
    assert hits[0].score > hits[1].score > 0
    assert [hit.id for hit in knowledge.match_past("exports", "", 1)] == ["p-1"]


def test_surprises_are_searched_too(knowledge: KnowledgeStore) -> None:
    knowledge.put_past([SSO, EXPORT])
    assert [hit.id for hit in knowledge.match_past("", "what about leavers", 5)] == ["p-2"]
