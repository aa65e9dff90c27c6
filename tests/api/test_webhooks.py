"""POST /intake/{provider}: what signed calls of other systems become, and what the others are told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from pydantic import SecretStr
from small_services import BASE_URL, SmallServices
from starlette.testclient import TestClient

from api.limits import MAIL_BYTES, OTHER_BYTES
from tests.intake.providers import calls
from triage.intake.providers.base import Call
from triage.intake.providers.registry import TITLES

ALL_KINDS = ("request", "reply", "automatic", "bounce", "refused")


@pytest.fixture
def post(outside: TestClient) -> Callable[..., Response]:
    """Sends a call as it was signed."""

    def send(call: Call, path: str = "") -> Response:
        name = path or f"/intake/{call.url.rpartition('/')[2]}"
        return outside.post(name, content=call.body, headers=dict(call.headers))

    return send


def now() -> datetime:
    return datetime.now(UTC)


def webhook(**fields: object) -> Call:
    """A fresh call of the generic webhook."""
    return calls.webhook(json.dumps(fields or {"subject": "An export", "body": "Please."}).encode(), at=now())


GOOD: dict[str, Callable[[], Call]] = {
    "postmark": lambda: calls.postmark("raw.json", at=now()),
    "mailgun": lambda: calls.mailgun("attachment.http", at=now()),
    "sendgrid": lambda: calls.sendgrid("attachment.http", at=now()),
    "ses": lambda: calls.ses("attachment.json", at=now()),
    "webhook": lambda: calls.webhook(calls.fixture("webhook", "fields.json").body, at=now()),
}
each_way = pytest.mark.parametrize("name", GOOD)


@each_way
def test_a_signed_call_becomes_one_request(
    name: str, post: Callable[..., Response], services: SmallServices
) -> None:
    answer = post(GOOD[name]())
    assert answer.status_code == (200 if name in ("postmark", "mailgun") else 202), answer.text
    receipt = answer.json()
    assert receipt["outcome"] == "request"
    assert receipt["duplicate"] is False
    assert receipt["status_url"] == f"/api/v1/requests/{receipt['id']}"
    assert services.engine.processed == [receipt["id"]]
    request = services.store.record(receipt["id"]).request
    assert request.asker_address == "mira.holt@acorn.example.com"
    (kept,) = services.store.received(ALL_KINDS)
    assert (kept.channel, kept.request_id) == (name, receipt["id"])


@each_way
def test_a_replay_within_the_window_adds_nothing(
    name: str, post: Callable[..., Response], services: SmallServices
) -> None:
    call = GOOD[name]()
    first, second = post(call).json(), post(call).json()
    assert second == {**first, "duplicate": True}
    assert len(services.store.received(ALL_KINDS)) == 1


def test_the_same_call_many_times_at_once_is_one_request(
    post: Callable[..., Response], services: SmallServices
) -> None:
    call = GOOD["sendgrid"]()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: post(call), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(services.store.received(ALL_KINDS)) == 1


def test_a_reply_lands_on_its_request(post: Callable[..., Response], services: SmallServices) -> None:
    first = post(GOOD["mailgun"]()).json()
    reply = (
        b"From: Mira Holt <mira.holt@acorn.example.com>\r\nTo: requests@example.com\r\n"
        b"Subject: Re: Sites with their plans\r\nMessage-ID: <reply@acorn.example.com>\r\n"
        b"In-Reply-To: <mailgun-attachment@acorn.example.com>\r\n\r\nFor the yearly plans only.\r\n"
    )
    second = post(webhook(mail=base64.b64encode(reply).decode())).json()
    assert (second["outcome"], second["id"]) == ("reply", first["id"])
    (later,) = services.store.later_mails(first["id"])
    assert later.text == "For the yearly plans only."


@each_way
def test_without_its_proof_nothing_is_kept(name: str, outside: TestClient, services: SmallServices) -> None:
    good = GOOD[name]()
    body = good.body.replace(b"signature", b"signaturx").replace(b'"Signature": "', b'"Signature": "AAAA')
    answer = outside.post(
        f"/intake/{name}", content=body, headers={"content-type": good.headers["content-type"]}
    )
    assert answer.status_code == 401
    assert answer.json()["code"] == "bad-signature"
    assert answer.json()["remedy"]
    assert services.store.received(ALL_KINDS) == []


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        (lambda at: calls.mailgun("raw.http", at=at), 1),
        (lambda at: calls.sendgrid("raw.http", at=at), 1),
        (lambda at: calls.ses("plain.json", at=at - timedelta(hours=1)), 0),
        (lambda at: calls.webhook(b'{"subject": "x"}', at=at), 0),
    ],
    ids=["mailgun", "sendgrid", "ses", "webhook"],
)
def test_a_stale_call_is_no_request_and_a_mail_nobody_hears_of_is_kept_aside(
    call: Callable[[datetime], Call], kept: int, post: Callable[..., Response], services: SmallServices
) -> None:
    late = call(now() - timedelta(minutes=6))
    for _ in range(2):
        answer = post(late)
        assert (answer.status_code, answer.json()["code"]) == (401, "stale-call")
    assert services.engine.processed == []
    assert [each.kind for each in services.store.received(ALL_KINDS)] == ["refused"] * kept


def test_a_stale_replay_of_a_mail_that_was_taken_is_not_kept_again(
    post: Callable[..., Response], services: SmallServices
) -> None:
    post(calls.sendgrid("raw.http", at=now()))
    assert post(calls.sendgrid("raw.http", at=now() - timedelta(minutes=9))).status_code == 401
    assert [each.kind for each in services.store.received(ALL_KINDS)] == ["request"]


def test_a_mail_that_cannot_be_read_is_kept_for_a_person(
    post: Callable[..., Response], services: SmallServices
) -> None:
    answer = post(webhook(mail="AAECAwQFBgcICQ=="))
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad-mail"
    (kept,) = services.store.received(ALL_KINDS)
    assert kept.kind == "refused"


def test_a_way_without_a_secret_is_switched_off(client: TestClient, app: FastAPI) -> None:
    outside = TestClient(app, BASE_URL)
    for name, title in TITLES.items():
        answer = outside.post(f"/intake/{name}", content=b"{}")
        assert answer.status_code == 404
        assert title in answer.json()["detail"]
        assert f"TRIAGE_{name.upper()}_SECRET" in answer.json()["remedy"]


def test_an_unknown_way_names_the_known_ones(outside: TestClient) -> None:
    answer = outside.post("/intake/fax", content=b"{}")
    assert answer.status_code == 404
    assert all(name in answer.json()["remedy"] for name in TITLES)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: calls.mailgun("unknown.http", at=now()), "forward("),
        (lambda: calls.sendgrid("unknown.http", at=now()), "neither email nor headers"),
        (lambda: calls.ses("stored_in_s3.json", at=now()), "SNS action"),
        (lambda: webhook(custmer="x", subject="y"), "Custmer"),
    ],
    ids=["mailgun", "sendgrid", "ses", "webhook"],
)
def test_a_malformed_call_says_what_is_missing(
    call: Callable[[], Call], word: str, post: Callable[..., Response], services: SmallServices
) -> None:
    answer = post(call())
    assert answer.status_code == 422
    assert word in answer.text
    assert services.store.received(ALL_KINDS) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: calls.postmark("unknown.json", at=now()),
        lambda: calls.ses("unknown.json", at=now()),
        lambda: calls.ses("subscription.json", at=now()),
        lambda: calls.webhook(calls.fixture("webhook", "unknown.json").body, at=now()),
    ],
    ids=["postmark", "ses", "confirmation", "webhook"],
)
def test_what_asks_for_nothing_is_ignored_with_the_reason(
    call: Callable[[], Call], post: Callable[..., Response], services: SmallServices
) -> None:
    answer = post(call())
    assert answer.status_code in (200, 202)
    assert list(answer.json()) == ["ignored"]
    assert services.store.received(ALL_KINDS) == []


def test_raw_mails_of_mailgun_come_to_an_address_that_ends_with_mime(post: Callable[..., Response]) -> None:
    assert post(calls.mailgun("raw.http", at=now()), "/intake/mailgun/mime").json()["outcome"] == "request"


def test_a_secret_that_cannot_be_one_is_said_without_showing_it(
    outside: TestClient, services: SmallServices
) -> None:
    services.settings = services.settings.model_copy(update={"webhook_secret": SecretStr("whsec_!!oops")})
    answer = outside.post("/intake/webhook", content=b"{}")
    assert answer.status_code == 503
    assert "TRIAGE_WEBHOOK_SECRET" in answer.text
    assert "oops" not in answer.text


def test_thirty_megabytes_are_too_many(outside: TestClient, services: SmallServices) -> None:
    call = calls.postmark("raw.json", at=now())
    answer = outside.post("/intake/postmark", content=b" " * (30 * 1024 * 1024), headers=dict(call.headers))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert services.store.received(ALL_KINDS) == []


def test_a_body_of_undeclared_length_is_counted_while_it_arrives(outside: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(MAIL_BYTES // 1024 // 1024 + 2):
            yield b" " * 1024 * 1024

    assert outside.post("/intake/postmark", content=chunks()).status_code == 413


def test_the_gate_stays_shut_for_everything_else(outside: TestClient) -> None:
    assert outside.post("/intake/email", content=b"From: a@example.com\n\nx").status_code == 403
    assert outside.post("/intake/postmark/more", content=b"{}").status_code == 403
    assert outside.put("/intake/postmark", content=b"{}").status_code == 403
    assert outside.get("/intake/postmark").status_code == 405
    assert outside.post("/intake/postmark", headers={"Host": "other.example"}).status_code == 421


@pytest.mark.parametrize(("way", "status"), [("ses", 413), ("mailgun", 401), ("postmark", 401)])
def test_what_carries_no_mail_may_not_be_large(outside: TestClient, way: str, status: int) -> None:
    assert outside.post(f"/intake/{way}", content=b"x" * (OTHER_BYTES + 1)).status_code == status
