"""Mails that come in on a request: shown beside it, said to the reviewer, drafted again with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from small_services import SmallServices
from starlette.testclient import TestClient

from triage.domain import OutgoingMessage, Status
from triage.intake.arrive import accept_mail


@pytest.fixture
def reply(services: SmallServices) -> Callable[..., str]:
    """Sends a mail on a request, by its signed thread."""

    def send(request_id: str, text: str, sender: str = "sales@ours.example", *headers: str) -> str:
        services.outgoing.put(_sent(request_id))
        lines = (f"From: {sender}", f"In-Reply-To: <{request_id}.questions.1@ours.example>", *headers)
        raw = "\n".join([*lines, f"Message-ID: <{abs(hash(text))}@ours.example>", "", text]).encode()
        return accept_mail(cast("Any", services), raw, channel="imap").outcome

    return send


def test_a_new_mail_is_shown_and_the_page_says_so(
    voice: TestClient, drafted: str, reply: Callable[..., str]
) -> None:
    request_id = drafted
    assert reply(request_id, "They also need <b>SSO</b>.") == "reply"
    page = voice.get(f"/review/{request_id}").text
    assert "1 mail came in since this draft was begun" in page
    assert "They also need &lt;b&gt;SSO&lt;/b&gt;." in page
    assert "new mail" in voice.get("/review").text


def test_a_stranger_is_marked_as_one(voice: TestClient, drafted: str, reply: Callable[..., str]) -> None:
    request_id = drafted
    reply(request_id, "Let me in.", "mallory@elsewhere.example")
    page = voice.get(f"/review/{request_id}").text
    assert "has not written on this before" in page
    assert "1 mail came in since this draft" in page


def test_drafting_again_takes_the_mail_along(
    voice: TestClient, drafted: str, reply: Callable[..., str], services: SmallServices
) -> None:
    request_id = drafted
    reply(request_id, "They also need SSO.")
    version = services.store.record(request_id).draft_version
    answer = voice.post(f"/review/{request_id}/redraft", data={"version": version}, follow_redirects=False)
    assert answer.status_code == 303
    record = services.store.record(request_id)
    assert (record.status, record.round, record.new_mail) == (Status.DRAFTING, 2, 0)
    assert "They also need SSO." in services.store.request(request_id).ask_text()


def test_an_old_page_cannot_draft_again(voice: TestClient, drafted: str, reply: Callable[..., str]) -> None:
    request_id = drafted
    reply(request_id, "They also need SSO.")
    assert voice.post(f"/review/{request_id}/redraft", data={"version": 1}).status_code == 409


def test_the_submitter_sees_that_it_was_opened_again(
    sales: TestClient, voice: TestClient, drafted: str, reply: Callable[..., str], services: SmallServices
) -> None:
    request_id = drafted
    decision = {"kind": "approve", "version": 1}
    assert voice.post(f"/api/v1/requests/{request_id}/decision", json=decision).status_code == 202
    services.outgoing.put(_sent(request_id, "answer"))
    reply(request_id, "Does it include the mobile app?")
    assert services.store.record(request_id).status is Status.IN_REVIEW
    page = sales.get(f"/requests/{request_id}").text
    assert "Opened again, because of the mail" in page
    assert "Yes, job reports can be exported." in page


def _sent(request_id: str, kind: str = "questions") -> OutgoingMessage:
    key = f"{request_id}.{kind}.1"
    return OutgoingMessage(
        id=key,
        request_id=request_id,
        kind=kind,
        to="sales@ours.example",
        subject="",
        text="",
        message_id=f"<{key}@ours.example>",
    )
