"""The call that the pages about Zapier and Make describe does what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from small_services import BASE_URL, SmallServices
from starlette.testclient import TestClient

from triage.intake.form import NewRequest

PAGES = Path(__file__).parents[2] / "docs" / "providers"
pages = pytest.mark.parametrize("page", ["zapier", "make"])


def example(page: str) -> dict[str, Any]:
    """The JSON on the page."""
    block = re.search(r"```json\n(.*?)```", (PAGES / f"{page}.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    found: dict[str, Any] = json.loads(block[1])
    return found


@pages
def test_the_page_names_every_field_of_a_request(page: str) -> None:
    assert NewRequest.model_fields.keys() - example(page).keys() == {"submitter", "from_role", "channel"}


@pages
def test_the_documented_call_is_taken_once(
    page: str, app: FastAPI, services: SmallServices, bearer: Callable[[str], dict[str, str]]
) -> None:
    outside = TestClient(app, BASE_URL, headers=bearer("sales@ours.example"))
    headers = {"Idempotency-Key": f"{page}-9876543210"}
    first = outside.post("/api/v1/requests", json=example(page), headers=headers)
    again = outside.post("/api/v1/requests", json=example(page), headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (again.json()["id"], again.json()["duplicate"]) == (first.json()["id"], True)
    request = services.store.request(first.json()["id"])
    assert (request.deal_value, request.need_by) == (48000.0, date(2027, 1, 31))
    assert (request.asker_address, request.submitter) == ("priya.nair@example.com", "sales@ours.example")
    other = outside.post(
        "/api/v1/requests", json={**example(page), "body": "Something else."}, headers=headers
    )
    assert other.status_code == 409


@pages
def test_what_cannot_be_read_is_refused_with_the_field_named(
    page: str, app: FastAPI, bearer: Callable[[str], dict[str, str]]
) -> None:
    outside = TestClient(app, BASE_URL, headers=bearer("sales@ours.example"))
    refused = outside.post("/api/v1/requests", json={**example(page), "need_by": "soon"})
    assert refused.status_code == 422
    assert "need_by" in refused.json()["detail"]
