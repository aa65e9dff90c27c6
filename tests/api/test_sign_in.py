"""The one-time link: shown, redeemed once, and over with the session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from small_services import SmallServices
from starlette.testclient import TestClient

from api.sign_in import local_path


@pytest.fixture
def link(services: SmallServices) -> str:
    return str(services.people.issue_link("voice@ours.example", timedelta(hours=1)))


def test_the_button_signs_in(client: TestClient, link: str) -> None:
    response = client.post("/sign-in", data={"token": link, "next": "/review"})
    assert (response.status_code, response.headers["Location"]) == (303, "/review")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("triage=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/api/v1/requests").status_code == 200


def test_looking_at_the_link_does_not_use_it_up(client: TestClient, link: str) -> None:
    for _ in range(3):
        page = client.get("/sign-in", params={"token": link})
        assert page.status_code == 200
        assert link in page.text
    assert client.post("/sign-in", data={"token": link}).status_code == 303


def test_a_used_or_unknown_link_is_refused_in_words(client: TestClient, link: str) -> None:
    client.post("/sign-in", data={"token": link})
    for token in (link, "unknown", ""):
        response = client.post("/sign-in", data={"token": token})
        assert response.status_code == 401
        assert "link" in response.text
        assert "Set-Cookie" not in response.headers


def test_signing_out_ends_the_session_on_the_server(voice: TestClient) -> None:
    cookie = voice.cookies["triage"]
    response = voice.post("/sign-out")
    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in")
    voice.cookies.set("triage", cookie)
    assert voice.get("/api/v1/requests").status_code == 401


def test_a_page_sends_a_stranger_to_sign_in_and_back(client: TestClient) -> None:
    response = client.get("/review?show=waiting", headers={"Accept": "text/html"})
    assert response.headers["Location"] == "/sign-in?next=/review%3Fshow%3Dwaiting"
    page = client.get(response.headers["Location"] + "&token=abc")
    assert 'name="next" value="/review?show=waiting"' in page.text


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/review/r-1?a=b", "/review/r-1?a=b"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("", "/"),
    ],
)
def test_the_next_page_is_one_of_ours(target: str, leads_to: str) -> None:
    assert local_path(target) == leads_to
