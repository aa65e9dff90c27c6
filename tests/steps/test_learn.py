"""`learn` puts a decided request into the history, once and without guesses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.fakes import request
from tests.small_catalogue import found
from triage.desk import MemoryDesk
from triage.domain import Answer, Decision, DecisionKind, Draft, Reading, Verdict
from triage.steps import learn
from triage.steps.learn import past_request

APPROVED = Decision(id="d-1", request_id="r-1", kind=DecisionKind.APPROVE, version=1, by="rev@example.com")
ASKED = request(
    customer="Alder Example Works", product_area="jobs", received=datetime(2027, 3, 1, 9, tzinfo=UTC)
)


def drafted(verdict: Verdict | None = Verdict.YES_BUT) -> Draft:
    kinds = Reading(kinds=(found("export"), found("approve")))
    return Draft(request_id="r-1", reading=kinds, answer=Answer(verdict=verdict))


def test_a_decided_request_is_remembered_once() -> None:
    desk = MemoryDesk()
    desk.add(ASKED)
    desk.save_draft(drafted())
    for _ in range(3):
        learn(desk, APPROVED)
    (past,) = desk.remembered
    assert (past.id, past.opened, past.customer, past.product_area) == (
        "r-1",
        "2027-03-01",
        "Alder Example Works",
        "jobs",
    )
    assert past.kinds == ("export", "approve")
    assert past.body == ASKED.body


def test_size_surprises_and_closing_date_wait_for_the_closing_form() -> None:
    past = past_request(ASKED, drafted(), APPROVED)
    assert (past.size_days, past.surprises, past.closed) == (None, (), "")


@pytest.mark.parametrize("verdict", [*Verdict, None])
def test_every_verdict_is_put_into_words(verdict: Verdict | None) -> None:
    past = past_request(ASKED, drafted(verdict), APPROVED)
    assert past.verdict is verdict
    assert bool(past.outcome) is (verdict is not None)


def test_a_bare_forward_is_remembered_by_its_note() -> None:
    asked = request(body="", forwarder_note="They want an export.")
    assert past_request(asked, drafted(), APPROVED).body == "They want an export."
