"""Mails put aside: listed for reviewers, shown as text, saved as they came, made a request on purpose."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from small_services import SmallServices
from starlette.testclient import TestClient

from api import received
from triage.errors import BadMail
from triage.intake.arrive import accept_mail, refuse_mail

AWAY = b"\n".join(
    [
        b"From: =?utf-8?q?Kim_K=C3=B6nig?= <kim@customer.example>",
        b"Subject: Out of office <script>alert(1)</script>",
        b"Message-ID: <away@customer.example>",
        b"Auto-Submitted: auto-replied",
        b"",
        b"I am away. But could you export all job reports? <img src=x onerror=alert(2)>",
    ]
)
GARBAGE = b"%PDF-1.7 \x00\xff <b>not bold</b>"


def put_aside(services: SmallServices, raw: bytes = AWAY) -> int:
    accept_mail(cast("Any", services), raw, channel="imap")
    return services.store.aside(1)[0].info.id


def refuse(services: SmallServices) -> int:
    error = BadMail("This is a PDF, not a mail.", "Send the text itself.")
    return refuse_mail(cast("Any", services), GARBAGE, error, channel="imap")


def test_what_was_put_aside_is_listed_newest_first(voice: TestClient, services: SmallServices) -> None:
    away, garbage = put_aside(services), refuse(services)
    page = voice.get("/received").text
    assert re.findall(r'<h2><a href="/received/(\d+)"', page) == [str(garbage), str(away)]
    for said in (
        "Out of office",
        "Kim König",
        "automatic",
        "Nobody wrote this",
        "could not be read",
        "This is a PDF",
    ):
        assert said in page
    assert "<script>alert" not in page


def test_the_list_goes_on(
    voice: TestClient, services: SmallServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "SHOWN", 2)
    numbers = [put_aside(services, AWAY.replace(b"<away", b"<away%d" % number)) for number in range(3)]
    page = voice.get("/received").text
    older = re.search(r'href="(/received\?before=\d+)"', page)
    assert older is not None
    assert re.findall(r'<h2><a href="/received/(\d+)"', voice.get(older[1]).text) == [str(numbers[0])]
    assert voice.get("/received?before=x").status_code == 200


def test_the_inbox_leads_there_only_when_there_is_something(
    voice: TestClient, services: SmallServices
) -> None:
    assert 'href="/received"' not in voice.get("/review").text
    assert "Nothing was put aside." in voice.get("/received").text
    put_aside(services)
    assert 'href="/received"' in voice.get("/review").text


def test_one_is_shown_as_text(voice: TestClient, services: SmallServices) -> None:
    page = voice.get(f"/received/{put_aside(services)}").text
    assert "could you export all job reports? &lt;img src=x onerror=alert(2)&gt;" in page
    assert "Auto-Submitted: auto-replied" in page
    assert "<img src=x" not in page


def test_what_could_not_be_read_is_shown_as_it_came(voice: TestClient, services: SmallServices) -> None:
    page = voice.get(f"/received/{refuse(services)}").text
    assert "&lt;b&gt;not bold&lt;/b&gt;" in page
    assert "This is a PDF, not a mail. Send the text itself." in page


def test_a_long_one_is_cut_on_the_page_and_whole_in_the_file(
    voice: TestClient, services: SmallServices
) -> None:
    raw = AWAY + b"x" * 200_000 + b" the end"
    number = put_aside(services, raw)
    page = voice.get(f"/received/{number}").text
    assert "This is the start of it" in page
    assert voice.get(f"/received/{number}/mail.eml").content == raw


def test_the_file_is_the_mail_as_it_came_and_nothing_in_it_runs(
    voice: TestClient, services: SmallServices
) -> None:
    number = put_aside(services)
    saved = voice.get(f"/received/{number}/mail.eml")
    assert saved.content == AWAY
    assert saved.headers["content-type"] == "message/rfc822"
    assert saved.headers["content-disposition"] == f'attachment; filename="received-{number}.eml"'
    assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert saved.headers["x-content-type-options"] == "nosniff"


def test_a_person_makes_a_request_of_one_and_only_one(voice: TestClient, services: SmallServices) -> None:
    number = put_aside(services)
    first, again = (voice.post(f"/received/{number}/request") for _ in range(2))
    assert first.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    (record,) = services.store.records()
    assert first.headers["location"] == f"/review/{record.request.id}"
    assert "export all job reports" in record.request.body
    assert services.engine.processed == [record.request.id]
    assert services.store.aside() == []
    assert voice.get(f"/received/{number}").headers["location"] == f"/review/{record.request.id}"


def test_what_still_cannot_be_read_stays_and_says_why(voice: TestClient, services: SmallServices) -> None:
    number = refuse(services)
    answer = voice.post(f"/received/{number}/request")
    assert answer.status_code == 400
    assert "This is a PDF" in answer.text
    assert services.store.records() == []
    assert [mail.info.id for mail in services.store.aside()] == [number]


def test_an_automatic_reply_on_a_request_is_shown_there_and_not_here(
    voice: TestClient, services: SmallServices
) -> None:
    asked = AWAY.replace(b"Auto-Submitted: auto-replied\n", b"").replace(b"<away", b"<asked")
    accept_mail(cast("Any", services), asked, channel="imap")
    reply = AWAY.replace(b"Auto-Submitted", b"In-Reply-To: <asked@customer.example>\nAuto-Submitted")
    accept_mail(cast("Any", services), reply, channel="imap")
    assert services.store.aside() == []
    assert not services.store.has_aside()


def test_only_reviewers_see_them(
    sales: TestClient, client: TestClient, admin: TestClient, services: SmallServices
) -> None:
    number = put_aside(services)
    for path in ("/received", f"/received/{number}", f"/received/{number}/mail.eml"):
        assert sales.get(path).status_code == 403
        assert client.get(path, headers={"accept": "application/json"}).status_code == 401
        assert admin.get(path).status_code == 200
    assert sales.post(f"/received/{number}/request").status_code == 403
    assert services.store.records() == []


def test_a_number_nobody_gave_out(voice: TestClient) -> None:
    assert voice.get("/received/4711").status_code == 404
    assert voice.get("/received/4711/mail.eml").status_code == 404
    assert voice.post("/received/4711/request").status_code == 404
