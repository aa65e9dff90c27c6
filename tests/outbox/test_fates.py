"""Whatever happens to a try, a message ends sent or given up, and is doubled only where that is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain import OutChannel, OutgoingMessage
from triage.errors import NotDelivered
from triage.outbox.deliver import LEASE, MAX_TRIES, send_due
from triage.records.database import migrate, open_database
from triage.records.outgoing import Outgoing

FATES = (
    "taken",
    "refused for good",
    "refused for now",
    "lost before",  # the connection broke before the other side had it
    "lost after",  # the other side had it, and its word was lost
    "died before",  # our process did, likewise
    "died after",
)
numbers = count()


class Died(BaseException):
    """The process, in the middle of a try."""


class Postman:
    """Meets one fate after the other, then takes everything."""

    def __init__(self, fates: list[str]) -> None:
        self.fates = iter(fates)
        self.arrived: list[str] = []

    def send(self, message: OutgoingMessage) -> str:
        fate = next(self.fates, "taken")
        if fate in ("taken", "lost after", "died after"):
            self.arrived.append(message.message_id)
        if fate.startswith("died"):
            raise Died
        if fate.startswith("refused"):
            raise NotDelivered("No.", permanent=fate == "refused for good")
        if fate.startswith("lost"):
            doubt = fate == "lost after" and not message.channel.knows_repeats
            raise NotDelivered("Broke off.", permanent=False, in_doubt=doubt)
        return "there"


@pytest.fixture(scope="module")
def outgoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outgoing]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('fates') / 'triage.db'}")
    migrate(engine)
    yield Outgoing(engine)
    engine.dispose()


@settings(max_examples=40)
@given(st.lists(st.sampled_from(FATES), max_size=MAX_TRIES + 3), st.sampled_from(list(OutChannel)))
def test_a_message_ends_in_a_way_that_is_true(
    outgoing: Outgoing, fates: list[str], channel: OutChannel
) -> None:
    name = f"m-{next(numbers)}"
    values = {"id": name, "message_id": f"<{name}@ours.example>", "channel": channel}
    rest = {"request_id": "", "kind": "answer", "to": "x", "subject": "s", "text": "t"}
    outgoing.put(OutgoingMessage.model_validate({**values, **rest}))
    postman, now = Postman(fates), datetime.now(UTC)
    while outgoing.state(name).status not in ("sent", "failed"):
        now += max(timedelta(days=1), LEASE)
        try:
            send_due(outgoing, postman, now)
        except Died:
            assert outgoing.state(name).status == "sending"
    state, times = outgoing.state(name), len(postman.arrived)
    assert set(postman.arrived) <= {f"<{name}@ours.example>"}
    assert state.tries <= MAX_TRIES
    if state.status == "sent":
        assert times >= 1
    if not channel.knows_repeats:
        assert times <= (1 if state.status == "sent" else 0) or state.in_doubt
    else:
        assert not state.in_doubt
