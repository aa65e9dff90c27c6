"""The outbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.records.conftest import Clock
from tests.records.material import MONDAY
from triage.domain import OutgoingMessage
from triage.errors import NotFound
from triage.records.outgoing import Outgoing
from triage.records.store import Store

LATER = MONDAY + timedelta(hours=1)


def message(kind: str = "answer") -> OutgoingMessage:
    return OutgoingMessage(
        id=f"r-0001.{kind}.1",
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
