"""Every route refuses a stranger, save those on a short list; generated from the routes themselves."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from small_services import BASE_URL, SmallServices
from starlette.routing import Mount
from starlette.testclient import TestClient

from api.app import create_app
from tests.intake.providers import calls
from triage.intake.providers.registry import TITLES

PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),  # ends nothing but the caller's own session
}
# behind these a signature is checked in place of a session or token
SIGNED = {("POST", "/intake/{provider}"), ("POST", "/intake/{provider}/mime")}
FOR_REVIEWERS = {
    ("POST", "/api/v1/requests/{request_id}/decision"),
    ("GET", "/review"),
    ("GET", "/review/{request_id}"),
    ("GET", "/history"),
    ("GET", "/notes"),
    ("GET", "/settings"),
}


def doors(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path pattern of every route."""
    return {
        (method, route.path or "")
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        if method != "HEAD"
    }


def test_only_the_static_files_are_mounted(app: FastAPI) -> None:
    assert [route.path for route in app.routes if isinstance(route, Mount)] == ["/static"]


def test_the_list_of_public_doors_names_real_ones(app: FastAPI) -> None:
    assert doors(app) >= PUBLIC
    assert len(doors(app)) > len(PUBLIC) + 10


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_stranger_gets_in_nowhere_else(app: FastAPI, client: TestClient, accept: str) -> None:
    for method, path in sorted(doors(app) - PUBLIC - SIGNED):
        answer = client.request(method, path.replace("{", "").replace("}", ""), headers={"Accept": accept})
        to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?next=/")
        assert answer.status_code == 401 or to_sign_in, f"{method} {path} gave {answer.status_code}"


@pytest.mark.parametrize("name", TITLES)
def test_a_stranger_without_a_signature_gets_into_no_way_in(services: SmallServices, name: str) -> None:
    secret = SecretStr(calls.SECRETS.get(name, "a-secret-that-both-sides-know"))
    services.settings = services.settings.model_copy(update={f"{name}_secret": secret})
    app = create_app(services)  # type: ignore[arg-type]
    assert doors(app) >= SIGNED
    for method, path in SIGNED:
        address = path.replace("{provider}", name)
        answer = TestClient(app, BASE_URL).request(method, address, content=b"{}")
        assert answer.status_code == 401, f"{method} {address} gave {answer.status_code}"


def test_a_wrong_token_is_refused_even_beside_a_good_session(sales: TestClient) -> None:
    answer = sales.get("/api/v1/requests", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_submitter_does_not_get_through_the_reviewers_doors(
    app: FastAPI, sales: TestClient, drafted: str
) -> None:
    assert doors(app) >= FOR_REVIEWERS
    for method, path in FOR_REVIEWERS:
        body = {"kind": "approve", "version": 1} if method == "POST" else None
        answer = sales.request(method, path.replace("{request_id}", drafted), json=body)
        assert answer.status_code == 403, f"{method} {path} gave {answer.status_code}"
