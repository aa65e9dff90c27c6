"""Calls that bring several things, answers of their own, and records that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from small_services import SmallServices
from starlette.testclient import TestClient

from tests.intake.providers import calls
from triage.domain import Channel
from triage.errors import BadInput, Unreachable
from triage.intake.form import NewRequest
from triage.intake.providers.base import Answered, Call, Found, Handshake, NewFields, NewMail, Nothing
from triage.intake.providers.receiving import receive
from triage.intake.providers.registry import Providers


def webhook() -> Call:
    """A fresh call of the generic webhook."""
    return calls.webhook(b'{"subject": "An export", "body": "Please."}', at=datetime.now(UTC))


@dataclass
class Batching:
    """A system that puts several events into one call."""

    found: Sequence[Found]
    name: str = "webhook"
    says: Answered = field(default_factory=Answered)

    def verify(self, call: Call, secrets: Sequence[str]) -> None:
        """Believes everything."""

    def read(self, call: Call) -> Sequence[Found]:
        """What it was made with."""
        return self.found

    def answer(self, request_id: str, url: str) -> Answered:
        """Its own answer, with the request in it."""
        return replace(self.says, body=self.says.body.replace(b"ID", request_id.encode()))


def fields(key: str, subject: str = "An export") -> NewFields:
    return NewFields(NewRequest(subject=subject, body=f"Please, {key}.", channel=Channel.CRM), key)


@pytest.fixture
def take(open_ways: FastAPI, services: SmallServices) -> Callable[..., Answered]:
    """Receives a call of `Batching`."""

    def send(*found: Found, **more: object) -> Answered:
        made = Providers(services.settings, {"webhook": Batching(found, **more)})  # type: ignore[arg-type]
        return receive(services, made, "webhook", webhook())  # type: ignore[arg-type]

    return send


def test_each_event_of_a_batch_is_taken_on_its_own(
    take: Callable[..., Answered], services: SmallServices
) -> None:
    broken = NewMail(b"\0\1\2\3 no mail at all")
    answered = take(fields("one"), broken, Nothing("A test."), fields("two"))
    results = json.loads(answered.body)["results"]
    assert [each.get("outcome") for each in results] == ["request", "refused", None, "request"]
    assert results[2] == {"ignored": "A test."}
    assert len(services.engine.processed) == 2


def test_when_the_records_fail_the_call_fails_and_its_repeat_takes_the_rest(
    take: Callable[..., Answered], services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = services.store.accept

    def full(request: object, *rest: object, **more: object) -> object:
        if "two" in request.body:  # type: ignore[attr-defined]
            raise OSError("database or disk is full")
        return accept(request, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(services.store, "accept", full)
    batch = fields("one"), fields("two"), fields("three")
    with pytest.raises(OSError, match="full"):
        take(*batch)
    assert len(services.engine.processed) == 2  # one and three did get their turn
    monkeypatch.undo()
    results = json.loads(take(*batch).body)["results"]
    assert [each["duplicate"] for each in results] == [True, False, True]
    assert len(services.engine.processed) == 3


def test_a_failing_database_is_a_5xx_so_that_the_system_repeats(
    outside: TestClient, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise OSError("database or disk is full")

    monkeypatch.setattr(services.store, "accept", broken)
    call = webhook()
    answer = outside.post("/intake/webhook", content=call.body, headers=dict(call.headers))
    assert answer.status_code == 500
    assert "disk" not in answer.text
    monkeypatch.undo()
    answer = outside.post("/intake/webhook", content=call.body, headers=dict(call.headers))
    assert answer.json()["duplicate"] is False


def test_what_cannot_be_asked_right_now_is_a_503(
    outside: TestClient, open_ways: FastAPI, services: SmallServices
) -> None:
    class Away(Batching):
        def read(self, call: Call) -> Sequence[Found]:
            raise Unreachable("api.example.com does not answer.")

    open_ways.state.providers = Providers(services.settings, {"webhook": Away(())})
    call = webhook()
    answer = outside.post("/intake/webhook", content=call.body, headers=dict(call.headers))
    assert (answer.status_code, answer.json()["code"]) == (503, "unreachable")


def test_nothing_but_broken_things_is_an_error(take: Callable[..., Answered]) -> None:
    with pytest.raises(BadInput):
        take(NewMail(b"\0"), NewMail(b"\1"))


def test_a_system_may_want_its_own_words_back(take: Callable[..., Answered]) -> None:
    says = Answered(b'{"text": "We have it: ID"}', status=200)
    answered = take(fields("one"), says=says)
    assert answered.body.startswith(b'{"text": "We have it: r-')
    assert take(Handshake(b"challenge")) == Answered(b"challenge", "text/plain", 200)
