"""Which files are read, how far, and that none of them is in the way of a draft."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.attachments.material import docx, mail, pdf
from tests.small import SmallServices, small_services
from triage.attachments.formats import Format
from triage.attachments.reading import (
    NOT_THERE,
    Allowance,
    FileReader,
    file_content,
    parts_of,
    read_file,
    read_part,
    with_file_words,
)
from triage.attachments.words import MAX_FILE, MAX_FILE_TEXT, MAX_REQUEST_TEXT, FileWords
from triage.domain import Attachment
from triage.intake.email import parse_mail, read_mail
from triage.records.database import migrate, open_database
from triage.records.received import Incoming

NOTES = ("notes.txt", "text/plain", b"The invoice goes out at night.")
SPEC = ("spec.docx", "application/octet-stream", docx("Only managers approve."))


class Apart:
    """In place of another process: remembers what it was given."""

    def __init__(self, found: FileWords | None = None) -> None:
        self.found = found or FileWords("words of it")
        self.given: list[tuple[Format, bytes]] = []

    def __call__(self, kind: Format, data: bytes) -> FileWords:
        self.given.append((kind, data))
        return self.found


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    engine = open_database(f"sqlite:///{folder / 'triage.db'}")
    migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture
def services(database: Path) -> Iterator[SmallServices]:
    with small_services(database) as made:
        yield made


@pytest.fixture
def accepted(services: SmallServices, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Takes a mail in as the one door does; gives the id of its request."""

    def accept(raw: bytes) -> str:
        read = parse_mail(raw).model_copy(update={"message_id": f"<{request.node.name}@x.example>"})
        files = Incoming(raw, "http", message_id=read.message_id, files=read.attachments)
        return services.store.accept(read, _no_job, incoming=files).id

    return accept


def _no_job(connection: sa.Connection, request_id: str) -> None:
    pass


# --- one file -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"Role;May\r\nManager;yes\r\n", "", "Role;May\nManager;yes"),
        ("Größe".encode("cp1252"), "", "Größe"),
        ("Größe".encode("utf-16"), "", "Größe"),
        ("Größe".encode("utf-8-sig"), "us-ascii", "Größe"),
        ("日本語の要求".encode("iso-2022-jp"), "iso-2022-jp", "日本語の要求"),
        (b"# Approval\n\n\n\n* one   two \n", "", "# Approval\n\n* one two"),
    ],
)
def test_plain_text_is_read_whatever_its_characters(data: bytes, charset: str, text: str) -> None:
    assert read_file(data, charset, Apart()) == FileWords(text)


def test_long_text_is_cut_and_says_so() -> None:
    found = read_file("Größe und Maß. ".encode() * 100_000)
    assert len(found.text) <= MAX_FILE_TEXT
    assert found.trouble == "Only its first 20,000 characters were read."
    assert "�" not in read_file("名前。\n".encode("utf-16") * 200_000).text


def test_what_is_more_than_text_goes_elsewhere() -> None:
    apart, page = Apart(), b"<html><p>Hi"
    assert read_file(page, apart=apart).text == "words of it"
    assert apart.given == [(Format.HTML, page)]


def test_a_picture_is_not_even_tried() -> None:
    apart = Apart()
    assert "picture" in read_file(b"\x89PNG\r\n\x1a\n", apart=apart).trouble
    assert not apart.given


def test_a_name_that_lies_changes_nothing() -> None:
    raw = mail("See attached.", ("report.pdf", "application/pdf", b"Plain words."))
    assert with_file_words(parse_mail(raw), raw).attachments[0].text == "Plain words."


# --- what a request allows ------------------------------------------------------------------------


def test_all_files_together_have_a_cap() -> None:
    parts = parts_of(mail("Hi", *[(f"{n}.txt", "text/plain", b"word " * 4_000) for n in range(5)]))
    allowance = Allowance()
    found = [read_part(part, allowance) for part in parts]
    assert sum(len(each.text) for each in found) <= MAX_REQUEST_TEXT
    assert found[-1] == FileWords(
        trouble=f"Not read: the files before it already hold {MAX_REQUEST_TEXT:,} characters."
    ) or found[-1].trouble.startswith("Only its first")


