"""The process of its own: an answer from it, and an end to it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.attachments.material import docx, pdf
from triage.attachments import sandbox
from triage.attachments.child import MEMORY
from triage.attachments.formats import Format
from triage.attachments.sandbox import TOO_MUCH, read_apart
from triage.attachments.words import FileWords


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Format.PDF, pdf(["Approval of reports"])),
        (Format.PACKED, docx("Approval of reports")),
        (Format.HTML, b"<html><p>Approval of <b>reports</b><script>alert(1)</script>"),
    ],
)
def test_words_come_back(kind: Format, data: bytes) -> None:
    assert read_apart(kind, data) == FileWords("Approval of reports")


def test_one_that_takes_too_long_is_stopped() -> None:
    assert read_apart(Format.PDF, b"%PDF-1.4", seconds=0.001) == FileWords(trouble=TOO_MUCH)


@pytest.mark.parametrize(
    "start",
    ["import os; os.abort()", "print('no JSON')", "print('[1]')", "print('{}')", "raise SystemExit(3)"],
)
def test_one_that_dies_or_babbles_is_said(monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    monkeypatch.setattr(sandbox, "_START", start)
    assert read_apart(Format.PDF, b"%PDF-1.4") == FileWords(trouble=TOO_MUCH)


def test_it_gets_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_MODEL_API_KEY", "secret")
    show = "import json, os; print(json.dumps({'text': ' '.join(os.environ), 'trouble': ''}))"
    monkeypatch.setattr(sandbox, "_START", show)
    assert "TRIAGE" not in read_apart(Format.PDF, b"").text


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
@pytest.mark.parametrize("act", [f"bytearray({2 * MEMORY})", "open('written.txt', 'wb', 0).write(b'x' * 9)"])
def test_memory_and_files_are_out_of_reach(act: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    code = f"from triage.attachments.child import limit; limit(); {act}"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode != 0
    assert not any(path.stat().st_size for path in tmp_path.iterdir())
