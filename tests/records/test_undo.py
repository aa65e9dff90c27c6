"""An approval that can be taken back for some seconds: of undoing and carrying out exactly one succeeds."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.records.conftest import Clock
from tests.records.material import MONDAY, Jobs, in_review
from triage.domain import Answer, Decision, DecisionKind, Status, Verdict
from triage.errors import BadInput, Conflict, NotFound
from triage.records.store import Store

TARA, UTE = "tara@example.com", "ute@example.com"
ID = "r-0001"
GRACE = timedelta(seconds=10)


def decision(
    decision_id: str = "d-1", kind: DecisionKind = DecisionKind.APPROVE, version: int = 1
) -> Decision:
    at = MONDAY + timedelta(hours=3)
    return Decision(id=decision_id, request_id=ID, kind=kind, version=version, by=TARA, at=at)


def approved(store: Store, jobs: Jobs) -> Decision:
    """In review, then approved with some seconds of grace and an edit made while approving."""
    draft = in_review(store, jobs)
    answer = Answer(verdict=Verdict.NO, sentence="No: it is not where we are going.")
    return store.decide(decision(), draft.model_copy(update={"answer": answer}), jobs, grace=GRACE)


def test_until_it_is_carried_out_it_is_no_answer(store: Store, jobs: Jobs) -> None:
    made = approved(store, jobs)
    record = store.record(ID)
    assert (record.status, record.approved_version, record.decision_id) == (Status.APPROVED, 2, "d-1")
    assert (record.verdict, record.answered) == (None, None)
    assert record.undo_until == made.at + GRACE
    seen = record.as_submitter_sees()
    assert (seen.status, seen.approved_version, seen.decision_id) == (Status.IN_REVIEW, 0, "")


def test_carrying_it_out_answers_as_of_the_decision_and_a_repeat_says_the_same(
    store: Store, jobs: Jobs
) -> None:
    made = approved(store, jobs)
    assert store.carry_out("d-1")
    assert store.carry_out("d-1")
    record = store.record(ID)
    assert (record.status, record.verdict, record.answered) == (Status.ANSWERED, Verdict.NO, made.at)
    assert record.undo_until is None
    assert [event.kind for event in store.events(ID)].count("answered") == 1
    assert record.as_submitter_sees() == record


def test_undoing_puts_it_back_as_it_was_with_the_text_kept_and_claimed(
    store: Store, jobs: Jobs, clock: Clock
) -> None:
    before = in_review(store, jobs)
    due = store.record(ID).due
    answer = before.answer.model_copy(update={"note": "typed while approving"})
    store.decide(decision(), before.model_copy(update={"answer": answer}), jobs, grace=GRACE)
    record = store.undo("d-1", UTE)
    assert (record.status, record.approved_version, record.draft_version) == (Status.IN_REVIEW, 0, 2)
    assert (record.due, record.answered, record.verdict, record.undo_until) == (due, None, None, None)
    claim = record.held(clock.at)
    assert claim is not None
    assert claim.holder == UTE
    last = store.events(ID)[-1]
    assert (last.kind, last.by, last.detail) == ("undone", UTE, "took back the approval of version 2")
    assert not store.carry_out("d-1")
    assert store.record(ID).status is Status.IN_REVIEW


def test_after_an_undo_it_can_be_approved_anew_and_the_old_job_still_does_nothing(
    store: Store, jobs: Jobs
) -> None:
    approved(store, jobs)
    store.undo("d-1", TARA)
    store.decide(decision("d-2", version=2), None, jobs, grace=GRACE)
    assert not store.carry_out("d-1")
    assert store.record(ID).status is Status.APPROVED
    assert store.carry_out("d-2")


def test_too_late_and_twice_are_said_clearly(store: Store, jobs: Jobs) -> None:
    approved(store, jobs)
    store.carry_out("d-1")
    with pytest.raises(Conflict, match="is on its way already; the approval can no longer be undone"):
        store.undo("d-1", TARA)
    assert store.record(ID).status is Status.ANSWERED


def test_a_second_undo_is_refused(store: Store, jobs: Jobs) -> None:
    approved(store, jobs)
    store.undo("d-1", TARA)
    with pytest.raises(Conflict, match="was undone before"):
        store.undo("d-1", TARA)


def test_without_grace_there_is_nothing_to_undo(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.decide(decision(), None, jobs)
    assert store.record(ID).status is Status.ANSWERED
    with pytest.raises(Conflict, match="on its way"):
        store.undo("d-1", TARA)
    assert store.carry_out("d-1")


def test_only_approvals_can_be_undone(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.decide(decision(kind=DecisionKind.ASK), None, jobs)
    assert store.carry_out("d-1")
    with pytest.raises(BadInput, match="Only an approval"):
        store.undo("d-1", TARA)
    for unknown in (store.carry_out, lambda key: store.undo(key, TARA)):
        with pytest.raises(NotFound, match="d-none"):
            unknown("d-none")


def test_of_undoing_and_carrying_out_at_once_exactly_one_wins(store: Store, jobs: Jobs) -> None:
    approved(store, jobs)
    start, carried, undone = threading.Barrier(3), [], []

    def carry_out() -> None:
        start.wait()
        carried.append(store.carry_out("d-1"))

    def undo(by: str) -> None:
        start.wait()
        try:
            store.undo("d-1", by)
            undone.append(by)
        except Conflict:
            pass

    threads = [threading.Thread(target=carry_out)]
    threads += [threading.Thread(target=undo, args=(by,)) for by in (TARA, UTE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = store.record(ID).status
    if carried == [True]:
        assert (undone, status) == ([], Status.ANSWERED)
    else:
        assert (len(undone), status) == (1, Status.IN_REVIEW)
