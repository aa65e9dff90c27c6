"""HubSpot: a workflow's record, an app's events, and what its API says about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from triage.domain import Channel, FromRole, Source
from triage.errors import BadInput, SetupError, Unreachable
from triage.intake.providers.base import Call
from triage.intake.providers.hubspot import records
from triage.intake.providers.receiving import receive

from .calls import Fixture
from .conftest import Way
from .crm_calls import hubspot
from .loopback_api import LoopbackApi, loopback_api

OBJECTS = "/crm/objects/2026-03"
LINKS = "/crm/associations/2026-03"
DEAL = "9876543210"
TICKET = "55501"


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackApi]:
    with loopback_api() as api:
        yield api


@pytest.fixture
def api(server: LoopbackApi) -> LoopbackApi:
    """HubSpot's API with one deal, one ticket, a company, a contact and an owner."""
    deal = {
        "dealname": "Approval before invoicing",
        "triage_request": "Managers must review job reports first.",
        "amount": "48000",
        "deal_currency_code": "EUR",
        "triage_need_by": "2027-01-31",
        "hubspot_owner_id": "41629779",
    }
    ticket = {"subject": "Export", "content": "A simple export of job reports.", "hubspot_owner_id": ""}
    server.asked.clear()
    server.slow.clear()
    server.answers = {
        f"{OBJECTS}/deals/batch/read": _results(DEAL, deal),
        f"{OBJECTS}/tickets/batch/read": _results(TICKET, ticket),
        f"{OBJECTS}/companies/batch/read": _results("31", {"name": "Acorn Facilities"}),
        f"{OBJECTS}/contacts/batch/read": _results(
            "51", {"firstname": "Priya", "lastname": "Nair", "email": "priya.nair@acorn.example.com"}
        ),
        f"{LINKS}/deals/companies/batch/read": _linked(DEAL, "31"),
        f"{LINKS}/deals/contacts/batch/read": _linked(DEAL, "51"),
        f"{LINKS}/tickets/companies/batch/read": {"results": []},
        f"{LINKS}/tickets/contacts/batch/read": {"results": []},
        "/crm/owners/2026-03/41629779": {"id": "41629779", "email": "sam.sales@ours.example"},
    }
    return server


@pytest.fixture
def way(open_way: Callable[..., Way], api: LoopbackApi) -> Way:
    return open_way("hubspot", hubspot_token="pat-1", hubspot_api=api.base)


def test_the_properties_of_a_workflow_become_a_request(way: Way) -> None:
    request = way.request("workflow_deal.json")
    assert request.subject == "Acorn Facilities – approval before invoicing"
    assert request.body.startswith("Their managers must review job reports before invoices go out.")
    assert "<" not in request.body
    assert (request.customer, request.asker_name) == ("Acorn Facilities", "Priya Nair")
    assert (request.deal_value, request.deal_currency) == (48000.0, "EUR")
    assert request.need_by == date(2026, 12, 1)
    assert request.need_by_reason == "The new invoicing year begins in January."
    assert request.already_said == "We told them it is a small change."
    assert (request.channel, request.from_role) == (Channel.CRM, FromRole.SALES)
    assert request.submitter == "sam.sales@ours.example"
    assert request.source == Source(
        provider="hubspot",
        kind="deal",
        id=DEAL,
        url=f"https://app.hubspot.com/contacts/6251512/record/0-3/{DEAL}",
    )
    assert request.defects == ()


def test_a_body_of_ones_own_with_plain_names_is_understood(way: Way) -> None:
    request = way.request("workflow_own_body.json")
    assert request.customer == "Bramble Logistik GmbH"
    assert (request.submitter, request.deal_currency) == ("sam.sales@ours.example", "CHF")
    assert "Größe" in request.body


def test_an_owner_nobody_can_name_is_a_defect(open_way: Callable[..., Way]) -> None:
    request = open_way("hubspot").request("workflow_deal.json")
    assert request.submitter == ""
    assert "41629779" in request.defects[0]
    assert "TRIAGE_HUBSPOT_TOKEN" in request.defects[0]


def test_the_same_call_again_adds_nothing_and_another_ask_is_another_request(way: Way) -> None:
    first, again = way.take("workflow_deal.json"), way.take("workflow_deal.json")
    assert (again["id"], again["duplicate"]) == (first["id"], True)
    changed = json.loads(_fixture().read_bytes())
    changed["properties"]["triage_request"]["value"] = "Now they want it in the app as well."
    other = _receive(way, changed)
    assert other["id"] != first["id"]
    assert way.services.store.request(other["id"]).defects == (
        f"Request {first['id']} came from the same record before.",
    )


