"""One winner at a time, and the submitter's replies."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.records.material import MONDAY, Jobs, in_review, queued
from triage.domain import (
    Answer,
    Deadlines,
    Decision,
    DecisionKind,
    Draft,
    QuestionState,
    RequestRecord,
    Status,
    Verdict,
)
from triage.errors import BadInput, Conflict, NotFound
from triage.records.store import Store

TARA, UTE, SAM = "tara@example.com", "ute@example.com", "sam@example.com"


def decision(kind: DecisionKind = DecisionKind.APPROVE, **fields: object) -> Decision:
    values: dict[str, object] = {"id": "d-1", "request_id": "r-0001", "kind": kind, "version": 1, "by": TARA}
    return Decision.model_validate(values | {"at": MONDAY + timedelta(hours=3)} | fields)


def test_approving_answers_the_request(store: Store, jobs: Jobs, database: sa.Engine) -> None:
    draft = in_review(store, jobs)
    made = store.decide(decision(), draft, jobs, note="20 hours before it was due")
    record = store.record("r-0001")
    assert (record.status, record.approved_version, record.verdict) == (Status.ANSWERED, 1, Verdict.YES)
    assert record.answered == MONDAY + timedelta(hours=3)
    assert store.decision("d-1") == made == decision()
    assert store.events("r-0001")[-1].detail == "approved version 1, 20 hours before it was due"
    assert queued(database) == ["d-1", "r-0001"]


def test_the_form_as_approved_becomes_the_version_in_force(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    answer = Answer(verdict=Verdict.YES_BUT, conditions=("one branch",), sentence="Yes, for one branch.")
    made = store.decide(decision(), draft.model_copy(update={"answer": answer}), jobs)
    assert made.version == 2
    assert store.decision("d-1").version == 2
    approved = store.draft("r-0001", 2)
    assert (approved.answer, approved.author) == (answer, TARA)
    assert store.record("r-0001").approved_version == 2
    assert store.record("r-0001").verdict is Verdict.YES_BUT


def test_nothing_is_kept_when_the_job_cannot_be_queued(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    before = store.record("r-0001"), store.events("r-0001")
    jobs.broken = True
    changed = draft.model_copy(update={"answer": Answer(sentence="Changed while approving.")})
    with pytest.raises(RuntimeError):
        store.decide(decision(), changed, jobs)
    assert (store.record("r-0001"), store.events("r-0001")) == before
    assert len(store.drafts("r-0001")) == 1
    with pytest.raises(NotFound, match="d-1"):
        store.decision("d-1")


def test_of_two_approvals_at_once_exactly_one_wins(store: Store, jobs: Jobs, database: sa.Engine) -> None:
    draft = in_review(store, jobs)
    start, won, lost = threading.Barrier(2), [], []

    def approve(by: str) -> None:
        final = draft.model_copy(update={"answer": draft.answer.model_copy(update={"note": f"by {by}"})})
        start.wait()
        try:
            won.append(store.decide(decision(id=f"d-{by}", by=by), final, jobs))
        except Conflict as conflict:
            lost.append(str(conflict))

    threads = [threading.Thread(target=approve, args=(by,)) for by in (TARA, UTE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 1)
    assert f"it is answered, newest version 2. {won[0].by} approved version 2" in lost[0]
    assert store.draft("r-0001", 2).answer.note == f"by {won[0].by}"
    assert queued(database) == [won[0].id, "r-0001"]


def test_many_threads_saving_lose_nothing_and_number_without_gaps(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    lost: list[str] = []

    def edit(name: str) -> None:
        for turn in range(5):
            base = store.latest_draft("r-0001") or draft
            answer = base.answer.model_copy(update={"note": f"{name} {turn}"})
            try:
                edited = base.model_copy(update={"answer": answer})
                store.save_edit(edited, base_version=base.version, by=name)
            except Conflict:
                lost.append(f"{name} {turn}")

    threads = [threading.Thread(target=edit, args=(f"p{number}@example.com",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drafts = store.drafts("r-0001")
    assert [saved.version for saved in drafts] == list(range(1, len(drafts) + 1))
    kept = {saved.answer.note for saved in drafts[1:]}
    assert len(kept) == len(drafts) - 1
    assert kept.isdisjoint(lost)
    assert len(kept) + len(lost) == 20
    assert store.record("r-0001").draft_version == len(drafts)


def test_an_approval_of_an_older_version_is_refused(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.save_edit(draft.model_copy(update={"flags": ("seen",)}), base_version=1, by=UTE)
    with pytest.raises(Conflict, match=r"could not be approved.*ute@example\.com saved version 2"):
        store.decide(decision(), draft, jobs)
    assert store.record("r-0001").status is Status.IN_REVIEW


def test_deciding_twice_is_refused(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.decide(decision(), None, jobs)
    with pytest.raises(Conflict, match=r"tara@example\.com approved version 1"):
        store.decide(decision(id="d-2"), None, jobs)


def test_sending_back_starts_a_new_round_with_guidance(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    assert store.guidance("r-0001") == ""
    store.decide(decision(DecisionKind.SEND_BACK, guidance="Size it for one branch."), None, jobs)
    record = store.record("r-0001")
    assert (record.status, record.round) == (Status.DRAFTING, 2)
    assert store.guidance("r-0001") == "Size it for one branch."


def test_asking_stops_the_clock_and_answers_start_it_again(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    due = store.record("r-0001").due
    store.decide(_ask(draft), None, jobs)
    record = store.record("r-0001")
    assert (record.status, record.waiting_since) == (Status.WAITING, MONDAY + timedelta(hours=3))
    assert [question.id for question in store.asked("r-0001")] == ["q2", "q3"]

    answered = store.answer_questions("r-0001", [("q2", " Yes. "), ("q3", " ")], SAM, resume=_two_hours_later)
    assert (answered.status, answered.waiting_since) == (Status.IN_REVIEW, None)
    assert due is not None
    assert answered.due == due + timedelta(hours=2)
    assert answered.breach == due + timedelta(days=1, hours=2)
    assert answered.paused_s == 7200
    assert (answered.draft_version, answered.open_questions) == (2, 2)
    saved = store.draft("r-0001", 2)
    assert saved.author == SAM
    assert [(q.state, q.answer) for q in saved.questions] == [
        (QuestionState.PROPOSED, ""),
        (QuestionState.ANSWERED, "Yes."),
        (QuestionState.PROPOSED, ""),
    ]
    assert store.asked("r-0001") == []


def test_nobody_decides_or_edits_while_waiting(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.decide(_ask(draft), None, jobs)
    with pytest.raises(Conflict, match="it is waiting"):
        store.decide(decision(id="d-2"), None, jobs)
    with pytest.raises(Conflict, match="it is waiting"):
        store.save_edit(draft.model_copy(update={"flags": ("x",)}), base_version=1, by=TARA)


def test_useless_answers_are_refused(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    with pytest.raises(Conflict, match="it is in review"):
        store.answer_questions("r-0001", [("q2", "Yes.")], SAM, resume=_two_hours_later)
    store.decide(_ask(draft), None, jobs)
    with pytest.raises(BadInput, match="no answer"):
        store.answer_questions("r-0001", [("q2", " ")], SAM, resume=_two_hours_later)
    with pytest.raises(BadInput, match="no question q9"):
        store.answer_questions("r-0001", [("q9", "Yes.")], SAM, resume=_two_hours_later)
    assert store.record("r-0001").status is Status.WAITING


def test_decisions_are_listed_in_order(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.decide(_ask(draft), None, jobs)
    store.answer_questions("r-0001", [("q2", "Yes.")], SAM, resume=_two_hours_later)
    store.decide(decision(id="d-2", version=2, at=MONDAY + timedelta(hours=9)), None, jobs)
    kinds = [made.kind for made in store.decisions("r-0001")]
    assert kinds == [DecisionKind.ASK, DecisionKind.APPROVE]


def _ask(draft: Draft) -> Decision:
    texts = tuple(question.question for question in draft.questions[1:])
    return decision(DecisionKind.ASK, id="d-ask", questions=texts)


def _two_hours_later(record: RequestRecord) -> Deadlines:
    assert record.waiting_since == MONDAY + timedelta(hours=3)
    assert record.due
    assert record.breach
    return Deadlines(
        started=MONDAY,
        due=record.due + timedelta(hours=2),
        breach=record.breach + timedelta(hours=2),
        paused_s=record.paused_s + 7200,
    )
