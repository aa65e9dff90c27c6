"""Files made for the tests: small, real in form, invented in content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SLIDE = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
SHEET = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def pdf(*pages: Sequence[str]) -> bytes:
    """A PDF whose pages hold these lines, in Helvetica."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    font = 3 + 2 * len(pages)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 50 780 Td {shown}ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    return pdf_of(*objects)


def pdf_of(*objects: str) -> bytes:
    """A PDF of numbered objects with a right table of them; the first is its root."""
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))
    start = out.tell()
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}".encode())
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def packed_as(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(*paragraphs: str, inside: str = "", head: str = "") -> bytes:
    """A Word document of plain paragraphs, then `inside` as raw WordprocessingML."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return packed_as(
        {"word/document.xml": f"{head}<w:document {WORD}><w:body>{body}{inside}</w:body></w:document>"}
    )


def pptx(*slides: str) -> bytes:
    """Slides with one text each, stored in the order of their names."""
    parts: dict[str, str | bytes] = {"ppt/presentation.xml": f"<p:presentation {SLIDE}/>"}
    for number, text in enumerate(slides, start=1):
        parts[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {SLIDE}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"
        )
    return packed_as(dict(sorted(parts.items())))


def odt(*paragraphs: str) -> bytes:
    """An OpenDocument text."""
    body = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
    return packed_as(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {ODF}>{body}</office:document-content>",
        }
    )


def mail(body: str, *files: tuple[str, str, bytes], subject: str = "Requirements for the pilot") -> bytes:
    """A customer's mail with files: name, media type, content."""
    message = EmailMessage()
    message["From"] = "Ines Aldermann <ines@birchwood.example>"
    message["To"] = "sales@ours.example"
    message["Subject"] = subject
    message["Message-ID"] = "<with-files@birchwood.example>"
    message.set_content(body)
    for name, media_type, content in files:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
