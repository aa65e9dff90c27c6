"""Crafted mails: each would hang or crash a careless parser. After 20 s all stacks are dumped: it hangs."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intake.mails import mail
from triage.errors import BadMail, TooLarge
from triage.intake.email import parse_mail
from triage.intake.text import clean_text, html_to_text

HEAD = b"From: ana@kestrel.example\nSubject: s\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    faulthandler.dump_traceback_later(20, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def nested(depth: int) -> bytes:
    levels = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth))
    return HEAD + b"".join(levels) + b"\nhello"


SURVIVED = {
    "comments in From": b"From: " + b"(" * 2000 + b"\nSubject: s\n\nx",
    "address group": b"From: Team: a@x.example, b@x.example;\nSubject: s\n\nx",
    "unclosed quotes": b"From: " + b'"\\' * 4000 + b"\nSubject: s\n\nx",
    "parameters": HEAD + b"Content-Type: text/plain; " + b"a*0=b;" * 2500 + b"\n\nx",
    "parameters of parts": MIXED + (b"--b\nContent-Type: text/plain; " + b'a="b;' * 3000 + b"\n\nx\n") * 150,
    "encoded words": b"From: a@x.example\nSubject: " + b"=?utf-8?q?" * 1500 + b"\n\nx",
    "combining marks": HEAD
    + b"Content-Type: text/plain; charset=utf-8\n\n"
    + ("a" + "\u0301\u0327" * 60_000).encode(),
    "quadratic codec": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 100_000,
    "no codec": HEAD + b"Content-Type: text/plain; charset=zip\n\nx",
    "delimiters": MIXED + b"--bx\n" * 200_000,
    "attributions": HEAD + b"\n" + b"On 1\n" * 12_000,
    "header blocks": HEAD + b"\n" + b"From: a@b\nSubject: x\nTo: b\n\nx\n" * 2000,
    "quote marks": HEAD + b"\n" + b">" * 60_000,
    "closing formulas": HEAD + b"\n" + b"Regards\n" * 8000,
    "spaces": HEAD + b"\nx" + b" \n" * 30_000,
    "cells": HTML + b"<table>" + b"<tr><td>x" * 30_000,
    "one wide cell": HTML
    + b"<table><tr><td>"
    + b"x" * 250_000
    + b"</td></tr>"
    + b"<tr><td>a</td></tr>" * 2000,
    "padding": HTML + b"<div style='padding-left:999999em'>x</div>" * 3000,
    "lists": HTML + b"<ul>" * 250 + b"<li>x" * 5000,
    "angle brackets": HTML + b"x" + b"<" * 200_000,
    "deep markup": HTML + b"<b><i>" * 4000 + b"deep",
    "nested parts": nested(19),
    "quotes within quotes": HTML + b"<blockquote type=cite>x" * 2000,
    "flowed": HEAD + b"Content-Type: text/plain; format=flowed\n\n" + b"x \n" * 60_000,
    "one block in a line": HEAD + b"\n" + (b"From:@" + b"A:" * 900 + b"\n") * 50,
    "recipients": HEAD + b"\n" + (b"To: a@b\n" + b"@\n" * 60) * 300,
    "labels": HEAD + b"\n" + b"Date: 1\n" * 20_000,
    "separators": HEAD + b"\n" + b"-------- forwarded message --------\n" * 5000,
    "encoded files": HEAD + b"\n" + b"begin 644 x\n#86)C\nend\n" * 5000,
    "continued parameters": MIXED
    + (b"--b\nContent-Type: x; " + b"".join(b"name*%d*=%%41;" % i for i in range(150)) + b"\n\nx\n") * 190,
    "recipient headers": HEAD + b"To: " + b"a@b.example, " * 50_000 + b"\n\nx",
    "escapes of ISO-2022-JP": HEAD
    + b"Content-Type: text/plain; charset=iso-2022-jp\n\n"
    + b"\x1b$B" * 50_000,
    "prefixes": b"From: a@x.example\nSubject: " + b"Fwd: " * 3000 + b"\n\nx",
    "names": HEAD + b"\n" + b"our customer Acme Ltd asked for " * 2000,
}
CUT = {
    "long Content-Type": HEAD + b"Content-Type: text/plain; " + b"a=b;" * 47_000 + b"\n\nx",
    "long header": HEAD + b"X-Long: " + b"a" * 17_000 + b"\n\nx",
    "many headers": HEAD + b"X-A: b\n" * 300 + b"\nx",
    "header block": HEAD + b"X-A: bbbbbbbbbbb\n" * 5000 + b"\nx",
    "many parts": MIXED + b"--b\n\n" * 100_000,
    "deep parts": nested(1000),
    "deep mails": HEAD + b"Content-Type: message/rfc822\n\n" * 1000 + b"x",
}


@pytest.mark.parametrize("raw", SURVIVED.values(), ids=SURVIVED)
def test_a_crafted_mail_is_read(raw: bytes) -> None:
    request = parse_mail(raw)
    assert len(request.text()) < 500_000
    assert len(request.thread) <= 100


@pytest.mark.parametrize("raw", CUT.values(), ids=CUT)
def test_a_mail_over_a_cap_is_cut_and_said(raw: bytes) -> None:
    request = parse_mail(raw)
    assert request.subject == "s"
    assert request.body == "x" or [file.name for file in request.attachments if file.size] or request.thread
    assert any("were read" in defect or "not opened" in defect for defect in request.defects)


def test_parts_over_the_cap_are_one_attachment() -> None:
    raw = MIXED + b"--b\n\nword\n" * 300 + b"--b--\n"
    request = parse_mail(raw)
    assert request.body.count("word") == 199
    assert [(file.name, file.size > 1000) for file in request.attachments] == [("unread parts", True)]


def test_deep_markup_keeps_its_words() -> None:
    assert "deep" in parse_mail(SURVIVED["deep markup"]).body


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_give_a_request_or_a_refusal(raw: bytes) -> None:
    check(raw)


PIECES = st.sampled_from(
    [
        b"From: ", b"Content-Type: ", b"multipart/mixed; boundary=", b"message/rfc822", b"text/html",
        b"\n", b"\n\n", b"--b", b"--b--", b"b", b"=?utf-8?b?", b"=?x?q?", b"?=", b"<", b">", b'"', b"\\",
        b"(", b":", b";", b"*0*=", b"charset=", b"filename=", b"Content-Disposition: attachment;",
        b"Content-Transfer-Encoding: base64", b"\0", b"Date: ", b"Resent-From: ", b"\xff\xfe",
        b"a@x.example", b"> ", b"On 1 a wrote:", b"-- ", b"Deal value: 1,,.", b"Need by: 31.02.2026",
        b"\r\n", b"\r", b"---------- Forwarded message ---------", b"Subject: s",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=60))
def test_arbitrary_pieces_of_mails_give_a_request_or_a_refusal(pieces: list[bytes]) -> None:
    check(HEAD + b"".join(pieces))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_cleaning(text: str) -> None:
    for cleaned in (clean_text(text), html_to_text(text)):
        assert "\0" not in cleaned
        assert cleaned.encode() is not None
    assert clean_text(clean_text(text)) == clean_text(text)


def check(raw: bytes) -> None:
    try:
        request = parse_mail(raw)
    except (BadMail, TooLarge):
        return  # anything else fails the test
    assert request.id.startswith("r-")
    assert type(request).model_validate_json(request.model_dump_json()) == request


def test_the_smallest_mail_passes() -> None:
    assert parse_mail(mail("x")).body == "x"
