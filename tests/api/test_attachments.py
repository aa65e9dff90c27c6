"""Files of a request: listed with their words, handed out as nothing a browser would open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_services import SmallServices, ready_draft
from starlette.testclient import TestClient

from api.attachments import safe_name
from tests.attachments.material import mail
from triage.attachments.reading import FileReader
from triage.domain import Category, Cleared, Deadline, Promise, Reading
from triage.intake.arrive import accept_mail

NOTES = "Only managers approve. <script>alert(1)</script>\n\nWe need it by 1 March 2027."
LINE_BREAK = "a\r\nX-Evil: 1.html"


@pytest.fixture
def request_id(services: SmallServices) -> str:
    """A request with a text and a picture, their words found."""
    raw = mail(
        "Hi Sam, see attached.",
        ("notes.txt", "text/html", NOTES.encode()),
        ("logo.png", "image/png", b"\x89PNG\r\n\x1a\n\0"),
    )
    arrived = accept_mail(cast("Any", services), raw, channel="http", submitter="sales@ours.example")
    FileReader(services.store).read(arrived.request_id)
    return arrived.request_id


def link(services: SmallServices, request_id: str, position: int = 0) -> str:
    (file, *_) = services.store.stored_files(request_id)
    return f"/requests/{request_id}/files/{file.received_id}/{position}"


# --- handed out -----------------------------------------------------------------------------------


def test_a_reviewer_and_its_submitter_get_the_file(
    voice: TestClient, sales: TestClient, services: SmallServices, request_id: str
) -> None:
    for browser in (voice, sales):
        answer = browser.get(link(services, request_id))
        assert answer.status_code == 200
        assert answer.content == NOTES.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt"
    )
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_else_gets_it(
    client: TestClient, signed_in: Callable[[str], TestClient], services: SmallServices, request_id: str
) -> None:
    other = signed_in("other@ours.example")
    there = link(services, request_id)
    assert client.get(there, headers={"accept": "application/json"}).status_code == 401
    assert other.get(there).status_code == 404


def test_a_file_is_only_found_under_its_own_request(
    sales: TestClient, services: SmallServices, request_id: str
) -> None:
    raw = mail("Another wish.", ("other.txt", "text/plain", b"Secret")).replace(b"<with-files@", b"<second@")
    second = accept_mail(cast("Any", services), raw, channel="http", submitter="other@ours.example")
    foreign = services.store.stored_files(second.request_id)[0].received_id
    assert sales.get(f"/requests/{request_id}/files/{foreign}/0").status_code == 404
    assert sales.get(link(services, request_id, position=2)).status_code == 404
    assert sales.get(link(services, request_id, position=-1)).status_code == 404


def test_what_was_never_kept_is_not_found(voice: TestClient, drafted: str, services: SmallServices) -> None:
    assert services.store.stored_files(drafted) == []
    assert voice.get(f"/requests/{drafted}/files/1/0").status_code == 404


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("offer.pdf", "offer.pdf"),
        ("Wünsche für März.pdf", "Wünsche für März.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\boot.ini", "C__boot.ini"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        (LINE_BREAK, "a__X-Evil_ 1.html"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_any_name_becomes_a_plain_one(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 120
    assert not set(safe) & set('/\\:*?"<>|\r\n\0\u202e')
    assert safe[0] != "."


# --- shown ----------------------------------------------------------------------------------------


def test_the_review_lists_files_with_their_words(
    voice: TestClient, services: SmallServices, request_id: str
) -> None:
    services.store.save_draft(ready_draft(request_id))
    page = voice.get(f"/review/{request_id}").text
    assert f'href="{link(services, request_id)}"' in page
    assert "11 words found in it" in page
    assert "From the file, not checked." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "A picture: words in pictures are not read." in page


def test_a_quote_from_a_file_says_so_and_leads_there(
    voice: TestClient, services: SmallServices, request_id: str
) -> None:
    draft = ready_draft(request_id)
    quoted = draft.questions[0].model_copy(update={"quote": "Only managers approve."})
    reading = Reading(
        promises=(Promise(quote="We need it by 1 March 2027."),),
        deadline=Deadline(text="by 1 March 2027", quote="We need it by 1 March 2027."),
    )
    cleared = Cleared(category=Category.AUDIT, reason="It is said.", quote="managers approve")
    changes = {"questions": (quoted,), "reading": reading, "cleared": (cleared,)}
    services.store.save_draft(draft.model_copy(update=changes))
    page = voice.get(f"/review/{request_id}").text
    assert page.count('<span class="quiet">from notes.txt</span>') == 3
    assert "as read from notes.txt" in page
    assert f'id="mark.question.{quoted.id}"' in page
    assert '<details class="more" open>' in page


def test_a_file_not_read_yet_says_so(voice: TestClient, services: SmallServices) -> None:
    raw = mail("See attached.", ("notes.txt", "text/plain", b"Words"))
    arrived = accept_mail(cast("Any", services), raw, channel="http", submitter="sales@ours.example")
    assert "Not read yet." in voice.get(f"/review/{arrived.request_id}").text


def test_the_submitter_sees_which_files_came(
    sales: TestClient, services: SmallServices, request_id: str
) -> None:
    page = sales.get(f"/requests/{request_id}").text
    assert f'href="{link(services, request_id)}"' in page
    assert "found in it" not in page


def test_programs_get_words_and_troubles(voice: TestClient, request_id: str) -> None:
    first, second = voice.get(f"/api/v1/requests/{request_id}").json()["request"]["attachments"]
    assert first["text"].startswith("Only managers approve.")
    assert (second["text"], second["trouble"]) == ("", "A picture: words in pictures are not read.")
