from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.fakes import WordEncoder
from triage.domain import Passage, PastRequest
from triage.records.knowledge import KnowledgeStore
from triage.retrieval.index import ChromaIndex, NoIndex, collection_name
from triage.retrieval.indexing import BATCH, apply_changes, index_is_incomplete, reindex

ENCODER = WordEncoder()
PAST, PAST_TITLE, NOTE, NOTE_TITLE = (
    collection_name(kind, ENCODER) for kind in ("past", "past-title", "note", "note-title")
)


def past(number: int, subject: str = "Export of parts") -> PastRequest:
    return PastRequest(
        id=f"fh-{number:03}", closed=f"2026-01-{number % 28 + 1:02}", subject=subject, body="As a file."
    )


def passage(number: int, path: str = "notes/a.md") -> Passage:
    return Passage(id=f"{path}#{number}", path=path, title="Exports › Limits", text=f"Rule {number}.")


def counts(index: ChromaIndex) -> list[int]:
    return [index.count(name) for name in (PAST, PAST_TITLE, NOTE, NOTE_TITLE)]


def test_drains_everything_pending(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    knowledge.put_past([past(number) for number in range(BATCH + 6)])
    knowledge.put_passages("notes/a.md", [passage(1), passage(2)])
    assert apply_changes(knowledge, index, ENCODER) == BATCH + 8
    assert counts(index) == [BATCH + 6, BATCH + 6, 2, 2]
    assert not knowledge.pending_index_changes()
    assert apply_changes(knowledge, index, ENCODER) == 0


def test_whole_and_title_have_vectors_of_their_own(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    knowledge.put_past([past(1)])
    apply_changes(knowledge, index, ENCODER)
    full, title = ENCODER.encode(["Export of parts\n\nAs a file.", "Export of parts"])
    assert np.allclose(index.vectors(PAST, ["fh-001"])["fh-001"], full, atol=1e-6)
    assert np.allclose(index.vectors(PAST_TITLE, ["fh-001"])["fh-001"], title, atol=1e-6)


def test_changed_text_replaces_and_gone_text_goes(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    knowledge.put_past([past(1)])
    knowledge.put_passages("notes/a.md", [passage(1), passage(2)])
    apply_changes(knowledge, index, ENCODER)
    knowledge.put_past([past(1, "Something else")])
    knowledge.put_passages("notes/a.md", [passage(2)])
    apply_changes(knowledge, index, ENCODER)
    assert counts(index) == [1, 1, 1, 1]
    assert index.query(PAST_TITLE, ENCODER.encode(["Something else"])[0], 1)[0].score == pytest.approx(
        1, abs=1e-5
    )


def test_gone_and_back_again_before_anyone_looked(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    knowledge.put_passages("notes/a.md", [passage(1)])
    knowledge.put_passages("notes/a.md", [])
    knowledge.put_passages("notes/a.md", [passage(1)])
    apply_changes(knowledge, index, ENCODER)
    assert counts(index) == [0, 0, 1, 1]


def test_stops_early_when_others_wait(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    knowledge.put_past([past(number) for number in range(BATCH + 6)])
    assert apply_changes(knowledge, index, ENCODER, most=10) == BATCH
    assert len(knowledge.pending_index_changes()) == 6


def test_what_failed_stays_pending(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    class Broken(WordEncoder):
        def encode(self, texts: Sequence[str]) -> np.ndarray:
            raise RuntimeError("out of memory")

    knowledge.put_past([past(1)])
    with pytest.raises(RuntimeError):
        apply_changes(knowledge, index, Broken())
    assert len(knowledge.pending_index_changes()) == 1
    assert apply_changes(knowledge, index, ENCODER) == 1


def test_a_process_without_the_index_leaves_changes_alone(knowledge: KnowledgeStore) -> None:
    knowledge.put_past([past(1)])
    with pytest.raises(Exception, match="does not hold the vector index"):
        apply_changes(knowledge, NoIndex(), ENCODER)
    assert len(knowledge.pending_index_changes()) == 1


def test_reindex_builds_everything_anew(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    knowledge.put_past([past(number) for number in range(BATCH + 1)])
    knowledge.put_passages("notes/a.md", [passage(1)])
    index.upsert(PAST, ["left over"], ENCODER.encode(["left over"]))
    seen: list[tuple[int, int]] = []
    done = reindex(knowledge, index, ENCODER, lambda done, total: seen.append((done, total)))
    assert done == BATCH + 2
    assert seen == [(0, 66), (64, 66), (65, 66), (66, 66)]
    assert counts(index) == [BATCH + 1, BATCH + 1, 1, 1]
    assert not knowledge.pending_index_changes()


def test_missing_index_is_noticed(knowledge: KnowledgeStore, index: ChromaIndex) -> None:
    assert not index_is_incomplete(knowledge, index, ENCODER)  # nothing known, nothing missing
    knowledge.put_past([past(1)])
    assert not index_is_incomplete(knowledge, index, ENCODER)  # pending, will come by itself
    apply_changes(knowledge, index, ENCODER)
    assert not index_is_incomplete(knowledge, index, ENCODER)
    index.reset(PAST)
    assert index_is_incomplete(knowledge, index, ENCODER)


@pytest.mark.parametrize("name", [PAST, PAST_TITLE, NOTE, NOTE_TITLE])
def test_a_part_that_is_lost_or_too_much_is_noticed_and_rebuilt(
    knowledge: KnowledgeStore, index: ChromaIndex, name: str
) -> None:
    knowledge.put_past([past(1), past(2), past(3).model_copy(update={"archived": True})])
    knowledge.put_passages("notes/a.md", [passage(1), passage(2)])
    apply_changes(knowledge, index, ENCODER)
    assert not index_is_incomplete(knowledge, index, ENCODER)
    index.delete(name, [past(1).id, passage(1).id])
    assert index_is_incomplete(knowledge, index, ENCODER)
    reindex(knowledge, index, ENCODER)
    assert not index_is_incomplete(knowledge, index, ENCODER)
    index.upsert(name, ["left over"], ENCODER.encode(["left over"]))
    assert index_is_incomplete(knowledge, index, ENCODER)


def test_a_request_without_a_subject_is_known_by_its_first_line(
    knowledge: KnowledgeStore, index: ChromaIndex
) -> None:
    knowledge.put_past([PastRequest(id="fh-1", body="\nFirst line here\nand more")])
    apply_changes(knowledge, index, ENCODER)
    hit = index.query(PAST_TITLE, ENCODER.encode(["First line here"])[0], 1)[0]
    assert hit.score == pytest.approx(1.0, abs=1e-5)