@pytest.mark.parametrize(
    ("allowance", "says"),
    [
        (Allowance(characters=0), "already hold"),
        (Allowance(files=0), "more than 40 files"),
        (Allowance(until=time.monotonic() - 1), "took too long"),
    ],
)
def test_a_used_up_allowance_is_said(allowance: Allowance, says: str) -> None:
    (part,) = parts_of(mail("Hi", NOTES))
    assert says in read_part(part, allowance).trouble


def test_the_last_file_gets_what_is_left() -> None:
    (part,) = parts_of(mail("Hi", NOTES))
    assert read_part(part, Allowance(characters=11)) == FileWords(
        "The invoice", "Only its first 11 characters were read."
    )


def test_a_large_file_and_an_attached_mail_are_left_alone() -> None:
    inner = b"From: a@x.example\r\nSubject: Inner\r\n\r\nText"
    raw = (
        b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b\r\n"
        b'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\n'
        + b"x" * (MAX_FILE + 9)
        + b"\r\n--b--\r\n"
    )
    found = [read_part(part, Allowance()) for part in parts_of(raw)]
    assert [each.trouble for each in found] == [
        "A mail: its text stands in the thread.",
        "Larger than 10 MB: not read.",
    ]


# --- kept files -----------------------------------------------------------------------------------


def test_files_are_read_once_and_found_in_the_request(
    services: SmallServices, accepted: Callable[..., str]
) -> None:
    apart = Apart(FileWords("Only managers approve.", "Page 2 is damaged."))
    request_id = accepted(mail("See attached.", NOTES, SPEC))
    assert [file.text for file in services.store.stored_files(request_id)] == [None, None]
    reader = FileReader(services.store, apart)
    reader.read(request_id)
    reader.read(request_id)
    assert [kind for kind, _ in apart.given] == [Format.PACKED]
    files = services.store.request(request_id).attachments
    assert [(file.name, file.text, file.trouble) for file in files] == [
        ("notes.txt", "The invoice goes out at night.", ""),
        ("spec.docx", "Only managers approve.", "Page 2 is damaged."),
    ]


def test_a_request_without_files_costs_nothing(services: SmallServices, accepted: Callable[..., str]) -> None:
    request_id = accepted(mail("We need an export."))
    FileReader(services.store, Apart()).read(request_id)
    assert services.store.stored_files(request_id) == []


def test_what_did_not_come_as_a_mail_has_no_content(services: SmallServices) -> None:
    read = parse_mail(mail("Hi")).model_copy(update={"message_id": "", "attachments": ()})
    listed = Incoming(b'{"files": ["a.pdf"]}', "hubspot", files=(Attachment(name="a.pdf"),))
    request_id = services.store.accept(read, _no_job, incoming=listed).id
    FileReader(services.store, Apart()).read(request_id)
    assert services.store.stored_files(request_id)[0].trouble == NOT_THERE


def test_real_files_through_the_real_process(services: SmallServices, accepted: Callable[..., str]) -> None:
    page = ("a.pdf", "application/pdf", pdf(["We need it by 1 March."]))
    broken = ("b.pdf", "application/pdf", b"%PDF-1.4 nothing")
    request_id = accepted(mail("See attached.", page, broken, SPEC))
    FileReader(services.store).read(request_id)
    first, second, third = services.store.stored_files(request_id)
    assert (first.text, second.text, third.text) == ("We need it by 1 March.", "", "Only managers approve.")
    assert second.trouble == "It is damaged or no real PDF."


def test_the_content_comes_back_byte_for_byte() -> None:
    raw = mail("Hi", NOTES, SPEC)
    assert [file_content(raw, n) for n in range(3)] == [NOTES[2], SPEC[2], None]
    assert file_content(b"{}", 0) is None
    assert len(read_mail(raw).files) == 2
