"""The outbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.records.conftest import Clock
from tests.records.material import MONDAY
from triage.domain import OutChannel, OutgoingMessage
from triage.errors import Conflict, NotFound
from triage.records.outgoing import Outgoing
from triage.records.store import Store

LATER = MONDAY + timedelta(hours=1)


def message(kind: str = "answer", channel: OutChannel = OutChannel.MAIL) -> OutgoingMessage:
    return OutgoingMessage(
        id=f"r-0001.{kind}.1",
        channel=channel,
        message_id=f"<r-0001.{kind}.1@ours.example>",
        request_id="r-0001",
        kind=kind,
        to="sam@example.com",
        subject="Answer",
        text="Yes.",
    )


def test_a_message_waits_until_it_is_sent(store: Store, outgoing: Outgoing) -> None:
    store.enqueue_messages([message(), message("checklist")])
    assert outgoing.due(MONDAY) == []
    assert outgoing.due(LATER) == [message(), message("checklist")]
    assert outgoing.due(LATER, limit=1) == [message()]
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    assert outgoing.due(LATER) == [message("checklist")]
    sent, waiting = outgoing.for_request("r-0001")
    assert (sent.status, sent.where, sent.tries) == ("sent", "mail.example.com", 1)
    assert sent.sent_at is not None
    assert (waiting.status, waiting.tries, waiting.sent_at) == ("pending", 0, None)


def test_a_message_already_there_is_left_alone(store: Store, outgoing: Outgoing) -> None:
    store.enqueue_messages([message()])
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    store.enqueue_messages([message().model_copy(update={"text": "Another text."})])
    outgoing.put(message())
    assert outgoing.due(LATER) == []
    assert [state.message for state in outgoing.for_request("r-0001")] == [message()]


def test_a_failed_try_is_repeated_or_given_up(outgoing: Outgoing) -> None:
    outgoing.put(message())
    outgoing.failed("r-0001.answer.1", "greylisted", LATER)
    assert outgoing.due(LATER - timedelta(seconds=1)) == []
    assert outgoing.due(LATER) == [message()]
    assert outgoing.tries("r-0001.answer.1") == 1
    outgoing.failed("r-0001.answer.1", "no such mailbox", None)
    assert outgoing.due(LATER + timedelta(days=9)) == []
    (state,) = outgoing.for_request("r-0001")
    assert (state.status, state.trouble, state.tries) == ("failed", "no such mailbox", 2)


def test_a_lease_keeps_others_away_for_a_while(outgoing: Outgoing) -> None:
    outgoing.put(message())
    lease = timedelta(minutes=5)
    assert outgoing.due(LATER, lease=lease) == [message()]
    assert outgoing.due(LATER, lease=lease) == []
    assert outgoing.due(LATER + lease) == [message()]


def test_what_was_sent_is_not_sent_again(outgoing: Outgoing, clock: Clock) -> None:
    outgoing.put(message())
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    first = outgoing.for_request("r-0001")
    clock.at = LATER
    outgoing.failed("r-0001.answer.1", "too late", LATER)
    assert outgoing.for_request("r-0001") == first


def test_an_unknown_message_is_not_found(outgoing: Outgoing) -> None:
    with pytest.raises(NotFound, match="nothing"):
        outgoing.sent("nothing", "here")
    with pytest.raises(NotFound, match="nothing"):
        outgoing.tries("nothing")


def test_a_lease_that_ran_out_leaves_in_doubt_what_shows_a_repeat(outgoing: Outgoing) -> None:
    for number, channel in enumerate(OutChannel):
        outgoing.put(message(f"answer{number}", channel))
    lease = timedelta(minutes=5)
    outgoing.due(LATER, lease=lease)
    states = outgoing.for_request("r-0001")
    assert {state.status for state in states} == {"sending"}
    assert not any(state.in_doubt for state in states)
    assert len(outgoing.due(LATER + lease, lease=lease)) == len(OutChannel)
    doubted = {state.message.channel for state in outgoing.for_request("r-0001") if state.in_doubt}
    assert doubted == {OutChannel.MAIL, OutChannel.SLACK}


def test_a_message_that_goes_down_with_the_service_is_given_up(store: Store, outgoing: Outgoing) -> None:
    outgoing.put(message())
    lease, moment = timedelta(minutes=5), LATER
    for _ in range(5):
        assert outgoing.due(moment, lease=lease) == [message()]
        moment += lease
    assert outgoing.due(moment, lease=lease) == []
    state = outgoing.state("r-0001.answer.1")
    assert (state.status, state.tries, state.in_doubt) == ("failed", 5, True)
    assert "in the middle of sending" in state.trouble
    assert store.events("r-0001")[-1].kind == "send_failed"


def test_each_channel_has_its_own_queue(outgoing: Outgoing) -> None:
    outgoing.put(message())
    outgoing.put(message("answer.slack", OutChannel.SLACK))
    assert set(outgoing.channels_due(LATER)) == {OutChannel.MAIL, OutChannel.SLACK}
    assert outgoing.due(LATER, channel=OutChannel.SLACK) == [message("answer.slack", OutChannel.SLACK)]
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    assert outgoing.channels_due(LATER) == [OutChannel.SLACK]


def test_the_trail_tells_what_went_out_and_what_did_not(store: Store, outgoing: Outgoing) -> None:
    outgoing.put(message())
    outgoing.put(message("checklist"))
    outgoing.failed("r-0001.answer.1", "greylisted", LATER)  # a try that is repeated is no news
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    outgoing.failed("r-0001.checklist.1", "no such mailbox", None)
    assert [(event.kind, event.detail) for event in store.events("r-0001")] == [
        ("sent", "sent the answer by mail: mail.example.com"),
        ("send_failed", "could not send the checklist by mail: no such mailbox"),
    ]


def test_what_belongs_to_no_request_is_on_no_trail(store: Store, outgoing: Outgoing) -> None:
    outgoing.put(message("sign_in").model_copy(update={"request_id": ""}))
    outgoing.sent("r-0001.sign_in.1", "mail.example.com")
    assert store.last_event_id() == 0


def test_a_report_that_it_came_back_counts_once(store: Store, outgoing: Outgoing) -> None:
    outgoing.put(message())
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    assert outgoing.bounced("r-0001.answer.1", "550 no such user" + "x" * 5000)
    assert not outgoing.bounced("r-0001.answer.1", "once more")
    state = outgoing.state("r-0001.answer.1")
    assert state.status == "failed"
    assert state.trouble.startswith("550 no such user")
    assert len(state.trouble) == 1000
    assert outgoing.dead_letters() == 1
    assert [event.kind for event in store.events("r-0001")] == ["sent", "bounced"]
    with pytest.raises(NotFound):
        outgoing.bounced("nothing", "gone")


def test_a_failed_message_is_sent_again_under_its_id(store: Store, outgoing: Outgoing, clock: Clock) -> None:
    outgoing.put(message())
    outgoing.failed("r-0001.answer.1", "no such mailbox", None)
    clock.at = LATER
    again = outgoing.again("r-0001.answer.1", "tara@example.com", "right@example.com")
    assert outgoing.due(LATER + timedelta(minutes=1)) == [again]
    assert (again.id, again.to, again.message_id) == (message().id, "right@example.com", message().message_id)
    state = outgoing.state(again.id)
    assert (state.tries, state.trouble) == (0, "no such mailbox")  # until the next try says more
    last = store.events("r-0001")[-1]
    assert (last.kind, last.by, last.detail) == (
        "resent",
        "tara@example.com",
        "sent again the answer by mail: to right@example.com",
    )


def test_only_what_failed_is_sent_again(outgoing: Outgoing) -> None:
    outgoing.put(message())
    with pytest.raises(Conflict, match="waits to be sent"):
        outgoing.again("r-0001.answer.1", "tara@example.com")
    outgoing.sent("r-0001.answer.1", "mail.example.com")
    with pytest.raises(Conflict, match="went out"):
        outgoing.again("r-0001.answer.1", "tara@example.com")
    assert outgoing.due(LATER) == []


def test_a_page_shows_the_newest_first_and_leads_on(outgoing: Outgoing, clock: Clock) -> None:
    for number in range(5):
        outgoing.put(message(f"answer{number}"))
        clock.at += timedelta(minutes=number % 2)  # some at the same moment
    first = outgoing.page(["pending"], 3)
    second = outgoing.page(["pending"], 3, first.older)
    seen = [state.message.kind for state in (*first.states, *second.states)]
    assert sorted(seen) == [f"answer{number}" for number in range(5)]
    assert seen[0] == "answer4"
    assert second.older == ""
    assert outgoing.page(["failed"], 3).states == ()
    assert outgoing.counts() == {(OutChannel.MAIL, "pending"): 5}


def test_a_message_is_found_by_the_message_id_it_went_out_under(outgoing: Outgoing) -> None:
    outgoing.put(message())
    assert outgoing.id_of(["<other@x>", "<r-0001.answer.1@ours.example>"]) == "r-0001.answer.1"
    assert outgoing.id_of(["r-0001.answer.1@ours.example"]) == "r-0001.answer.1"
    assert outgoing.id_of(["<r-0001.answer.9@ours.example>", "", "<>"]) == ""
    assert outgoing.id_of(["<r-0001.answer.1@evil.example>"]) == ""
    assert outgoing.id_of([]) == ""
