"""POST /intake/email: the plain case first, then everything that is wrong with a mail or its sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from httpx2 import Response
from small_services import SmallServices
from starlette.testclient import TestClient

from api.limits import MAIL_BYTES

MAIL = b"""From: Sam Sales <sales@ours.example>
To: triage@ours.example
Subject: Fwd: a simple export
Message-ID: <one@ours.example>
Date: Mon, 23 Nov 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

Could we get a simple export of all job reports?
"""


@pytest.fixture
def post(client: TestClient, bearer: Callable[[str], dict[str, str]]) -> Callable[..., Response]:
    """Posts a mail with the token of the admin's mail gateway."""
    token = bearer("admin@ours.example")

    def send(content: bytes, media_type: str = "message/rfc822") -> Response:
        return client.post("/intake/email", content=content, headers={**token, "Content-Type": media_type})

    return send


def test_a_mail_is_accepted_and_queued(post: Callable[..., Response], services: SmallServices) -> None:
    response = post(MAIL)
    assert response.status_code == 202
    request_id = response.json()["id"]
    assert response.headers["Location"] == response.json()["status_url"] == f"/api/v1/requests/{request_id}"
    assert services.engine.processed == [request_id]
    record = services.store.record(request_id)
    assert "simple export" in record.request.body
    assert record.request.submitter == "sales@ours.example"
    assert record.reviewer == "voice@ours.example"


def test_the_same_mail_again_adds_nothing(post: Callable[..., Response], services: SmallServices) -> None:
    first, second = post(MAIL), post(MAIL)
    assert second.json() == {**first.json(), "duplicate": True}
    assert services.engine.processed == [first.json()["id"]]


def test_a_submitters_own_token_makes_them_the_submitter(
    client: TestClient, services: SmallServices, bearer: Callable[[str], dict[str, str]]
) -> None:
    headers = {**bearer("other@ours.example"), "Content-Type": "message/rfc822"}
    request_id = client.post("/intake/email", content=MAIL, headers=headers).json()["id"]
    assert services.store.record(request_id).request.submitter == "other@ours.example"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_a_good_token_nothing_is_taken(
    client: TestClient, services: SmallServices, headers: dict[str, str]
) -> None:
    response = client.post(
        "/intake/email", content=MAIL, headers={"Content-Type": "message/rfc822", **headers}
    )
    assert response.status_code == 401
    problem = response.json()
    assert (problem["code"], problem["status"]) == ("not-signed-in", 401)
    assert "Bearer" in problem["remedy"] or "token add" in problem["remedy"]
    assert services.engine.processed == []


@pytest.mark.parametrize(
    "content", [b"", b"   \r\n\r\n", bytes(range(256)) * 40], ids=["empty", "blank", "garbage"]
)
def test_what_is_no_mail_is_refused_with_a_remedy(
    post: Callable[..., Response], services: SmallServices, content: bytes
) -> None:
    response = post(content)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]
    assert response.json()["remedy"]
    assert services.engine.processed == []


def test_another_media_type_is_refused(post: Callable[..., Response]) -> None:
    response = post(b"{}", "application/json")
    assert response.status_code == 400
    assert "message/rfc822" in response.json()["remedy"]


def test_thirty_megabytes_are_too_many(post: Callable[..., Response], services: SmallServices) -> None:
    response = post(MAIL + b"x" * (30 * 1024 * 1024))
    assert response.status_code == 413
    assert "25 MB" in response.json()["detail"]
    assert services.engine.processed == []


def test_a_body_of_undeclared_length_is_counted_while_it_arrives(
    client: TestClient, bearer: Callable[[str], dict[str, str]]
) -> None:
    def chunks() -> Iterator[bytes]:
        yield MAIL
        for _ in range(MAIL_BYTES // 1024 // 1024 + 1):
            yield b"x" * 1024 * 1024

    headers = {**bearer("admin@ours.example"), "Content-Type": "message/rfc822"}
    response = client.post("/intake/email", content=chunks(), headers=headers)
    assert response.status_code == 413
