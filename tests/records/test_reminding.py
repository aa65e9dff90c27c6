"""What presses, and that nothing is told twice or of what has moved on."""

from __future__ import annotations

from datetime import timedelta

from tests.records.conftest import Clock
from tests.records.material import MONDAY, Jobs, new_draft, new_request
from triage.domain import Decision, DecisionKind, OutgoingMessage
from triage.records.outgoing import Outgoing
from triage.records.reminding import Telling
from triage.records.store import Store

HOUR = timedelta(hours=1)


def accepted(store: Store, jobs: Jobs, number: int, hours: float | None) -> str:
    key = f"r-000{number}"
    due = None if hours is None else MONDAY + hours * HOUR
    store.accept(new_request(key), jobs, reviewer="tara@example.com", due=due, breach=due, team="us")
    store.save_draft(new_draft(key))
    return key


def mail(key: str) -> OutgoingMessage:
    return OutgoingMessage(
        id=key, request_id="r-0001", kind="reminder", to="tara@example.com", subject="Due", text="Due."
    )


def telling(key: str, request_id: str = "r-0001", hours: float = 1) -> Telling:
    due = MONDAY + hours * HOUR
    return Telling(key=key, request_id=request_id, due=due, kind="reminded", detail="reminded tara")


def test_what_presses_is_in_hand_and_due_the_most_urgent_first(store: Store, jobs: Jobs) -> None:
    for number, hours in ((1, 3.0), (2, 1.0), (3, 9.0), (4, None), (5, 2.0), (6, 2.0)):
        accepted(store, jobs, number, hours)
    store.accept(new_request("r-0007"), jobs, due=MONDAY)  # still being drafted
    store.accept(new_request("r-0008"), jobs, due=MONDAY)
    store.park("r-0008", "no connection")
    for number, kind in ((5, DecisionKind.ASK), (6, DecisionKind.APPROVE)):
        key = f"r-000{number}"
        store.decide(Decision(id=f"d-{key}", request_id=key, kind=kind, version=1, by="t"), None, jobs)
    found = store.pressing(MONDAY + 4 * HOUR)
    assert [one.id for one in found] == ["r-0008", "r-0002", "r-0001"]
    assert (found[1].team, found[1].reviewer, found[1].due) == ("us", "tara@example.com", MONDAY + HOUR)


def test_what_was_told_is_told_once(store: Store, jobs: Jobs, outgoing: Outgoing, clock: Clock) -> None:
    accepted(store, jobs, 1, 1)
    assert store.told(["a", "b"]) == frozenset()
    assert store.tell([telling("a"), telling("a"), telling("b")], [mail("m-1")])
    assert store.told(["a", "b", "c"]) == {"a", "b"}
    assert not store.tell([telling("c"), telling("b")], [mail("m-2")])
    assert store.told(["c"]) == frozenset()
    assert [message.id for message in outgoing.due(clock.at + HOUR)] == ["m-1"]
    assert [event.kind for event in store.events("r-0001")].count("reminded") == 3


def test_of_what_has_moved_on_nothing_is_told(
    store: Store, jobs: Jobs, outgoing: Outgoing, clock: Clock
) -> None:
    accepted(store, jobs, 1, 1)
    accepted(store, jobs, 2, 1)
    assert not store.tell([telling("a", hours=2)], [mail("m-1")])  # the deadline has moved
    decision = Decision(id="d-1", request_id="r-0002", kind=DecisionKind.APPROVE, version=1, by="tara")
    store.decide(decision, None, jobs)
    assert not store.tell([telling("a"), telling("b", "r-0002")], [mail("m-1")])
    assert outgoing.due(clock.at + HOUR) == []
    assert store.told(["a", "b"]) == frozenset()
