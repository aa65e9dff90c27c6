"""A receiver on loopback, started once, and an approval to tell it about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.outbox.receiver import Receiver, receiving
from tests.records.material import new_draft, new_request
from triage.domain import (
    Answer,
    Decision,
    DecisionKind,
    Question,
    QuestionState,
    RequestRecord,
    Source,
    Verdict,
)
from triage.outbox.approved import Approved


@pytest.fixture(scope="session")
def server() -> Iterator[Receiver]:
    """One server for the whole run."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(server: Receiver) -> Receiver:
    """The server, with nothing received yet."""
    server.reset()
    return server


@pytest.fixture
def approved() -> Approved:
    """A yes with a condition to a request from a HubSpot deal."""
    request = new_request(
        subject="A <simple> export & more",
        customer="Birchwood",
        source=Source(provider="hubspot", kind="deal", id="8812", url="https://app.example.com/8812"),
    )
    answer = Answer(
        verdict=Verdict.YES_BUT,
        conditions=("one branch only",),
        sentence="Yes <!channel> & three weeks, *if* one branch goes first.",
        biggest_risk="the nightly run",
        checklist=("Create the role",),
    )
    asked = Question(id="q1", question="Who exports?", category="permissions", state=QuestionState.ACCEPTED)
    decision = Decision(
        id="d-1",
        request_id=request.id,
        kind=DecisionKind.APPROVE,
        version=2,
        by="tara@example.com",
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    )
    draft = new_draft(version=2, author="tara@example.com", answer=answer, questions=(asked,))
    record = RequestRecord(request=request, reviewer="tara@example.com")
    return Approved(record, draft, decision, "https://triage.example")
