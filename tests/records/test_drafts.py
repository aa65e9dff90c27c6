"""Versions of a draft."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.records.material import MONDAY, Jobs, in_review, new_draft, new_request
from triage.domain import (
    Answer,
    Decision,
    DecisionKind,
    Lane,
    QuestionState,
    Status,
    StepRun,
    TShirt,
    Verdict,
)
from triage.errors import Conflict, NotFound
from triage.records.store import Store

TARA = "tara@example.com"


def test_the_first_draft_puts_the_request_in_review(store: Store, jobs: Jobs) -> None:
    saved = in_review(store, jobs)
    record = store.record("r-0001")
    assert (saved.version, saved.author, saved.round) == (1, "ai", 1)
    assert (record.status, record.draft_version) == (Status.IN_REVIEW, 1)
    assert record.ask == "Approve job reports before invoicing"
    assert (record.label, record.lane, record.open_questions) == (TShirt.M, Lane.FULL, 3)
    assert store.latest_draft("r-0001") == store.first_ai_draft("r-0001") == saved


def test_saving_it_again_adds_nothing(store: Store, jobs: Jobs) -> None:
    first = in_review(store, jobs)
    again = store.save_draft(new_draft(answer=Answer(sentence="Another run of the same job.")))
    assert again == first
    assert len(store.drafts("r-0001")) == 1
    assert [event.kind for event in store.events("r-0001")].count("drafted") == 1


def test_a_late_draft_is_kept_but_moves_nothing(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    store.park("r-0001", "took too long")
    store.close("r-0001", "withdrawn", TARA)
    store.save_draft(new_draft())
    record = store.record("r-0001")
    assert (record.status, record.draft_version) == (Status.CLOSED, 0)
    assert store.latest_draft("r-0001") is None
    assert len(store.drafts("r-0001")) == 1


def test_a_draft_frees_a_parked_request(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    store.park("r-0001", "took too long")
    store.save_draft(new_draft())
    assert (store.record("r-0001").status, store.record("r-0001").trouble) == (Status.IN_REVIEW, "")


def test_an_edit_is_a_new_version_and_the_old_one_stays(store: Store, jobs: Jobs) -> None:
    first = in_review(store, jobs)
    dropped = first.questions[0].model_copy(update={"state": QuestionState.DROPPED})
    edit = first.model_copy(update={"questions": (dropped, *first.questions[1:])})
    saved = store.save_edit(edit, base_version=1, by=TARA)
    assert (saved.version, saved.author) == (2, TARA)
    assert store.draft("r-0001", 1) == first
    assert store.draft("r-0001", 2) == saved == store.latest_draft("r-0001")
    assert store.first_ai_draft("r-0001") == first
    assert store.record("r-0001").open_questions == 2
    assert [draft.version for draft in store.drafts("r-0001")] == [1, 2]


def test_an_edit_that_changes_nothing_is_no_version(store: Store, jobs: Jobs) -> None:
    first = in_review(store, jobs)
    assert store.save_edit(first, base_version=1, by=TARA) == first
    assert store.record("r-0001").draft_version == 1


def test_a_stale_edit_names_who_was_first(store: Store, jobs: Jobs) -> None:
    first = in_review(store, jobs)
    ours = first.model_copy(update={"answer": Answer(sentence="Tara's text.")})
    theirs = first.model_copy(update={"answer": Answer(sentence="Ute's text.")})
    store.save_edit(ours, base_version=1, by=TARA)
    with pytest.raises(
        Conflict, match=r"newest version 2\. tara@example\.com saved version 2 on 2026-03-02 at 09:00 UTC"
    ):
        store.save_edit(theirs, base_version=1, by="ute@example.com")
    assert len(store.drafts("r-0001")) == 2


def test_after_the_decision_nothing_is_edited(store: Store, jobs: Jobs) -> None:
    first = in_review(store, jobs)
    store.decide(_approval(), None, jobs)
    with pytest.raises(Conflict, match=r"it is answered.*approved version 1"):
        store.save_edit(first.model_copy(update={"flags": ("x",)}), base_version=1, by=TARA)


def test_a_second_round_starts_from_a_new_ai_draft(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    back = _approval().model_copy(update={"kind": DecisionKind.SEND_BACK, "guidance": "one branch only"})
    store.decide(back, None, jobs)
    assert store.first_ai_draft("r-0001") is None
    second = store.save_draft(new_draft(answer=Answer(verdict=Verdict.NO)))
    assert (second.version, second.round) == (2, 2)
    assert store.first_ai_draft("r-0001") == second == store.latest_draft("r-0001")
    assert store.record("r-0001").status is Status.IN_REVIEW


def test_unknown_versions_are_not_found(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    with pytest.raises(NotFound, match="no draft version 7"):
        store.draft("r-0001", 7)
    with pytest.raises(NotFound, match="r-none"):
        store.save_draft(new_draft("r-none"))


def test_spending_counts_todays_ai_drafts_only(store: Store, jobs: Jobs) -> None:
    def costing(dollars: float | None) -> tuple[StepRun, ...]:
        return (StepRun(step="read", analyst="llm", cost=dollars),)

    for number, created in enumerate((MONDAY, MONDAY, MONDAY - timedelta(days=1)), start=1):
        key = f"r-000{number}"
        store.accept(new_request(key), jobs)
        store.save_draft(new_draft(key, runs=costing(0.25 * number), created=created))
    edit = store.draft("r-0001", 1).model_copy(update={"flags": ("edited",)})
    store.save_edit(edit, base_version=1, by=TARA)
    assert store.spent_today() == pytest.approx(0.75)


def _approval() -> Decision:
    return Decision(id="d-1", request_id="r-0001", kind=DecisionKind.APPROVE, version=1, by=TARA, at=MONDAY)


def test_a_draft_saves_itself_once_per_change_and_is_listed_once_per_run(store: Store, jobs: Jobs) -> None:
    base = in_review(store, jobs)
    for note in ("S", "So", "So", "Sorry"):
        edit = base.model_copy(update={"answer": base.answer.model_copy(update={"note": note})})
        base = store.save_edit(edit, base_version=base.version, by=TARA, autosaved=True)
    assert store.record("r-0001").draft_version == base.version == 4
    assert [draft.version for draft in store.drafts("r-0001")] == [1, 2, 3, 4]
    listed = store.versions("r-0001")
    assert [(one.version, one.author, one.autosaved) for one in listed] == [(1, "ai", False), (4, TARA, True)]
    assert [event.kind for event in store.events("r-0001")].count("autosaved") == 1
    assert "edited" not in [event.kind for event in store.events("r-0001")]


def test_saving_by_hand_what_saved_itself_makes_it_a_version_like_others(store: Store, jobs: Jobs) -> None:
    base = in_review(store, jobs)
    edit = base.model_copy(update={"answer": base.answer.model_copy(update={"note": "Sorry"})})
    typed = store.save_edit(edit, base_version=1, by=TARA, autosaved=True)
    again = store.save_edit(typed, base_version=2, by=TARA)
    assert again == typed
    assert [one.autosaved for one in store.versions("r-0001")] == [False, False]
    assert store.events("r-0001")[-1].detail == "saved version 2"
    store.save_edit(typed, base_version=2, by=TARA)
    assert [event.kind for event in store.events("r-0001")].count("edited") == 1


def test_the_run_of_another_person_is_a_run_of_its_own(store: Store, jobs: Jobs) -> None:
    base = in_review(store, jobs)
    for by in (TARA, "ute@example.com", "ute@example.com", TARA):
        note = f"{base.answer.note} {by}"
        edit = base.model_copy(update={"answer": base.answer.model_copy(update={"note": note})})
        base = store.save_edit(edit, base_version=base.version, by=by, autosaved=True, take_over=True)
    assert [one.version for one in store.versions("r-0001")] == [1, 2, 4, 5]


def test_approving_what_saved_itself_settles_it(store: Store, jobs: Jobs) -> None:
    base = in_review(store, jobs)
    edit = base.model_copy(update={"answer": base.answer.model_copy(update={"note": "Sorry"})})
    typed = store.save_edit(edit, base_version=1, by=TARA, autosaved=True)
    store.decide(_approval().model_copy(update={"version": 2}), typed, jobs)
    assert [one.autosaved for one in store.versions("r-0001")] == [False, False]
