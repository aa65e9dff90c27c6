"""The channels beside each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import NotDelivered
from triage.outbox.channels import Channels
from triage.outbox.dispatch import Dispatch
from triage.records.database import migrate, open_database
from triage.records.outgoing import Outgoing

PATIENCE_S = 10


class Gate:
    """A sender that stands still until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Event()

    def send(self, message: OutgoingMessage) -> str:
        self.entered.set()
        assert self.opened.wait(PATIENCE_S)
        return "at last"


class Box:
    """Takes what it is given, or asks to be left alone for a minute."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.busy = False
        self.filled = threading.Event()

    def send(self, message: OutgoingMessage) -> str:
        self.filled.set()
        self.taken.append(message.id)
        if self.busy:
            raise NotDelivered("Too many calls.", permanent=False, retry_after=60)
        return "box"


@pytest.fixture
def outgoing(tmp_path: Path) -> Iterator[Outgoing]:
    engine = open_database(f"sqlite:///{tmp_path / 'triage.db'}")
    migrate(engine)
    yield Outgoing(engine)
    engine.dispose()


def put(outgoing: Outgoing, name: str, channel: OutChannel) -> None:
    values = {"request_id": "", "kind": "answer", "to": "x", "subject": "s", "text": "t"}
    outgoing.put(OutgoingMessage(id=name, channel=channel, **values))


def test_a_channel_that_stands_still_holds_up_no_other(outgoing: Outgoing) -> None:
    gate, box = Gate(), Box()
    dispatch = Dispatch(outgoing, Channels({OutChannel.WEBHOOK: gate, OutChannel.MAIL: box}))
    put(outgoing, "w-1", OutChannel.WEBHOOK)
    put(outgoing, "w-2", OutChannel.WEBHOOK)
    put(outgoing, "m-1", OutChannel.MAIL)
    now = datetime.now(UTC)
    dispatch.begin(now)
    assert gate.entered.wait(PATIENCE_S)
    assert box.filled.wait(PATIENCE_S)
    dispatch.begin(now)  # no second batch of the channel that is still at it
    assert outgoing.state("w-2").status == "pending"
    gate.opened.set()
    dispatch.stop()
    assert outgoing.state("m-1").status == "sent"
    assert outgoing.state("w-1").status == "sent"


def test_a_server_that_asks_for_peace_gets_it(outgoing: Outgoing) -> None:
    box = Box()
    box.busy = True
    dispatch = Dispatch(outgoing, Channels({OutChannel.SLACK: box}))
    put(outgoing, "s-1", OutChannel.SLACK)
    put(outgoing, "s-2", OutChannel.SLACK)
    now = datetime.now(UTC)
    begin_and_wait(dispatch, now)
    assert box.taken == ["s-1"]  # the batch ended with the request for peace
    begin_and_wait(dispatch, now + timedelta(seconds=59))
    assert box.taken == ["s-1"]
    box.busy = False
    begin_and_wait(dispatch, now + timedelta(seconds=61))
    assert "s-2" in box.taken[1:]


def begin_and_wait(dispatch: Dispatch, now: datetime) -> None:
    dispatch.begin(now)
    for thread in list(dispatch._threads.values()):
        thread.join(PATIENCE_S)


def test_after_the_end_nothing_begins(outgoing: Outgoing) -> None:
    box = Box()
    dispatch = Dispatch(outgoing, Channels({OutChannel.MAIL: box}))
    dispatch.stop()
    put(outgoing, "m-1", OutChannel.MAIL)
    begin_and_wait(dispatch, datetime.now(UTC))
    assert box.taken == []


def test_a_channel_that_is_no_longer_set_up_says_so(outgoing: Outgoing) -> None:
    put(outgoing, "w-1", OutChannel.WEBHOOK)
    begin_and_wait(Dispatch(outgoing, Channels({})), datetime.now(UTC))
    state = outgoing.state("w-1")
    assert state.status == "failed"
    assert "TRIAGE_WEBHOOK_OUT_URL" in state.trouble
