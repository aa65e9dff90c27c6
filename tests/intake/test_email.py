"""A mail becomes a request: text, sender, attachments, and what is said about its defects."""

from __future__ import annotations

import pytest

from tests.intake.mails import OURS, fixture, mail
from triage.domain import FromRole
from triage.errors import BadMail, TooLarge
from triage.intake.email import parse_mail


def test_a_customer_writes_directly() -> None:
    request = fixture("direct")
    assert request.subject == "Manager approval before invoicing – possible?"
    assert request.asker_name == "Jonas Veld"
    assert request.asker_address == "jonas.veld@northwind-lifts.example"
    assert request.customer == "Northwind Lifts GmbH"
    assert request.from_role is FromRole.CUSTOMER
    assert (request.submitter, request.forwarded_by, request.need_by) == ("", "", None)
    assert request.message_id == "<direct-1@northwind-lifts.example>"
    assert not request.defects


def test_soft_line_breaks_are_joined_and_the_signature_goes_but_not_the_postscript() -> None:
    body = fixture("direct").body
    assert "before the invoice goes out. Today" in body
    assert "Head of Operations" not in body
    assert body.endswith("P.S. Our audit is on 1 December, so before that would be great.")


def test_html_is_read_when_the_plain_text_is_only_a_stub() -> None:
    request = fixture("html_only")
    assert "could the job list show the site address as a column?" in request.body
    assert "cannot show HTML" not in request.body
    assert "* web\n* print" in request.body
    assert request.customer == "Reed Cooling Ltd"
    assert [(file.name, file.media_type, file.size) for file in request.attachments] == [
        ("unnamed.png", "image/png", 8)
    ]


def test_plain_text_wins_over_html() -> None:
    assert "not read" not in fixture("thunderbird_forward_es").body


def test_hidden_html_is_not_read() -> None:
    assert "IGNORE" not in fixture("outlook_forward_it").text()


def test_only_an_attachment_is_accepted_and_named() -> None:
    request = fixture("attachment_only")
    assert request.body == ""
    assert [(file.name, file.size) for file in request.attachments] == [("Wünsche.pdf", 19)]
    assert request.defects == (
        "The mail has no text, only an attachment: Wünsche.pdf. Open it to see what is asked.",
    )


def test_only_a_subject_is_accepted() -> None:
    request = parse_mail(mail(""))
    assert request.subject == "Export"
    assert request.defects == ("The mail has no text, only a subject.",)


def test_an_unknown_character_set_is_survived_and_named() -> None:
    request = fixture("unknown_charset")
    assert request.body == "We need an export of all jobs."
    assert (request.asker_name, request.subject) == ("Bo Reed", "Export please")
    assert "“x-martian”" in request.defects[0]


def test_a_broken_mail_is_read_as_far_as_it_goes() -> None:
    request = fixture("broken")
    assert request.body == "Please add a dark mode."
    assert len(request.defects) == 2
    assert "cannot be told apart" in request.defects[0]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"a\0b", "ab"),
        (b"a\x07b", "ab"),
        ("e\u0301".encode(), "é"),
        ("a\u200bb\ufeff".encode(), "ab"),
        ("a\u00a0b".encode(), "a b"),
        ("a\x85b".encode(), "a\nb"),
        (b"a\xffb", "aÿb"),
    ],
)
def test_text_is_clean_and_normal(sent: bytes, read: str) -> None:
    raw = mail("", "Content-Type: text/plain; charset=utf-8") + sent
    assert parse_mail(raw).body == read


def test_lone_surrogates_are_replaced() -> None:
    raw = mail("", "Content-Type: text/plain; charset=utf-7") + b"a+2AA-b"
    assert parse_mail(raw).body.encode()


def test_binary_data_that_calls_itself_text_is_kept_as_an_attachment() -> None:
    request = parse_mail(mail("", "Content-Type: text/plain") + bytes(range(32)) * 20)
    assert [file.size for file in request.attachments] == [640]
    assert "binary data" in request.defects[0]


def test_an_automatic_mail_is_marked() -> None:
    assert "Auto-Submitted is auto-replied" in fixture("out_of_office").defects[0]


def test_a_list_that_puts_its_own_address_into_from_is_seen_through() -> None:
    request = fixture("list")
    assert (request.asker_name, request.asker_address) == ("Ana Kestrel", "ana@kestrel-hvac.example")


def test_a_redirected_mail_keeps_its_writer_and_names_the_colleague() -> None:
    request = parse_mail(mail("Hi", "Resent-From: Mara <mara@fieldnote.example>"), own_domains=OURS)
    assert request.asker_address == "ana@kestrel.example"
    assert request.submitter == request.forwarded_by == "mara@fieldnote.example"


def test_a_mail_without_from_takes_the_next_best_and_says_so() -> None:
    raw = mail().replace(b"From: ana@kestrel.example", b"Reply-To: Ana <ana@kestrel.example>")
    request = parse_mail(raw)
    assert request.asker_address == "ana@kestrel.example"
    assert "no usable From" in request.defects[0]


def test_the_caller_may_name_submitter_and_id() -> None:
    request = parse_mail(mail(), submitter="Mara@Fieldnote.example", request_id="r-1")
    assert (request.id, request.submitter) == ("r-1", "mara@fieldnote.example")


def test_utf16_and_quoted_printable_bodies_are_read() -> None:
    wide = mail("", "Content-Type: text/plain; charset=utf-16") + "Größe".encode("utf-16")
    assert parse_mail(wide).body == "Größe"
    coded = mail(
        "Gr=C3=B6=\n=C3=9Fe",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
    )
    assert parse_mail(coded).body == "Größe"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "The mail is empty"),
        (b" \r\n\r\n ", "The mail is empty"),
        (bytes(range(256)) * 50, "This is not a mail"),
        (b"Hello, could you add an export?\n", "This is not a mail"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Outlook .msg"),
        (b"%PDF-1.4 ...", "a PDF"),
        (b"Subject:\nFrom: \n\n \n", "The mail is empty"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(raw: bytes, words: str) -> None:
    with pytest.raises(BadMail, match=words) as caught:
        parse_mail(raw)
    assert caught.value.remedy.endswith(".")


def test_an_empty_mail_with_a_sender_is_kept_and_said() -> None:
    request = parse_mail(b"From: ana@kestrel.example\n\n \n")
    assert (request.asker_address, request.body) == ("ana@kestrel.example", "")
    assert request.defects == ("The mail is empty; ask its sender what it was to say.",)


def test_thirty_megabytes_are_too_large() -> None:
    with pytest.raises(TooLarge, match="at most 25 MB") as caught:
        parse_mail(mail("x" * 30 * 1024 * 1024))
    assert "without the large attachments" in caught.value.remedy


def test_a_very_long_text_is_cut_and_said() -> None:
    request = parse_mail(mail("word " * 60_000))
    assert len(request.body) <= 200_000
    assert "only the first 200,000 were read" in request.defects[0]


def test_the_colleague_in_copy_gets_the_answer_and_a_team_mailbox_is_nobody() -> None:
    head = b"From: Kim <kim@customer.example>\r\nTo: Ada <ada@ours.example>\r\nCc: requests@ours.example\r\n"
    mail = (
        head
        + b"Subject: A field\r\nMessage-ID: <1@customer.example>\r\n\r\nPlease add a field for the floor.\r\n"
    )
    request = parse_mail(mail, own_domains=frozenset({"ours.example"}))
    assert request.submitter == "ada@ours.example"
    assert request.from_role is FromRole.CUSTOMER
