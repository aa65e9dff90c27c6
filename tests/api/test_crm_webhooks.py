"""POST /intake/{crm}: a signed call of each CRM, help desk and chat shows up as one request, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from pydantic import SecretStr
from small_services import BASE_URL, SmallServices
from starlette.testclient import TestClient

from api.app import create_app
from tests.intake.providers.crm_calls import SECRET, SIGNED, named

CALLS = {
    "hubspot": ("workflow_deal.json", "priya.nair@acorn.example.com", ""),
    "salesforce": ("opportunity.json", "", "sam.sales@ours.example"),
    "zendesk": ("trigger_ticket.http", "maya@elm-tools.example.com", "sam.sales@ours.example"),
    "intercom": ("conversation_created.json", "priya.nair@acorn.example.com", ""),
    "front": ("inbound.json", "priya.nair@acorn.example.com", "sam.sales@ours.example"),
    "slack": ("command_lines.http", "omar@dune.example.com", ""),
}
providers = pytest.mark.parametrize("name", CALLS)


@pytest.fixture
def outside(services: SmallServices) -> TestClient:
    """Another system: no cookie, no token, no Origin."""
    secrets = {f"{name}_secret": SecretStr(f"older, {SECRET}") for name in SIGNED}
    services.settings = services.settings.model_copy(update=secrets)
    return TestClient(create_app(services), BASE_URL, follow_redirects=False)  # type: ignore[arg-type]


def post(client: TestClient, name: str, file: str, **how: Any) -> Response:
    """Sends a fixture, signed now unless `how` says otherwise."""
    base = {"base": f"{BASE_URL}/intake/"} if name == "hubspot" else {}
    made = named(name, file, **{"at": datetime.now(UTC), **base, **how})
    return client.post(f"/intake/{name}", content=made.body, headers=dict(made.headers))


@providers
def test_a_signed_call_is_one_rightly_credited_request(
    name: str, outside: TestClient, services: SmallServices
) -> None:
    file, asker, submitter = CALLS[name]
    assert post(outside, name, file).is_success
    request = services.store.request(services.engine.processed[0])
    assert (request.asker_address, request.submitter) == (asker, submitter)
    assert post(outside, name, file).is_success
    assert len(services.engine.processed) == 1


@providers
def test_a_call_that_is_not_proven_leaves_nothing(
    name: str, outside: TestClient, services: SmallServices
) -> None:
    refused = post(outside, name, CALLS[name][0], secret="somebody else's")
    assert (refused.status_code, refused.json()["code"]) == (401, "bad-signature")
    if name != "intercom":  # signs no time
        late = post(outside, name, CALLS[name][0], signed=datetime.now(UTC) - timedelta(minutes=6))
        assert (late.status_code, late.json()["code"]) == (401, "stale-call")
    assert services.engine.processed == []
    assert services.store.received(("request", "reply", "refused")) == []


@providers
def test_a_way_in_without_a_secret_is_closed(name: str, services: SmallServices) -> None:
    closed = TestClient(create_app(services), BASE_URL)  # type: ignore[arg-type]
    answer = post(closed, name, CALLS[name][0])
    assert answer.status_code == 404
    assert f"TRIAGE_{name.upper()}_SECRET" in answer.json()["remedy"]


def test_what_a_crm_lacks_is_said(outside: TestClient) -> None:
    refused = post(outside, "salesforce", "unknown.json")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-input")
    assert "what the customer wants" in refused.json()["detail"]


def test_hubspot_is_asked_to_repeat_what_cannot_be_looked_up(outside: TestClient) -> None:
    held_off = post(outside, "hubspot", "subscription.json")
    assert held_off.status_code == 503
    assert "TRIAGE_HUBSPOT_TOKEN" in held_off.json()["remedy"]