def test_events_of_an_app_are_read_from_the_api_in_one_batch(way: Way, api: LoopbackApi) -> None:
    receipt = way.take("subscription.json")
    taken = [each for each in receipt["results"] if each.get("outcome") == "request"]
    assert len(taken) == 2
    assert [each["ignored"] for each in receipt["results"] if "ignored" in each] == [
        "The change is our own app's.",
        "Events of the kind contact.creation are not used.",
    ]
    deal = way.services.store.request(taken[0]["id"])
    assert (deal.subject, deal.customer) == ("Approval before invoicing", "Acorn Facilities")
    assert (deal.asker_name, deal.asker_address) == ("Priya Nair", "priya.nair@acorn.example.com")
    assert (deal.submitter, deal.need_by) == ("sam.sales@ours.example", date(2027, 1, 31))
    assert deal.source is not None
    assert (deal.source.kind, deal.source.id) == ("deal", DEAL)
    reads = [body for path, _, body in api.asked if path == f"{OBJECTS}/deals/batch/read"]
    assert [body["inputs"] for body in reads] == [[{"id": DEAL}]]
    assert {"triage_request", "amount", "hubspot_owner_id"} <= set(reads[0]["properties"])
    assert {token for _, token, _ in api.asked} == {"Bearer pat-1"}


def test_own_entries_of_the_field_map_are_asked_for_and_used(
    open_way: Callable[..., Way], api: LoopbackApi, tmp_path: Path
) -> None:
    (tmp_path / "map.yaml").write_text("hubspot:\n  product_area: properties.area__c\n", encoding="utf-8")
    api.answers[f"{OBJECTS}/deals/batch/read"]["results"][0]["properties"]["area__c"] = "Job reports"
    way = open_way("hubspot", hubspot_token="pat-1", hubspot_api=api.base, field_map=tmp_path / "map.yaml")
    found = way.take("subscription.json")["results"]
    requests = [way.services.store.request(each["id"]) for each in found if "id" in each]
    assert requests[0].product_area == "Job reports"
    assert "area__c" in api.asked[0][2]["properties"]


def test_events_without_a_token_are_held_off_with_the_setting_named(open_way: Callable[..., Way]) -> None:
    with pytest.raises(SetupError) as caught:
        open_way("hubspot").take("subscription.json")
    assert "TRIAGE_HUBSPOT_TOKEN" in caught.value.remedy


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_api_with_a_fault_makes_hubspot_repeat(way: Way, api: LoopbackApi, status: int) -> None:
    api.answers[f"{OBJECTS}/deals/batch/read"] = status
    with pytest.raises(Unreachable):
        way.take("subscription.json")
    assert way.services.engine.processed == []


def test_an_api_that_is_too_slow_makes_hubspot_repeat(
    way: Way, api: LoopbackApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.slow[f"{OBJECTS}/deals/batch/read"] = 0.6
    monkeypatch.setattr(way.providers.get("hubspot")._records, "_time_s", 0.2)  # type: ignore[attr-defined]
    with pytest.raises(Unreachable, match="timed out"):
        way.take("subscription.json")


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_may_not_read_is_said(way: Way, api: LoopbackApi, status: int) -> None:
    api.answers[f"{OBJECTS}/deals/batch/read"] = status
    with pytest.raises(SetupError, match=str(status)):
        way.take("subscription.json")


def test_who_is_beside_a_deal_is_not_worth_losing_it_for(way: Way, api: LoopbackApi) -> None:
    api.answers[f"{LINKS}/deals/companies/batch/read"] = 403
    found = way.take("subscription.json")["results"]
    request = next(way.services.store.request(each["id"]) for each in found if "id" in each)
    assert request.subject == "Approval before invoicing"
    assert any("did not say in time" in defect for defect in request.defects)


def test_a_record_that_is_gone_asks_for_nothing(way: Way, api: LoopbackApi) -> None:
    api.answers[f"{OBJECTS}/deals/batch/read"] = {"results": []}
    found = way.take("subscription.json")["results"]
    assert f"HubSpot has no deal {DEAL} any more." in [each.get("ignored") for each in found]


def test_a_deal_without_words_does_not_hold_up_the_others(way: Way, api: LoopbackApi) -> None:
    api.answers[f"{OBJECTS}/deals/batch/read"] = _results(DEAL, {"amount": "5"})
    found = way.take("subscription.json")["results"]
    assert [each["outcome"] for each in found if "outcome" in each] == ["request"]


def test_what_does_not_name_a_record_is_refused(way: Way) -> None:
    with pytest.raises(BadInput, match="objectId"):
        _receive(way, [{"subscriptionType": "deal.creation"}])
    with pytest.raises(BadInput, match="neither"):
        _receive(way, 7)


def test_the_address_of_the_api_must_be_one(open_way: Callable[..., Way]) -> None:
    way = open_way("hubspot", hubspot_token="pat-1", hubspot_api="http://crm.example.com")
    with pytest.raises(SetupError, match="TRIAGE_HUBSPOT_API"):
        way.take("subscription.json")


def _fixture() -> Path:
    return Path(records.__file__).parent / "fixtures" / "workflow_deal.json"


def _receive(way: Way, value: object) -> dict[str, Any]:
    made: Call = hubspot(Fixture({"content-type": "application/json"}, json.dumps(value).encode()))
    receipt: dict[str, Any] = json.loads(receive(way.services, way.providers, "hubspot", made).body)  # type: ignore[arg-type]
    return receipt


def _results(key: str, properties: dict[str, str]) -> dict[str, Any]:
    return {"status": "COMPLETE", "results": [{"id": key, "properties": properties, "archived": False}]}


def _linked(key: str, other: str) -> dict[str, Any]:
    to = [
        {
            "toObjectId": other,
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": None}],
        }
    ]
    return {"status": "COMPLETE", "results": [{"from": {"id": key}, "to": to}]}
