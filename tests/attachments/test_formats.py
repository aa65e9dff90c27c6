"""What a file is, by its content; its name is never asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attachments.material import docx, pdf
from triage.attachments.formats import Format, recognise


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (b"We need an export.", Format.TEXT),
        ("Wir brauchen einen Export: Größe.".encode("cp1252"), Format.TEXT),
        ("We need it".encode("utf-16"), Format.TEXT),
        (b"name;role\r\nAda;admin\r\n", Format.TEXT),
        (b"<!-- saved -->\n<!DOCTYPE html><p>Hi", Format.HTML),
        (b"<html><body>Hi</body></html>", Format.HTML),
        (b"<ticket><id>4</id></ticket>", Format.TEXT),
        (b"BMW wants an export", Format.TEXT),  # begins like a bitmap
        (b"junk before\n%PDF-1.4\n", Format.PDF),
        (pdf(["Hi"]), Format.PDF),
        (docx("Hi"), Format.PACKED),
    ],
)
def test_the_content_says_what_it_is(data: bytes, format: Format) -> None:
    assert recognise(data).format is format


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\0 ", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"BM\x8a\0\0\0\0\0\0\0\x8a\0", "picture"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "picture"),
        (b"\0\0\0\x18ftypheic", "picture"),
        (b"\0\0\0\x18ftypisom", "sound or video"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office"),
        (b"\x78\x9f\x3e\x22\0\0", "winmail.dat"),
        (rb"{\rtf1\ansi Hi}", "rich text"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "packed archive"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0", "program"),
        (bytes(range(32)) * 20, "not read"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, says: str) -> None:
    known = recognise(data)
    assert known.format is None
    assert says in known.trouble


@given(st.binary(max_size=200))
def test_any_bytes_are_one_or_the_other(data: bytes) -> None:
    known = recognise(data)
    assert (known.format is None) == bool(known.trouble)
