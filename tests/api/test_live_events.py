"""GET /events: what is sent to whom, and from where on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from small_services import SmallServices
from starlette.testclient import TestClient

from api import events


@pytest.fixture(autouse=True)
def short_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two looks at the table, then the stream ends as it does after ten minutes."""
    monkeypatch.setattr(events, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(events, "STREAM_SECONDS", 0.03)


def received(client: TestClient, **headers: str) -> list[dict[str, str]]:
    response = client.get("/events", headers=headers)
    assert response.headers["Content-Type"].startswith("text/event-stream")
    blocks = [block for block in response.text.split("\n\n") if "data: " in block]
    return [json.loads(block.split("data: ")[1].splitlines()[0]) for block in blocks]


def test_events_after_the_last_seen_one_arrive_with_their_ids(
    voice: TestClient, services: SmallServices, submit: Callable[[], str]
) -> None:
    request_id = submit()
    last = services.store.last_event_id()
    response = voice.get("/events", headers={"Last-Event-ID": "0"})
    assert f"id: {last}\n" in response.text
    assert {event["request_id"] for event in received(voice, **{"Last-Event-ID": "0"})} == {request_id}
    assert received(voice, **{"Last-Event-ID": str(last)}) == []


@pytest.mark.parametrize("last", ["", "nonsense", "²", "9" * 30])
def test_without_a_usable_id_it_starts_now(voice: TestClient, submit: Callable[[], str], last: str) -> None:
    submit()
    assert received(voice, **({"Last-Event-ID": last.encode("latin-1")} if last else {})) == []


def test_a_submitter_hears_only_of_their_own(
    sales: TestClient, signed_in: Callable[[str], TestClient], submit: Callable[[], str]
) -> None:
    request_id = submit()
    assert request_id in {event["request_id"] for event in received(sales, **{"Last-Event-ID": "0"})}
    assert received(signed_in("other@ours.example"), **{"Last-Event-ID": "0"}) == []


def test_a_stopping_server_ends_the_streams(
    app: FastAPI, voice: TestClient, submit: Callable[[], str]
) -> None:
    submit()
    app.state.stopping.set()
    assert received(voice, **{"Last-Event-ID": "0"}) == []


def test_a_batch_moves_on_past_what_may_not_be_seen(
    services: SmallServices, submit: Callable[[], str]
) -> None:
    submit()
    other = services.people.get("other@ours.example")
    batch = events.read_batch(services, other, 0)
    assert batch.visible == ()
    assert batch.last_id == services.store.last_event_id()
