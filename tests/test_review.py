"""Approving, sending back, asking: the rules in front, one winner behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.records.material import Jobs, in_review, new_draft, new_request
from triage import review
from triage.clock import BusinessCalendar, Team, Teams
from triage.domain import Answer, DecisionKind, QuestionState, Status, Verdict
from triage.errors import BadInput, Claimed, Conflict, RuleBroken
from triage.records.database import migrate, open_database
from triage.records.store import Store

TARA = "tara@example.com"
TEAMS = Teams(Team("", BusinessCalendar("Europe/Berlin")))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    migrate(engine)
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


def test_an_approval_names_what_was_read_and_how_much_time_was_left(store: Store, jobs: Jobs) -> None:
    now = datetime.now(UTC)
    due = TEAMS.default.calendar.add(now, 24)
    store.accept(new_request(), jobs, due=due, breach=due + timedelta(days=1))
    draft = store.save_draft(new_draft())
    decision = review.approve(store, TEAMS, draft, TARA, jobs)
    assert (decision.kind, decision.version, decision.by) == (DecisionKind.APPROVE, 1, TARA)
    assert store.decision(decision.id) == decision
    assert "approved version 1, 23 hours 59 minutes before it was due" in store.events("r-0001")[-1].detail


def test_with_grace_it_waits_and_can_be_taken_back(store: Store, jobs: Jobs) -> None:
    draft, waits = in_review(store, jobs), list[timedelta]()

    def later(connection: sa.Connection, key: str, /, *, after: timedelta = timedelta()) -> None:
        waits.append(after)
        jobs(connection, key)

    grace = timedelta(seconds=10)
    decision = review.approve(store, TEAMS, draft, TARA, later, grace=grace)
    assert waits == [grace]
    assert store.record("r-0001").undo_until == decision.at + grace
    store.undo(decision.id, TARA)
    review.approve(store, TEAMS, draft, TARA, later)
    assert waits == [grace, timedelta()]
    assert store.record("r-0001").status is Status.ANSWERED


def test_somebody_elses_claim_stops_every_decision_until_it_is_taken_over(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.claim("r-0001", "ute@example.com")
    with pytest.raises(Claimed, match="ute"):
        review.approve(store, TEAMS, draft, TARA, jobs)
    with pytest.raises(Claimed, match="ute"):
        review.send_back(store, "r-0001", 1, "smaller", TARA, jobs)
    with pytest.raises(Claimed, match="ute"):
        review.ask(store, "r-0001", 1, ["q1"], TARA, jobs)
    review.ask(store, "r-0001", 1, ["q1"], TARA, jobs, take_over=True)
    assert store.record("r-0001").status is Status.WAITING


def test_an_approval_after_its_time_says_so(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    review.approve(store, TEAMS, draft, TARA, jobs)
    assert store.events("r-0001")[-1].detail.endswith(" late")


def test_a_broken_rule_changes_nothing(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    answer = Answer(verdict=Verdict.YES_BUT, sentence="Yes, in three weeks.")
    with pytest.raises(RuleBroken, match="at least one condition") as caught:
        review.approve(store, TEAMS, draft.model_copy(update={"answer": answer}), TARA, jobs)
    assert "conditions" in caught.value.missing
    assert "decider" in caught.value.missing
    assert store.record("r-0001").status is Status.IN_REVIEW
    assert len(store.drafts("r-0001")) == 1


def test_what_was_typed_while_approving_goes_out_and_nothing_else(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    answer = draft.answer.model_copy(update={"sentence": "Yes, for managers of one branch."})
    decision = review.approve(store, TEAMS, draft.model_copy(update={"answer": answer}), TARA, jobs)
    assert store.draft("r-0001", decision.version).answer == answer
    shown = review.differences(draft, store.draft("r-0001", decision.version))
    assert [difference.field for difference in shown] == ["sentence"]


def test_an_older_version_cannot_be_approved(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.save_edit(draft.model_copy(update={"flags": ("x",)}), base_version=1, by="ute@example.com")
    with pytest.raises(Conflict, match=r"ute@example\.com saved version 2"):
        review.approve(store, TEAMS, draft, TARA, jobs)


def test_sending_back_needs_guidance(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    with pytest.raises(BadInput, match="needs guidance"):
        review.send_back(store, "r-0001", 1, "  ", TARA, jobs)
    review.send_back(store, "r-0001", 1, " One branch only. ", TARA, jobs)
    assert store.guidance("r-0001") == "One branch only."
    assert store.record("r-0001").status is Status.DRAFTING


def test_asking_and_answering(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    before = store.record("r-0001")
    decision = review.ask(store, "r-0001", 1, ["q3", "q1", "q3"], TARA, jobs)
    assert decision.questions == ("Question 3?", "Question 1?")
    assert [question.id for question in store.asked("r-0001")] == ["q3", "q1"]
    states = [question.state for question in store.draft("r-0001", decision.version).questions]
    assert states == [QuestionState.ACCEPTED, QuestionState.PROPOSED, QuestionState.ACCEPTED]

    back = review.answer_questions(store, TEAMS, "r-0001", [("q1", "Both regions.")], "sam@example.com")
    assert back.status is Status.IN_REVIEW
    assert before.due is not None
    assert back.due is not None
    assert before.due <= back.due < before.due + timedelta(minutes=5)
    assert store.asked("r-0001") == []


def test_asking_needs_questions_of_this_draft(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    with pytest.raises(BadInput, match="No question was chosen"):
        review.ask(store, "r-0001", 1, [], TARA, jobs)
    with pytest.raises(BadInput, match="has no question q9"):
        review.ask(store, "r-0001", 1, ["q9"], TARA, jobs)
    assert store.record("r-0001").status is Status.IN_REVIEW
