"""What all providers share: forms, rebuilt mails, signed times, JSON, fetching."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.providers.calls import NOW, call
from triage.errors import BadInput, BadSignature, StaleCall, Unreachable
from triage.intake.email import read_mail
from triage.intake.providers.fetching import LIMIT, fetch
from triage.intake.providers.forms import Form, read_form
from triage.intake.providers.payload import read_object
from triage.intake.providers.rebuilt import File, mailbox, rebuild
from triage.intake.providers.signing import check_fresh, from_base64, unix_time

URLENCODED = "application/x-www-form-urlencoded"


def form(body: bytes, kind: str) -> Form:
    """The form in a body."""
    return read_form(call("mailgun", body, {"content-type": kind}))


class TestForms:
    def test_urlencoded_bytes_stay_what_they_are(self) -> None:
        found = form(b"text=a%FFb+c&text=last&empty=&%C3%BC=1", URLENCODED)
        assert [each.value for each in found.all("text")] == [b"a\xffb c", b"last"]
        assert found.value("text") == b"last"
        assert found.field("empty") is not None
        assert found.text("ü") == "1"
        assert found.value("nothing") == b""

    def test_a_file_has_a_name_and_a_type(self) -> None:
        body = (
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="\xc3\xbc.txt"\r\n'
            b"Content-Type: text/plain\r\n\r\none\r\n--two\r\n\r\n--b--\r\n"
        )
        field = form(body, "multipart/form-data; boundary=b").field("a")
        assert field is not None
        assert (field.value, field.file_name, field.media_type) == (
            b"one\r\n--two\r\n",
            "ü.txt",
            "text/plain",
        )

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"{}", "application/json"),
            (b"", "multipart/form-data; boundary=b"),
            (b"--b\r\n\r\ncut off", "multipart/form-data; boundary=b"),
            (b"--b--\r\n", "multipart/form-data"),
            (b"--b\r\n\r\n--b--", f"multipart/form-data; boundary={'b' * 300}"),
            (b"&".join(b"a=1" for _ in range(1_001)), URLENCODED),
            (
                b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 1_001 + b"--b--\r\n",
                "multipart/form-data; boundary=b",
            ),
        ],
        ids=["json", "empty", "cut", "no-boundary", "long-boundary", "many-fields", "many-parts"],
    )
    def test_what_is_no_form_of_theirs_is_refused(self, body: bytes, kind: str) -> None:
        with pytest.raises(BadInput):
            form(body, kind)


class TestRebuilt:
    @given(
        headers=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=5),
        text=st.text(max_size=60),
        html=st.text(max_size=60),
        name=st.text(max_size=20),
        kind=st.text(max_size=20)
        | st.sampled_from(["text/plain", "multipart/mixed", "message/rfc822", "a/b\r\nX: y"]),
        content=st.binary(max_size=60),
    )
    def test_any_fields_make_a_mail_that_reads_the_same_each_time(
        self, headers: list[tuple[str, str]], text: str, html: str, name: str, kind: str, content: bytes
    ) -> None:
        known = [("From", "ana@example.com"), ("Subject", "An export"), *headers]
        files = [File(name, kind, content, name)]
        raw = rebuild(known, text=text, html=html, files=files)
        assert raw == rebuild(known, text=text, html=html, files=files)
        request = read_mail(raw).request
        assert request.subject == "An export"

    def test_a_header_cannot_bring_another_one(self) -> None:
        raw = rebuild(
            [("From", "ana@example.com"), ("Subject", "One\r\nBcc: eve@example.com"), ("X y", "z")], text="x"
        )
        assert b"\nBcc:" not in raw
        assert b"X y" not in raw

    def test_a_name_with_quotes_stays_one_mailbox(self) -> None:
        raw = rebuild([("From", mailbox('Zoë "Z" <eve@example.com>', "<zoe@example.com>"))], text="x")
        request = read_mail(raw).request
        assert request.asker_address == "zoe@example.com"


class TestTimes:
    def test_five_minutes_either_way_are_allowed(self) -> None:
        for minutes in (-5, 0, 5):
            check_fresh(NOW + timedelta(minutes=minutes), NOW)

    @pytest.mark.parametrize(
        ("minutes", "words"), [(-5.1, "5 minutes ago"), (6, "in the future"), (-600, "10 hours ago")]
    )
    def test_beyond_it_says_how_far(self, minutes: float, words: str) -> None:
        with pytest.raises(StaleCall, match=words):
            check_fresh(NOW + timedelta(minutes=minutes), NOW)

    @pytest.mark.parametrize("text", ["", "1.5", "１２", "-3", "1" * 21, "9" * 19, "1e9"])
    def test_what_is_no_time_is_no_proof(self, text: str) -> None:
        with pytest.raises(BadSignature):
            unix_time(text, "Acme")


def test_base64_with_or_without_padding_and_nothing_else() -> None:
    assert from_base64("YQ") == from_base64("YQ==") == b"a"
    assert [from_base64(text) for text in ("Y", "Y*Q=", "ü", "")] == [b""] * 4


@pytest.mark.parametrize("body", [b"", b"[1]", b'"x"', b"{,}", b"\xff\xfe", b"[" * 200_000, b"9" * 5_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_object(body, "Acme")


class _Answers(BaseHTTPRequestHandler):
    """One answer for each path."""

    def do_GET(self) -> None:
        status = int(self.path.strip("/") or 200)
        body = b"x" * (LIMIT + 1) if status == 299 else b"certificate"
        self.send_response(200 if status == 299 else status)
        if status == 302:
            self.send_header("Location", "/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A web server on loopback."""
    with HTTPServer(("127.0.0.1", 0), _Answers) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


class TestFetching:
    def test_a_small_answer_is_given_back(self, server: str) -> None:
        assert fetch(f"{server}/") == b"certificate"

    @pytest.mark.parametrize(("path", "words"), [("302", "HTTP 302"), ("404", "HTTP 404"), ("299", "64 kB")])
    def test_redirects_refusals_and_large_answers_end_it(self, server: str, path: str, words: str) -> None:
        with pytest.raises(BadInput, match=words):
            fetch(f"{server}/{path}")

    def test_a_server_in_trouble_or_away_may_be_asked_again(self, server: str) -> None:
        for url in (f"{server}/503", "http://127.0.0.1:9/"):
            with pytest.raises(Unreachable) as told:
                fetch(url)
            assert not told.value.permanent
