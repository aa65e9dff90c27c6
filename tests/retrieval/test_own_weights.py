"""What reviewers kept and dropped moves the ranking, from the approved drafts in the records."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.fakes import WordEncoder, past, question
from tests.records.material import MONDAY, Jobs, new_draft, new_request
from triage.analysts.weights import load_weights
from triage.domain import (
    Citation,
    Decision,
    DecisionKind,
    Draft,
    Evidence,
    EvidenceKind,
    QuestionState,
    Reading,
    Request,
    SimilarRequest,
)
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.store import Store
from triage.retrieval.index import ChromaIndex
from triage.retrieval.indexing import apply_changes
from triage.retrieval.learning import ENOUGH, judged_list
from triage.retrieval.own_weights import OwnWeights
from triage.retrieval.search import WEIGHTS, HybridRetriever
from triage.retrieval.signs import SIGNS

SHIPPED = load_weights(WEIGHTS)
AREA = SIGNS.index("area")
PLAIN = {**dict.fromkeys(SIGNS, 0.4), "age": 4.0}
NEAR, FAR = {**PLAIN, "area": 1.0}, {**PLAIN, "area": 0.0}


@pytest.fixture
def database(knowledge: KnowledgeStore) -> sa.Engine:
    return knowledge._engine


@pytest.fixture
def store(database: sa.Engine) -> Store:
    return Store(database)


def reviewed(request_id: str, kept: dict[str, float], dropped: dict[str, float]) -> Draft:
    """The reviewer kept the question taught by one precedent and dropped that of the other."""
    shown = tuple(
        SimilarRequest(past=past(id_), score=0.8, signs=signs)
        for id_, signs in (("kept", kept), ("dropped", dropped))
    )
    asked = tuple(
        question(
            f"permissions.{state}", state=state, evidence=(Citation(kind=EvidenceKind.PAST, id=past_id),)
        )
        for state, past_id in ((QuestionState.ACCEPTED, "kept"), (QuestionState.DROPPED, "dropped"))
    )
    return new_draft(request_id, evidence=Evidence(similar=shown), questions=asked)


def approve(store: Store, number: int, kept: dict[str, float], dropped: dict[str, float]) -> None:
    key = f"r-{number:04}"
    store.accept(new_request(key, message_id=f"<{key}@birch.example>"), Jobs())
    draft = store.save_draft(reviewed(key, kept, dropped))
    decision = Decision(
        id=f"d-{number}",
        request_id=key,
        kind=DecisionKind.APPROVE,
        version=draft.version,
        by="tara@example.com",
        at=MONDAY + timedelta(hours=number),
    )
    store.decide(decision, None, Jobs())


def test_enough_approvals_move_the_weights_the_right_way(store: Store) -> None:
    own = OwnWeights(SHIPPED, store)
    assert own.model() is SHIPPED
    numbers = itertools.count(1)
    for number in itertools.islice(numbers, ENOUGH - 1):
        approve(store, number, kept=NEAR, dropped=FAR)
    assert own.model() is SHIPPED
    approve(store, next(numbers), kept=NEAR, dropped=FAR)
    first = own.model()
    assert first.weights[AREA] > SHIPPED.weights[AREA]
    assert own.model() is first  # nothing was approved since
    for number in itertools.islice(numbers, 10):
        approve(store, number, kept=FAR, dropped=NEAR)
    assert own.model().weights[AREA] < first.weights[AREA]


def test_what_was_only_proposed_or_sent_back_teaches_nothing(store: Store) -> None:
    for number in range(2 * ENOUGH):
        key = f"r-{number:04}"
        store.accept(new_request(key, message_id=f"<{key}@birch.example>"), Jobs())
        draft = store.save_draft(reviewed(key, NEAR, FAR))
        if number % 2:
            back = Decision(
                id=f"d-{number}",
                request_id=key,
                kind=DecisionKind.SEND_BACK,
                version=draft.version,
                by="tara@example.com",
                at=MONDAY,
                guidance="again",
            )
            store.decide(back, None, Jobs())
    assert store.approved_drafts(100) == []
    assert OwnWeights(SHIPPED, store).model() is SHIPPED


def test_the_latest_approvals_come_first(store: Store) -> None:
    nothing = store.approvals_digest()
    for number in (1, 2, 3):
        approve(store, number, NEAR, FAR)
    assert [draft.request_id for draft in store.approved_drafts(2)] == ["r-0003", "r-0002"]
    assert store.approvals_digest() != nothing


def test_signs_are_read_by_name(store: Store) -> None:
    judged = judged_list(reviewed("r-1", NEAR, FAR))
    assert judged is not None
    assert judged.signs[:, AREA].tolist() == [1.0, 0.0]
    assert judged.kept.tolist() == [True, False]


@pytest.mark.parametrize("lacking", [{}, {"area": 1.0}])
def test_drafts_of_an_earlier_version_have_no_signs_and_are_passed_over(lacking: dict[str, float]) -> None:
    assert judged_list(reviewed("r-1", lacking, lacking)) is None


def test_the_service_ranks_by_what_was_learned(
    store: Store, knowledge: KnowledgeStore, index: ChromaIndex
) -> None:
    """Two past requests with the same words: the reviewers of this company keep those of the same area."""
    encoder = WordEncoder()
    knowledge.put_past(
        [
            past("a-other", subject="Export of parts", body="As a file.", product_area="jobs"),
            past("b-same", subject="Export of parts", body="As a file.", product_area="billing"),
        ]
    )
    apply_changes(knowledge, index, encoder)
    retriever = HybridRetriever(knowledge, index, encoder, own=OwnWeights(SHIPPED, store))
    request = Request(id="r", subject="Export of parts", body="As a file.", product_area="billing")

    def gap() -> float:
        by_id = {each.past.id: each for each in retriever.retrieve(request, Reading()).similar}
        assert by_id["b-same"].signs.keys() == set(SIGNS)
        return by_id["b-same"].score / by_id["a-other"].score

    before = gap()
    for number in range(40):
        approve(store, number, kept=NEAR, dropped=FAR)
    assert gap() > before > 1


def test_a_person_can_read_what_was_learned(store: Store) -> None:
    own = OwnWeights(SHIPPED, store)
    assert f"From {ENOUGH} on they move the weights." in own.as_text()
    for number in range(ENOUGH):
        approve(store, number, NEAR, FAR)
    told = own.as_text()
    assert f"some dropped: {ENOUGH}." in told
    assert "From" not in told
    (line,) = (line for line in told.splitlines() if line.startswith("area"))
    _, shipped, here = line.split()
    assert float(here) > float(shipped) == SHIPPED.weights[AREA]
    assert not any(name in told for name in ("Birch", "r-0001", "Export", "tara"))


def test_an_empty_database_has_shipped_weights_in_force() -> None:
    engine = open_database("sqlite://")
    migrate(engine)
    assert OwnWeights(SHIPPED, Store(engine)).model() is SHIPPED
    engine.dispose()
