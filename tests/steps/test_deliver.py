"""`deliver` queues the mails that follow from a decision, however often it runs."""

from __future__ import annotations

import pytest

from tests.fakes import question, request
from triage.desk import MemoryDesk
from triage.domain import Answer, Decision, DecisionKind, Draft, Verdict
from triage.errors import NotFound
from triage.letters import DecisionLetters
from triage.steps import deliver

LETTERS = DecisionLetters(
    "https://triage.example.com",
    "triage@example.com",
    "support@example.com",
    own_domains=frozenset({"example.com"}),
)
ANSWER = Answer(verdict=Verdict.YES, sentence="Yes, from May.", checklist=("Switch it on",))


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.add(request())
    desk.save_draft(Draft(request_id="r-1", questions=(question(),), answer=ANSWER))
    return desk


def decision(kind: DecisionKind, **changes: object) -> Decision:
    values = {"id": "d-1", "request_id": "r-1", "kind": kind, "version": 1, "by": "rev@example.com"}
    return Decision(**{**values, **changes})


def test_an_approval_queues_answer_and_checklist_once(desk: MemoryDesk) -> None:
    for _ in range(3):
        deliver(desk, LETTERS, decision(DecisionKind.APPROVE))
    assert [(mail.kind, mail.to) for mail in desk.messages] == [
        ("answer", "sam@example.com"),
        ("checklist", "support@example.com"),
    ]
    assert "Yes, from May." in desk.messages[0].text


def test_questions_are_queued_once(desk: MemoryDesk) -> None:
    for _ in range(2):
        deliver(desk, LETTERS, decision(DecisionKind.ASK, questions=("Who may export?",)))
    (mail,) = desk.messages
    assert mail.kind == "questions"
    assert "Who may export?" in mail.text


def test_sending_back_writes_to_nobody(desk: MemoryDesk) -> None:
    deliver(desk, LETTERS, decision(DecisionKind.SEND_BACK, guidance="Think again."))
    assert desk.messages == []


def test_the_version_the_human_had_read_is_the_one_that_leaves(desk: MemoryDesk) -> None:
    later = ANSWER.model_copy(update={"sentence": "No."})
    desk.save_draft(Draft(request_id="r-1", answer=later))
    deliver(desk, LETTERS, decision(DecisionKind.APPROVE, version=1))
    assert "Yes, from May." in desk.messages[0].text
    with pytest.raises(NotFound):
        deliver(desk, LETTERS, decision(DecisionKind.APPROVE, version=9))
