"""PDFs: their text, and why there is none."""

from __future__ import annotations

import io

import pytest

from tests.attachments.material import pdf, pdf_of
from triage.attachments.pdf import DAMAGED, LOCKED, SCAN, read_pdf
from triage.attachments.words import MAX_FILE_TEXT, MAX_PAGES, FileWords, unwrap


def test_pages_follow_each_other() -> None:
    found = read_pdf(pdf(["Approval (step)"], ["By March"]))
    assert found == FileWords("Approval (step)\n\nBy March")


def test_a_line_broken_by_the_page_goes_on() -> None:
    broken = "Our branch managers want to approve every report\nbefore the invoice goes out.\nYes\nno"
    assert unwrap(broken) == (
        "Our branch managers want to approve every report before the invoice goes out.\nYes\nno"
    )
    assert unwrap("They have to be in the office for their self-\nservice") == (
        "They have to be in the office for their self-service"
    )


def test_a_scan_has_no_text() -> None:
    assert read_pdf(pdf([])) == FileWords(trouble=SCAN)


def test_a_password_is_said() -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    assert read_pdf(locked.getvalue()) == FileWords(trouble=LOCKED)


def test_a_long_one_is_cut() -> None:
    found = read_pdf(pdf(*[["We need an approval step for each of the reports."] * 60] * 12))
    assert len(found.text) <= MAX_FILE_TEXT
    assert found.trouble == "Only its first 20,000 characters were read."


def test_pages_beyond_the_cap_are_said() -> None:
    found = read_pdf(pdf(*[["Page"]] * (MAX_PAGES + 5)))
    assert found.trouble == f"Only {MAX_PAGES} of its {MAX_PAGES + 5} pages were read."


def test_one_broken_page_does_not_take_the_others_with_it() -> None:
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents {} 0 R "
        "/Resources << /Font << /F1 7 0 R >> >> >>"
    )
    found = read_pdf(
        pdf_of(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
            page.format(5),
            page.format(6),
            "<< /Length 3 /Filter /NoSuchFilter >>\nstream\nabc\nendstream",
            "<< /Length 28 >>\nstream\nBT /F1 9 Tf (Kept text) Tj ET\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        )
    )
    assert found == FileWords("Kept text", "1 of 2 pages could not be read.")


@pytest.mark.parametrize(
    "hostile",
    [
        b"%PDF-1.7",
        b"%PDF-1.4\n" + b"\xff" * 5_000,
        pdf(["Approval"])[:300],
        pdf_of("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
        pdf_of("<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] /Count 9 >>"),
        b"%PDF-1.4\n" + b"[" * 20_000 + b"\nstartxref\n9\n%%EOF",
    ],
    ids=["head alone", "noise", "cut in half", "page tree in a circle", "root in a circle", "deep"],
)
def test_a_hostile_one_is_damaged(hostile: bytes) -> None:
    assert read_pdf(hostile).trouble in (DAMAGED, SCAN)
