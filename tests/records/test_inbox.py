"""What the inbox lists, counts and offers next; whom a request is from; own sizes; the way from before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.records.conftest import Clock
from tests.records.material import MONDAY, Jobs, in_review, new_draft, new_request
from tests.records.migrating import move_to
from triage.domain import (
    Answer,
    DateKind,
    Days,
    Deadline,
    Decision,
    DecisionKind,
    Lane,
    Reading,
    RoughSize,
    Status,
    TShirt,
    Verdict,
    Who,
)
from triage.errors import Conflict, NotFound
from triage.records import inbox as inbox_module
from triage.records.bulk import Bulk, Placed
from triage.records.inbox import InboxCounts, Wanted
from triage.records.rows import Stage
from triage.records.store import Store

TARA, UTE = "tara@example.com", "ute@example.com"
IN_HAND = (Stage.DATED, Stage.UNDATED, Stage.WAITING)
EVERYTHING = Wanted()


def accepted(store: Store, jobs: Jobs, number: int, hours: float | None, **fields: object) -> str:
    """In review, due `hours` after Monday morning."""
    key, reviewer = f"r-000{number}", str(fields.pop("reviewer", TARA))
    due = None if hours is None else MONDAY + timedelta(hours=hours)
    store.accept(new_request(key, **fields), jobs, reviewer=reviewer, due=due)
    store.save_draft(new_draft(key))
    return key


def listed(store: Store, wanted: Wanted = EVERYTHING, **options: object) -> list[str]:
    found = store.inbox(wanted, **{"stages": IN_HAND, "limit": 50, **options})  # type: ignore[arg-type]
    return [record.request.id for record in found]


def decision(request_id: str, kind: DecisionKind = DecisionKind.APPROVE) -> Decision:
    return Decision(id=f"d-{request_id}", request_id=request_id, kind=kind, version=1, by=TARA, at=MONDAY)


def test_it_is_one_order_in_pages_with_the_waiting_ones_last(store: Store, jobs: Jobs) -> None:
    for number, hours in ((1, 30.0), (2, 2.0), (3, None), (4, 20.0), (5, 1.0)):
        accepted(store, jobs, number, hours)
    store.decide(decision("r-0005", DecisionKind.ASK), None, jobs)
    order = ["r-0002", "r-0004", "r-0001", "r-0003", "r-0005"]
    assert listed(store) == order
    assert [listed(store, limit=2, offset=offset) for offset in (0, 2, 4)] == [
        order[:2],
        order[2:4],
        order[4:],
    ]


def test_what_is_over_comes_newest_first_and_what_is_parked_on_its_own(store: Store, jobs: Jobs) -> None:
    for number in (1, 2, 3):
        accepted(store, jobs, number, 10, received=MONDAY + timedelta(hours=number))
    store.decide(decision("r-0001"), None, jobs)
    store.decide(decision("r-0002"), None, jobs, grace=timedelta(seconds=10))
    store.accept(new_request("r-0009"), jobs)
    store.park("r-0009", "no connection")
    assert listed(store) == ["r-0003"]
    assert listed(store, stages=(Stage.OVER,)) == ["r-0002", "r-0001"]
    assert listed(store, stages=(Stage.PARKED,)) == ["r-0009"]
    store.undo("d-r-0002", TARA)
    assert listed(store) == ["r-0002", "r-0003"]
    store.retry("r-0009", jobs)
    assert listed(store)[-1] == "r-0009"


def test_it_narrows_down_by_reviewer_lane_size_and_words(store: Store, jobs: Jobs) -> None:
    accepted(store, jobs, 1, 1, customer="Birchwood")
    accepted(store, jobs, 2, 2, customer="Cedar", reviewer=UTE)
    store.accept(new_request("r-0003", customer="Birch & Sons"), jobs, due=MONDAY)
    small = RoughSize(build=Days(low=1, high=2), label="S", lane="fast")
    store.save_draft(new_draft("r-0003", size=small))
    assert listed(store, Wanted(reviewer=UTE)) == ["r-0002"]
    assert listed(store, Wanted(lane=Lane.FAST)) == ["r-0003"]
    assert listed(store, Wanted(label=TShirt.M)) == ["r-0001", "r-0002"]
    assert listed(store, Wanted(search="birch")) == ["r-0003", "r-0001"]
    assert listed(store, store.looked_up(Wanted(search="birch"))) == ["r-0003", "r-0001"]
    assert store.looked_up(Wanted(lane=Lane.FAST)) == Wanted(lane=Lane.FAST)
    assert listed(store, Wanted(search="birch", lane=Lane.FULL)) == ["r-0001"]
    assert listed(store, Wanted(search="&")) == []
    assert listed(store, Wanted(search="  ")) == ["r-0003", "r-0001", "r-0002"]


def test_of_more_hits_than_anybody_reads_the_newest_are_listed(
    store: Store, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.records.finding.MOST_HITS", 2)
    for number in (1, 2, 3):
        accepted(store, jobs, number, 4 - number)
    assert listed(store, Wanted(search="approv report")) == ["r-0003", "r-0002"]
    assert store.inbox_counts(Wanted(search="approv"), MONDAY, {"": MONDAY}).queue == 2


def test_what_is_overdue_is_named_until_the_trail_says_so(store: Store, jobs: Jobs) -> None:
    for number, hours in ((1, 1.0), (2, 2.0), (3, 9.0), (4, None)):
        accepted(store, jobs, number, hours)
    store.accept(new_request("r-0009"), jobs, due=MONDAY)
    late = MONDAY + timedelta(hours=3)
    assert store.newly_overdue(late) == ["r-0001", "r-0002"]
    store.park("r-0009", "no connection")
    store.note_once("r-0001", "overdue", "The target time has passed.")
    assert store.newly_overdue(late) == ["r-0009", "r-0002"]
    assert store.newly_overdue(late, limit=1) == ["r-0009"]


def test_it_counts_by_urgency(store: Store, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, hours in ((1, -1.0), (2, 0.0), (3, 3.0), (4, 4.0), (5, None), (6, 9.0), (7, 9.0)):
        accepted(store, jobs, number, hours)
    store.decide(decision("r-0006", DecisionKind.ASK), None, jobs)
    store.decide(decision("r-0007"), None, jobs)
    soon = {"": MONDAY + timedelta(hours=4)}
    counts = store.inbox_counts(EVERYTHING, MONDAY, soon)
    assert counts == InboxCounts(overdue=1, soon=2, queue=2, waiting=1, over=1)
    assert counts.open == 6
    assert store.inbox_counts(Wanted(reviewer=UTE), MONDAY, soon) == InboxCounts()
    monkeypatch.setattr(inbox_module, "MOST_COUNTED", 1)
    assert store.inbox_counts(EVERYTHING, MONDAY, soon) == counts  # two: more than one


def test_soon_is_counted_by_the_clock_of_each_team(store: Store, jobs: Jobs) -> None:
    for number, (team, hours) in enumerate(
        (("", 3), ("", 5), ("us", 5), ("us", 9), ("gone", 3), ("gone", 5))
    ):
        due = MONDAY + timedelta(hours=hours)
        store.accept(new_request(f"r-000{number}"), jobs, due=due, team=team)
    soon = {"": MONDAY + timedelta(hours=4), "us": MONDAY + timedelta(hours=8), "eu": MONDAY}
    counts = store.inbox_counts(EVERYTHING, MONDAY, soon)
    assert (counts.overdue, counts.soon, counts.queue) == (0, 3, 3)
    late = store.inbox_counts(EVERYTHING, MONDAY + timedelta(hours=4), soon)
    assert (late.overdue, late.soon, late.queue) == (2, 1, 3)


def test_next_is_ones_own_then_nobodys_then_anybodys(store: Store, jobs: Jobs) -> None:
    accepted(store, jobs, 1, 1, reviewer=UTE)
    accepted(store, jobs, 2, 2, reviewer="")
    accepted(store, jobs, 3, 4)
    accepted(store, jobs, 4, 3)

    def following() -> str:
        record = store.next_for(TARA)
        return record.request.id if record else ""

    assert following() == "r-0004"
    store.claim("r-0004", UTE)
    assert following() == "r-0003"
    store.claim("r-0003", TARA)
    assert following() == "r-0003"
    store.decide(decision("r-0003"), None, jobs)
    assert following() == "r-0002"
    store.decide(decision("r-0002"), None, jobs)
    assert following() == "r-0001"
    store.decide(decision("r-0001"), None, jobs)
    assert following() == ""


def test_a_claim_that_has_run_out_keeps_nothing_from_being_next(
    store: Store, jobs: Jobs, clock: Clock
) -> None:
    accepted(store, jobs, 1, 1)
    store.claim("r-0001", UTE)
    assert store.next_for(TARA) is None
    clock.at += timedelta(minutes=31)
    assert store.next_for(TARA) is not None


def test_the_date_is_kept_as_the_newest_draft_reads_and_calls_it(store: Store, jobs: Jobs) -> None:
    store.accept(new_request(), jobs)
    deadline = Deadline(text="before spring", day=date(2027, 3, 1))
    draft = store.save_draft(new_draft(reading=Reading(deadline=deadline)))
    record = store.record("r-0001")
    assert (record.read_day, record.read_need, record.date_kind) == (date(2027, 3, 1), "before spring", None)
    soft = draft.model_copy(update={"answer": Answer(date_kind=DateKind.SOFT)})
    store.save_edit(soft, base_version=1, by=TARA)
    assert store.record("r-0001").date_kind is DateKind.SOFT


# --- whom it is from ----------------------------------------------------------------------------


def test_a_correction_lies_over_what_came_in_and_is_in_the_trail(
    store: Store, jobs: Jobs, database: sa.Engine
) -> None:
    in_review(store, jobs)
    payload = sa.text("SELECT payload FROM requests")
    with database.connect() as connection:
        before = connection.execute(payload).scalar_one()
    who = store.request("r-0001").who.model_copy(update={"customer": "Cedar Cooling", "asker_name": "Kim"})
    record = store.correct_who("r-0001", who, TARA)
    assert (record.request.customer, record.request.asker_name) == ("Cedar Cooling", "Kim")
    assert record.corrected == ("customer", "asker_name")
    assert store.request("r-0001") == store.records()[0].request == record.request
    with database.connect() as connection:
        assert connection.execute(payload).scalar_one() == before
    last = store.events("r-0001")[-1]
    said = "corrected customer: Birch Heating → Cedar Cooling; asker name: nothing → Kim"
    assert (last.kind, last.by, last.detail) == ("corrected", TARA, said)
    assert listed(store, Wanted(search="cedar kim")) == ["r-0001"]
    assert listed(store, Wanted(search="birch heating")) == []


def test_a_correction_can_be_corrected_back_and_nothing_new_says_nothing(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    first = store.request("r-0001").who
    store.correct_who("r-0001", Who(customer="Cedar"), TARA)
    store.correct_who("r-0001", Who(customer="Cedar"), TARA)
    record = store.correct_who("r-0001", first, UTE)
    assert (record.request.who, record.corrected) == (first, ())
    assert [event.kind for event in store.events("r-0001")].count("corrected") == 2
    assert listed(store, Wanted(search="birch")) == ["r-0001"]


def test_what_is_answered_is_corrected_no_more(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.decide(decision("r-0001"), None, jobs)
    with pytest.raises(Conflict, match="could not be corrected: it is answered"):
        store.correct_who("r-0001", Who(customer="Cedar"), TARA)
    with pytest.raises(NotFound, match="r-none"):
        store.correct_who("r-none", Who(), TARA)


# --- own sizes ----------------------------------------------------------------------------------


def test_an_own_size_may_change_until_one_was_said_blind(store: Store, jobs: Jobs) -> None:
    in_review(store, jobs)
    store.say_size("r-0001", TARA, Days(low=1, high=2))
    store.say_size("r-0001", TARA, Days(low=2, high=4), blind=True)
    store.say_size("r-0001", UTE, Days(low=5, high=9))
    with pytest.raises(Conflict, match="before you saw the proposed one"):
        store.say_size("r-0001", TARA, Days(low=3, high=8))
    said = [(one.by, one.days, one.blind) for one in store.own_sizes("r-0001")]
    assert said == [(TARA, Days(low=2, high=4), True), (UTE, Days(low=5, high=9), False)]
    assert store.sized_by(TARA, ["r-0001", "r-none"]) == {"r-0001"}
    assert store.sized_by("sam@example.com", ["r-0001"]) == frozenset()
    with pytest.raises(NotFound, match="r-none"):
        store.say_size("r-none", TARA, Days(low=1, high=2))


# --- from the edition before --------------------------------------------------------------------


def test_what_an_older_edition_left_is_listed_found_and_carried_out(
    store: Store, jobs: Jobs, database: sa.Engine
) -> None:
    store.accept(new_request("r-0001"), jobs, due=MONDAY, reviewer=TARA)
    deadline = Deadline(text="before spring", day=date(2027, 3, 1))
    answer = Answer(verdict=Verdict.YES, sentence="Yes.", date_kind=DateKind.SOFT)
    store.save_draft(new_draft("r-0001", reading=Reading(deadline=deadline), answer=answer))
    accepted(store, jobs, 2, 5, customer="Übergrün")
    accepted(store, jobs, 3, None)
    store.decide(decision("r-0001"), None, jobs)
    store.decide(decision("r-0002"), None, jobs, grace=timedelta(seconds=10))
    before = {record.request.id: record for record in store.records()}
    move_to(database, "0002")
    assert "stage" not in {column["name"] for column in sa.inspect(database).get_columns("requests")}
    move_to(database, "head")
    after = {record.request.id: record for record in store.records()}
    sent = before["r-0002"].model_copy(update={"status": Status.ANSWERED, "undo_until": None})
    assert after == {**before, "r-0002": sent}
    assert listed(store) == ["r-0003"]
    assert listed(store, Wanted(search="ubergrun"), stages=(Stage.OVER,)) == ["r-0002"]
    assert store.carry_out("d-r-0001")
    accepted(store, jobs, 4, 1)
    assert listed(store) == ["r-0004", "r-0003"]


def test_many_at_once_stand_in_the_inbox_like_those_that_came_one_by_one(
    store: Store, jobs: Jobs, database: sa.Engine
) -> None:
    accepted(store, jobs, 1, 5)
    one, draft = store.record("r-0001"), store.draft("r-0001", 1)
    over = {"status": Status.ANSWERED, "answered": MONDAY, "verdict": Verdict.YES}
    placed = [
        Placed(
            record=one.model_copy(update={"request": new_request(key), **changes}),
            draft=draft.model_copy(update={"request_id": key}),
            kept=not changes,
        )
        for key, changes in (("r-0002", {}), ("r-0003", over))
    ]
    bulk = Bulk(database)
    bulk.put(placed)
    bulk.analyze()
    assert listed(store, Wanted(search="approve")) == ["r-0001", "r-0002"]
    assert listed(store, stages=(Stage.OVER,)) == ["r-0003"]
    assert store.record("r-0002") == one.model_copy(update={"request": new_request("r-0002")})
    assert store.draft("r-0002", 1) == draft.model_copy(update={"request_id": "r-0002"})
    accepted(store, jobs, 4, 1)
    assert listed(store)[0] == "r-0004"
