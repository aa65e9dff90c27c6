"""The outbox on a real database: sent once, repeated with growing pauses, given up with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.domain import OutgoingMessage
from triage.errors import NotDelivered
from triage.outbox.deliver import MAX_TRIES, PAUSES, Delivery, pause_after, send_due
from triage.records.database import migrate, open_database
from triage.records.outgoing import Outgoing

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


class Postman:
    """Delivers, except to whom it was told not to."""

    def __init__(self) -> None:
        self.delivered: list[str] = []
        self.trouble: dict[str, bool] = {}  # message id -> permanent
        self.error: Exception | None = None  # raised for every message

    def send(self, message: OutgoingMessage) -> str:
        if self.error:
            raise self.error
        if message.id in self.trouble:
            raise NotDelivered("The server said no.", "Ask it.", permanent=self.trouble[message.id])
        self.delivered.append(message.id)
        return "by hand"


@pytest.fixture
def outgoing(tmp_path: Path) -> Iterator[Outgoing]:
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    migrate(engine)
    yield Outgoing(engine)
    engine.dispose()


def put(outgoing: Outgoing, *ids: str) -> None:
    for name in ids:
        outgoing.put(
            OutgoingMessage(id=name, request_id="r-1", kind="answer", to="m@x.example", subject="s", text="t")
        )


def test_what_is_due_is_sent_once(outgoing: Outgoing) -> None:
    postman = Postman()
    put(outgoing, "a", "b")
    assert send_due(outgoing, postman, NOW) == Delivery(sent=2)
    assert send_due(outgoing, postman, NOW + timedelta(days=1)) == Delivery()
    assert sorted(postman.delivered) == ["a", "b"]
    assert {state.where for state in outgoing.for_request("r-1")} == {"by hand"}


def test_one_refusal_does_not_hold_up_the_others(outgoing: Outgoing) -> None:
    postman = Postman()
    postman.trouble = {"a": True}
    put(outgoing, "a", "b")
    assert send_due(outgoing, postman, NOW) == Delivery(sent=1, failed=1)
    states = {state.message.id: state for state in outgoing.for_request("r-1")}
    assert (states["a"].status, states["a"].trouble) == ("failed", "The server said no. Ask it.")


def test_a_passing_trouble_is_tried_again_later_and_then_given_up(outgoing: Outgoing) -> None:
    postman = Postman()
    postman.trouble = {"a": False}
    put(outgoing, "a")
    moment = NOW
    for pause in PAUSES:
        assert send_due(outgoing, postman, moment) == Delivery(again=1)
        assert send_due(outgoing, postman, moment + pause - timedelta(seconds=1)) == Delivery()
        moment += pause
    assert send_due(outgoing, postman, moment) == Delivery(failed=1)
    (state,) = outgoing.for_request("r-1")
    assert (state.status, state.tries) == ("failed", MAX_TRIES)
    assert state.trouble == "Given up after 8 tries. The server said no. Ask it."


def test_a_server_that_comes_back_gets_the_mail(outgoing: Outgoing) -> None:
    postman = Postman()
    postman.trouble = {"a": False}
    put(outgoing, "a")
    send_due(outgoing, postman, NOW)
    postman.trouble = {}
    assert send_due(outgoing, postman, NOW + pause_after(1)) == Delivery(sent=1)


def test_a_message_in_doubt_is_marked_and_sent_again_under_its_id(outgoing: Outgoing) -> None:
    postman = Postman()
    postman.error = NotDelivered("Broke off.", permanent=False, in_doubt=True)
    put(outgoing, "a")
    send_due(outgoing, postman, NOW)
    state = outgoing.state("a")
    assert (state.status, state.in_doubt) == ("pending", True)
    postman.error = None
    send_due(outgoing, postman, NOW + pause_after(1))
    state = outgoing.state("a")
    assert (state.status, state.in_doubt) == ("sent", True)
    assert postman.delivered == ["a"]


def test_a_wait_that_was_asked_for_is_kept_and_ends_the_batch(outgoing: Outgoing) -> None:
    postman = Postman()
    postman.error = NotDelivered("Too many.", permanent=False, retry_after=600)
    put(outgoing, "a", "b")
    assert send_due(outgoing, postman, NOW) == Delivery(again=1, wait=timedelta(minutes=10))
    assert outgoing.state("a").next_try == NOW + timedelta(minutes=10)
    assert outgoing.state("b").tries == 0


@pytest.mark.parametrize(("asked", "kept"), [(5, 60), (10**9, 86_400)])
def test_no_wait_is_shorter_than_our_own_or_longer_than_a_day(
    outgoing: Outgoing, asked: float, kept: float
) -> None:
    postman = Postman()
    postman.error = NotDelivered("Too many.", permanent=False, retry_after=asked)
    put(outgoing, "a")
    send_due(outgoing, postman, NOW)
    assert outgoing.state("a").next_try == NOW + timedelta(seconds=kept)


def test_pauses_are_spread(outgoing: Outgoing) -> None:
    postman = Postman()
    postman.trouble = {"a": False, "b": False}
    put(outgoing, "a", "b")
    shares = iter([0.0, 1.0])
    send_due(outgoing, postman, NOW, spread=lambda: next(shares))
    waits = [outgoing.state(name).next_try for name in ("a", "b")]
    assert waits == [NOW + timedelta(seconds=60), NOW + timedelta(seconds=72)]


def test_a_defect_of_our_own_stops_neither_the_others_nor_the_next_try(
    outgoing: Outgoing, caplog: pytest.LogCaptureFixture
) -> None:
    postman = Postman()
    postman.error = KeyError("customer's words")
    put(outgoing, "a", "b")
    assert send_due(outgoing, postman, NOW) == Delivery(again=2)
    state = outgoing.state("a")
    assert (state.status, state.in_doubt) == ("pending", True)
    assert "KeyError" in state.trouble
    assert "customer's words" not in state.trouble
    assert "not sent" in caplog.text


def test_whoever_is_told_to_stop_stops_between_two_messages(outgoing: Outgoing) -> None:
    postman = Postman()
    put(outgoing, "a", "b")
    send_due(outgoing, postman, NOW, go_on=lambda: not postman.delivered)
    assert postman.delivered == ["a"]
    assert outgoing.state("b").status == "pending"


def test_pauses_grow() -> None:
    assert len(PAUSES) == MAX_TRIES - 1
    assert list(PAUSES) == sorted(set(PAUSES))
    assert pause_after(1) == timedelta(minutes=1)
    assert pause_after(99) == PAUSES[-1]
