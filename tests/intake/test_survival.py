"""What mails carry besides text, and damage that must not cost a word."""

from __future__ import annotations

import binascii

import pytest

from tests.intake.mails import mail
from triage.intake.charsets import decode_bytes
from triage.intake.email import parse_mail
from triage.intake.uuencoded import take_files


def test_a_file_written_into_the_text_becomes_an_attachment() -> None:
    data = bytes(range(100))
    lines = b"".join(binascii.b2a_uu(data[i : i + 45]) for i in range(0, 100, 45)).decode()
    request = parse_mail(mail(f"See the plan.\n\nbegin 644 plan.pdf\n{lines}`\nend\n\nWe need it."))
    assert request.body.split() == ["See", "the", "plan.", "We", "need", "it."]
    assert [(file.name, file.media_type, file.size) for file in request.attachments] == [
        ("plan.pdf", "application/pdf", 100)
    ]


@pytest.mark.parametrize(
    "text", ["begin 644 x\nno code here é\nend", "begin 644 x\nM", "we begin 644 x\nend"]
)
def test_what_is_no_file_stays_text(text: str) -> None:
    assert take_files(text).text == text


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("Content-Type: application/ms-tnef; name=winmail.dat", "“winmail.dat”"),
        ("Content-Type: application/octet-stream; name=winmail.dat", "“winmail.dat”"),
        ("Content-Type: application/pkcs7-mime; name=smime.p7m", "S/MIME"),
        ("Content-Type: multipart/encrypted; boundary=b", "encrypted"),
    ],
)
def test_what_is_closed_is_listed_with_a_way_out(head: str, words: str) -> None:
    request = parse_mail(mail("--b\nContent-Type: application/octet-stream; name=x\n\nabc\n--b--", head))
    assert len(request.attachments) == 1
    assert any(words in defect and "again" in defect for defect in request.defects)


def test_the_text_may_follow_the_headers_without_a_blank_line() -> None:
    raw = b"From: ana@kestrel.example\nSubject: Export\nPlease add an export.\n\nWe need it in May."
    request = parse_mail(raw)
    assert (request.subject, request.body) == ("Export", "Please add an export.\n\nWe need it in May.")


def test_a_parameter_that_lost_its_indent_is_no_text() -> None:
    raw = b"From: a@x.example\nContent-Type: text/plain;\ncharset=utf-8\nSubject: s\n\nGr\xc3\xb6\xc3\x9fe"
    assert (parse_mail(raw).subject, parse_mail(raw).body) == ("s", "Größe")


def test_a_text_without_usual_headers_is_all_text() -> None:
    request = parse_mail(b"X-Form: 7\nX-Visitor: Ana\n\nPlease add an export.")
    assert "X-Visitor: Ana" in request.body
    assert "Please add an export." in request.body
    assert any("no usual header" in defect for defect in request.defects)


def test_a_named_text_part_is_read_when_there_is_no_other() -> None:
    head = "Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline; filename=mail.txt"
    request = parse_mail(mail("Please add an export.", head))
    assert request.body == "Please add an export."
    assert [file.name for file in request.attachments] == ["mail.txt"]


@pytest.mark.parametrize("kind", ["text/enriched", "text/richtext", "text/markdown", "application/xhtml+xml"])
def test_other_kinds_of_text_are_read(kind: str) -> None:
    assert (
        "an export" in parse_mail(mail("<p>Please add <b>an export</b>.</p>", f"Content-Type: {kind}")).body
    )


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Größe".encode(), "us-ascii", "Größe"),
        ("Größe".encode("cp1252"), "us-ascii", "Größe"),
        ("エクスポート".encode("iso-2022-jp"), "", "エクスポート"),
        ("エクスポート".encode("iso-2022-jp"), "us-ascii", "エクスポート"),
        ("①高".encode("cp932"), "shift_jis", "①高"),
        ("镕".encode("gb18030"), "gb2312", "镕"),
        ("똠".encode("cp949"), "euc-kr", "똠"),
        ("экспорт".encode("koi8-r"), "koi8-r", "экспорт"),
        ("ğış".encode("cp1254"), "iso-8859-9", "ğış"),
        ("Größe".encode("utf-7"), "unicode-1-1-utf-7", "Größe"),
        ("Größe".encode(), "koi8-r;", "Größe".encode().decode("koi8-r")),
    ],
)
def test_character_sets_are_read_as_they_are_meant(data: bytes, charset: str, text: str) -> None:
    assert decode_bytes(data, charset).text == text


def test_one_bad_byte_does_not_spoil_the_text() -> None:
    data = "導出所有訪問記錄".encode("big5")
    decoded = decode_bytes(data + b"\xff" + data * 4, "big5")
    assert decoded.text.count("導出所有訪問記錄") == 5
    assert decoded.trouble


def test_a_sentence_that_begins_with_thanks_is_no_signature() -> None:
    assert parse_mail(mail("Add an export.\n\nThanks, can you do it?")).body.endswith("can you do it?")
    assert parse_mail(mail("Add an export.\n\nThank you, it is needed in May.")).body.endswith("in May.")
    assert parse_mail(mail("Add an export.\n\nThanks, Ana Berg")).body == "Add an export."


def test_a_mail_saved_as_utf_16_is_read() -> None:
    raw = "From: ana@kestrel.example\nSubject: Größe\n\nPlease.".encode("utf-16")
    assert (parse_mail(raw).subject, parse_mail(raw).body) == ("Größe", "Please.")
