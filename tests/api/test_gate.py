"""Headers on every response, foreign hosts and foreign pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi import FastAPI
from small_services import SmallServices
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from api.app import create_app
from api.security import HEADERS, own_host, same_origin
from triage.settings import Settings

BASE = "https://triage.example"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/sign-in"),
        ("GET", "/nowhere"),
        ("GET", "/static/nothing.css"),
        ("GET", "/review"),
        ("GET", "/api/v1/requests"),
        ("POST", "/intake/email"),
        ("PUT", "/healthz"),
    ],
)
def test_every_response_carries_the_headers(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path, headers={"Accept": "text/html"})
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert response.headers["X-Request-ID"]
    assert response.headers["Cache-Control"]
    assert "Strict-Transport-Security" not in response.headers


def test_a_crash_shows_a_number_and_no_internals(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    def crash() -> None:
        raise ValueError("the secret inside")

    app.add_api_route("/crash", crash)
    for accept in ("text/html", "application/json"):
        response = TestClient(app, "http://127.0.0.1:8000").get("/crash", headers={"Accept": accept})
        assert response.status_code == 500
        assert "secret" not in response.text
        assert response.headers["X-Request-ID"] in response.text
        assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert "the secret inside" in caplog.text


def test_https_adds_strict_transport_and_the_host_cookie(services: SmallServices, settings: Settings) -> None:
    services.settings = settings.model_copy(update={"base_url": BASE})
    link = services.people.issue_link("voice@ours.example", timedelta(hours=1))
    client = TestClient(create_app(services), BASE, follow_redirects=False, headers={"Origin": BASE})
    response = client.post("/sign-in", data={"token": link})
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-triage=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_a_foreign_host_is_refused(client: TestClient) -> None:
    response = client.get("/sign-in", headers={"Host": "rebound.example"})
    assert response.status_code == 421
    assert "TRIAGE_BASE_URL" in response.json()["remedy"]
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9", "http://[broken"])
def test_a_post_from_a_foreign_page_is_refused(sales: TestClient, origin: str) -> None:
    body = {"subject": "Forged", "body": "Forged"}
    response = sales.post("/api/v1/requests", json=body, headers={"Origin": origin})
    assert response.status_code == 403
    assert sales.get("/api/v1/requests").json() == []


def test_a_post_without_any_origin_needs_a_token(
    app: FastAPI, bearer: Callable[[str], dict[str, str]]
) -> None:
    plain = TestClient(app, "http://127.0.0.1:8000")
    body = {"subject": "Export", "body": "An export, please.", "customer": "Acorn"}
    assert plain.post("/api/v1/requests", json=body).status_code == 403
    assert plain.post("/api/v1/requests", json=body, headers=bearer("sales@ours.example")).status_code == 202


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": BASE}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),
        ({"origin": BASE}, True),
        ({"origin": "https://TRIAGE.example"}, True),
        ({"origin": "http://triage.example"}, False),
        ({"origin": "https://triage.example.evil.example"}, False),
        ({"referer": f"{BASE}/review/r-1"}, True),
        ({"referer": "https://evil.example/?https://triage.example"}, False),
        ({}, False),
    ],
)
def test_what_counts_as_our_own_page(headers: dict[str, str], expected: bool) -> None:
    headers = {"host": "triage.example", **headers}
    assert same_origin(Headers(headers), BASE, has_token=False) is expected


@pytest.mark.parametrize(
    ("host", "base_url", "expected"),
    [
        ("triage.example", BASE, True),
        ("TRIAGE.example:443", BASE, True),
        ("127.0.0.1", BASE, False),
        ("localhost:8123", "http://127.0.0.1:8000", True),
        ("[::1]:8000", "http://127.0.0.1:8000", True),
        ("[::1", "http://127.0.0.1:8000", False),
        ("", BASE, False),
    ],
)
def test_which_hosts_are_ours(host: str, base_url: str, expected: bool) -> None:
    assert own_host(Headers({"host": host}), base_url) is expected
