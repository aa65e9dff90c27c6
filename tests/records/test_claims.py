"""Who is working on a request, and who may go on."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.records.conftest import Clock
from tests.records.material import Jobs, in_review, new_request
from triage.domain import Answer, Decision, DecisionKind, Draft, Status
from triage.errors import Claimed, Conflict, NotFound
from triage.records.claims import HELD_FOR
from triage.records.store import Store

TARA, UTE = "tara@example.com", "ute@example.com"
ID = "r-0001"


def edited(draft: Draft, note: str) -> Draft:
    return draft.model_copy(update={"answer": draft.answer.model_copy(update={"note": note})})


def decision(kind: DecisionKind, by: str, version: int = 1) -> Decision:
    return Decision(id=f"d-{kind}-{by}", request_id=ID, kind=kind, version=version, by=by, guidance="again")


def kinds(store: Store) -> list[str]:
    return [event.kind for event in store.events(ID)]


def test_reading_claims_nothing_and_a_claim_has_a_name_and_an_end(
    store: Store, jobs: Jobs, clock: Clock
) -> None:
    in_review(store, jobs)
    store.latest_draft(ID)
    assert store.record(ID).claim is None
    claim = store.claim(ID, TARA)
    assert (claim.holder, claim.until - claim.since) == (TARA, HELD_FOR)
    record = store.record(ID)
    assert record.claim == record.held(clock.at) == claim
    assert record.held(claim.until) is None
    assert kinds(store)[-1] == "claimed"


def test_somebody_elses_claim_is_named_with_its_end_until_it_is_taken_over(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    first = store.claim(ID, TARA)
    with pytest.raises(Claimed, match=r"tara@example\.com is working on request r-0001, since") as caught:
        store.claim(ID, UTE)
    assert caught.value.claim == first
    assert f"until {first.until:%Y-%m-%d at %H:%M} UTC" in str(caught.value)
    taken = store.claim(ID, UTE, take_over=True)
    assert (taken.holder, taken.since > first.since) == (UTE, True)
    assert store.events(ID)[-1].detail == "took it over from tara@example.com"
    with pytest.raises(Claimed, match="ute@example"):
        store.save_edit(edited(store.draft(ID, 1), "mine"), base_version=1, by=TARA)


def test_each_save_renews_it_and_it_runs_out_by_itself(store: Store, jobs: Jobs, clock: Clock) -> None:
    draft = in_review(store, jobs)
    first = store.save_edit(edited(draft, "one"), base_version=1, by=TARA)
    begun = store.record(ID).claim
    clock.at += timedelta(minutes=20)
    second = store.save_edit(edited(first, "two"), base_version=2, by=TARA)
    renewed = store.record(ID).claim
    assert begun is not None
    assert renewed is not None
    assert (renewed.since, renewed.until > begun.until) == (begun.since, True)
    clock.at += timedelta(minutes=20)
    with pytest.raises(Claimed):
        store.save_edit(edited(second, "three"), base_version=3, by=UTE)
    clock.at += timedelta(minutes=11)
    store.save_edit(edited(second, "three"), base_version=3, by=UTE)
    late = store.record(ID).claim
    assert late is not None
    assert (late.holder, late.since > renewed.until) == (UTE, True)
    assert kinds(store).count("claimed") == 2


def test_a_refused_save_keeps_nothing_and_a_take_over_with_it_keeps_everything(
    store: Store, jobs: Jobs
) -> None:
    draft = in_review(store, jobs)
    store.claim(ID, TARA)
    with pytest.raises(Claimed):
        store.save_edit(edited(draft, "mine"), base_version=1, by=UTE)
    assert store.record(ID).draft_version == 1
    saved = store.save_edit(edited(draft, "mine"), base_version=1, by=UTE, take_over=True)
    claim = store.record(ID).claim
    assert claim is not None
    assert (saved.author, claim.holder) == (UTE, UTE)


def test_a_stale_version_is_not_taken_over(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.save_edit(edited(draft, "first"), base_version=1, by=TARA)
    with pytest.raises(Conflict, match=r"tara@example\.com saved version 2"):
        store.save_edit(edited(draft, "late"), base_version=1, by=UTE, take_over=True)
    claim = store.record(ID).claim
    assert claim is not None
    assert claim.holder == TARA
    assert "taken_over" not in kinds(store)


@pytest.mark.parametrize("kind", [DecisionKind.APPROVE, DecisionKind.SEND_BACK, DecisionKind.ASK])
def test_deciding_wants_the_claim_and_gives_it_back(store: Store, jobs: Jobs, kind: DecisionKind) -> None:
    in_review(store, jobs)
    store.claim(ID, TARA)
    with pytest.raises(Claimed, match="tara"):
        store.decide(decision(kind, UTE), None, jobs)
    assert store.record(ID).status is Status.IN_REVIEW
    store.decide(decision(kind, UTE), None, jobs, take_over=True)
    assert store.record(ID).claim is None
    assert "taken_over" in kinds(store)


def test_handing_over_and_giving_back_end_it(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.claim(ID, TARA)
    assert not store.release(ID, UTE)
    assert store.release(ID, TARA)
    assert not store.release(ID, TARA)
    store.claim(ID, TARA)
    store.assign(ID, UTE, TARA)
    assert store.record(ID).claim is None
    store.claim(ID, UTE)


def test_only_what_is_in_review_can_be_claimed(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    with pytest.raises(Conflict, match=r"could not be claimed: it is received"):
        store.claim(ID, TARA)
    with pytest.raises(NotFound, match="r-none"):
        store.claim("r-none", TARA)
    with pytest.raises(NotFound, match="r-none"):
        store.release("r-none", TARA)


def test_the_story_of_a_conflict_is_the_last_change_not_the_last_claim(store: Store, jobs: Jobs) -> None:
    draft = in_review(store, jobs)
    store.save_edit(draft.model_copy(update={"answer": Answer(note="x")}), base_version=1, by=TARA)
    store.claim(ID, UTE, take_over=True)
    with pytest.raises(Conflict, match=r"tara@example\.com saved version 2"):
        store.save_edit(edited(draft, "late"), base_version=1, by=UTE)


def test_of_two_claims_at_once_exactly_one_wins(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    start, won, lost = threading.Barrier(2), [], []

    def claim(by: str) -> None:
        start.wait()
        try:
            won.append(store.claim(ID, by).holder)
        except Claimed as conflict:
            lost.append(conflict.claim.holder)

    threads = [threading.Thread(target=claim, args=(by,)) for by in (TARA, UTE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claim_in_force = store.record(ID).claim
    assert claim_in_force is not None
    assert won == lost == [claim_in_force.holder]
