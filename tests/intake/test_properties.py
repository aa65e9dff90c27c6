"""Whatever a mail is made of: it is read or refused by name, its words are clean, its text is not lost."""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass
from unicodedata import normalize

from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain import Request
from triage.errors import BadInput, BadMail, TooLarge
from triage.intake.bounces import read_bounce
from triage.intake.email import parse_mail
from triage.intake.headers import Headers, decode_words, read_addresses, read_headers
from triage.intake.mime import Reading, read_tree
from triage.intake.outer import automatic_reason
from triage.intake.parameters import read_parameters
from triage.intake.plain import request_from_file
from triage.intake.turns import split_turns

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)
CHARSETS = st.sampled_from(["utf-8", "utf-16", "utf-7", "gb18030", "utf-8-sig", "utf-32"])
ENCODINGS = st.sampled_from(["8bit", "base64", "quoted-printable"])
MULTIPARTS = st.sampled_from(["mixed", "related", "signed", "x-new"])


@dataclass(frozen=True)
class Tree:
    """A part as it is sent, and the words that a reader must find in the mail."""

    raw: bytes
    words: tuple[str, ...] = ()


@st.composite
def plain_parts(draw: st.DrawFn) -> Tree:
    word, charset, encoding = draw(WORDS), draw(CHARSETS), draw(ENCODINGS)
    data = f"words {word} end".encode(charset)
    if encoding == "8bit" and charset in ("utf-16", "utf-32"):
        encoding = "base64"  # line feeds within characters would end lines
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data)
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return Tree(head.encode() + data, (f"words {normalize('NFC', word)} end",))


@st.composite
def other_parts(draw: st.DrawFn) -> Tree:
    kind = draw(st.sampled_from(["image/png", "application/pdf", "text/calendar", "message/partial", "x"]))
    return Tree(f"Content-Type: {kind}; name=f.bin\r\n\r\n".encode() + draw(st.binary(max_size=30)))


@st.composite
def multiparts(draw: st.DrawFn, children: st.SearchStrategy[Tree]) -> Tree:
    parts = draw(st.lists(children, min_size=1, max_size=3))
    boundary = f"=_{sum(len(part.raw) for part in parts)}"  # longer than any within
    head = f'Content-Type: multipart/{draw(MULTIPARTS)}; boundary="{boundary}"\r\n\r\n'.encode()
    delimiter = f"\r\n--{boundary}".encode()
    raw = b"".join(delimiter + b"\r\n" + part.raw for part in parts) + delimiter + b"--\r\n"
    return Tree(head + raw, tuple(word for part in parts for word in part.words))


TREES = st.recursive(plain_parts() | other_parts(), multiparts, max_leaves=8)
HEAD = b"From: ana@kestrel.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def is_clean(request: Request) -> bool:
    values = (request.subject, request.body, request.asker_name, request.asker_address, request.message_id)
    threads = (message.text for message in request.thread)
    files = (file.name for file in request.attachments)
    return all("\0" not in value and value.encode() is not None for value in (*values, *threads, *files))


@settings(max_examples=60)
@given(TREES)
def test_no_text_of_a_well_formed_tree_is_lost(tree: Tree) -> None:
    request = parse_mail(HEAD + tree.raw)
    assert is_clean(request)
    for words in tree.words:
        assert words in request.text()


@settings(max_examples=60)
@given(TREES, st.integers(0, 2000), st.binary(max_size=6))
def test_a_damaged_tree_is_still_read(tree: Tree, place: int, junk: bytes) -> None:
    raw = HEAD + tree.raw
    place = len(HEAD) + place % max(1, len(tree.raw))
    request = parse_mail(raw[:place] + junk + raw[place + len(junk) :])
    assert is_clean(request)
    assert request.asker_address == "ana@kestrel.example"


@settings(max_examples=60)
@given(st.binary(max_size=300).filter(lambda value: b"\n" not in value and b"\r" not in value))
def test_any_header_bytes_are_survived(value: bytes) -> None:
    names = (
        b"From",
        b"Subject",
        b"Content-Type",
        b"Content-Disposition",
        b"Date",
        b"Message-ID",
        b"Reply-To",
    )
    request = parse_mail(b"".join(name + b": " + value + b"\n" for name in names) + b"\nwords")
    assert is_clean(request)
    assert "words" in request.body or request.attachments


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_request_or_a_refusal_by_name(raw: bytes) -> None:
    for read in (parse_mail, request_from_file):
        try:
            request = read(raw)
        except (BadMail, BadInput, TooLarge):
            continue  # anything else fails the test
        assert is_clean(request)


@settings(max_examples=80)
@given(st.text(max_size=200))
def test_no_header_value_breaks_a_reader(value: str) -> None:
    assert "\0" not in "".join(box.name + box.address for box in read_addresses(value))
    assert isinstance(decode_words(value), str)
    assert read_parameters(value).value == read_parameters(value).value.lower()
    headers = Headers((("auto-submitted", value), ("from", value), ("return-path", value)))
    assert isinstance(automatic_reason(headers), str)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_delivery_status_is_read(raw: bytes) -> None:
    mail = HEAD + b"Content-Type: message/delivery-status\n\n" + raw
    bounce = read_bounce(read_tree(mail, Reading()))
    assert bounce is not None
    assert all("\0" not in one.recipient + one.diagnostic for one in bounce.failures)


PIECES = st.sampled_from(
    [
        "> ", "From: a <a@x.example>", "To: b", "Sent: 1", "\n", "\n\nwords\n\n", "On 1, a@b wrote:",
        "---- x ----", "Von: A", "--", "____________________", "@", ":", "\t",
    ]
)  # fmt: skip


@settings(max_examples=80)
@given(st.lists(PIECES, max_size=40))
def test_splitting_loses_no_paragraph(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert sum(turn.text.count("words") for turn in split_turns(text)) == text.count("words")


@settings(max_examples=30)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=6))
def test_headers_are_read_in_order(pairs: list[tuple[str, str]]) -> None:
    block = "".join(f"X-{number}: {value}\r\n" for number, (_, value) in enumerate(pairs)).encode()
    fields = read_headers(block).fields
    assert [name for name, _ in fields] == [f"x-{number}" for number in range(len(pairs))]
