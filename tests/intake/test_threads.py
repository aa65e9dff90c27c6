"""Forwards within forwards and replies: who said what when, oldest first."""

from __future__ import annotations

import pytest

from tests.intake.mails import OURS
from triage.domain import Request
from triage.intake.email import parse_mail

MARA = "Mara Lind <mara@fieldnote.example>"
ANA = "Ana Berg <ana@kestrel.example>"


def read(text: str, subject: str = "Fwd: Export") -> Request:
    head = f"From: {MARA}\nTo: requests@inbox.example\nSubject: {subject}\n"
    plain = "Content-Type: text/plain; charset=utf-8\n"
    return parse_mail(f"{head}{plain}\n{text}".encode(), own_domains=OURS)


def said(request: Request) -> list[tuple[str, str, str]]:
    return [(message.sender, message.sent, message.text) for message in request.thread]


NESTED = f"""FYI

---------- Forwarded message ---------
From: Tom Field <tom@fieldnote.example>
Date: Tue, Nov 3, 2026 at 10:00 AM
Subject: Fwd: Export
To: {MARA}


Mara, can you take this?

Begin forwarded message:

> From: {ANA}
> Subject: Re: Export
> Date: 3 November 2026 at 09:12:00 CET
> To: Tom Field <tom@fieldnote.example>
>
> Yes, and by site please.
>
> From: Tom Field <tom@fieldnote.example>
> Sent: Monday, November 2, 2026 4:00 PM
> To: {ANA}
> Subject: Export
>
> Hi Ana, as promised we add this by December.
>
> On 1 Nov 2026, at 08:00, {ANA} wrote:
>
>> We need an export.
"""


def test_a_forward_of_a_forward_of_a_thread_is_told_in_order() -> None:
    request = read(NESTED)
    assert (request.asker_name, request.asker_address) == ("Ana Berg", "ana@kestrel.example")
    assert (request.body, request.forwarder_note) == ("Yes, and by site please.", "FYI")
    assert said(request) == [
        ("Ana Berg", "1 Nov 2026, at 08:00", "We need an export."),
        ("Tom Field", "Monday, November 2, 2026 4:00 PM", "Hi Ana, as promised we add this by December."),
        ("Tom Field", "Tue, Nov 3, 2026 at 10:00 AM", "Mara, can you take this?"),
    ]


@pytest.mark.parametrize(
    ("attribution", "sent"),
    [
        (f"пн, 2 нояб. 2026 г. в 16:00, {MARA}:", "пн, 2 нояб. 2026 г. в 16:00"),
        (f"2026年11月2日(月) 16:00 {MARA}:", "2026年11月2日(月) 16:00"),
        (f"{MARA} 于2026年11月2日周一 下午4:00写道：", "于2026年11月2日周一 下午4:00"),
        (f"{MARA}, 2 Kas 2026 Pzt, 16:00 tarihinde şunu yazdı:", "2 Kas 2026 Pzt, 16:00 tarihinde"),
        (f"{MARA} ezt írta (időpont: 2026. nov. 2., H, 16:00):", "(időpont: 2026. nov. 2., H, 16:00)"),
        (f"po 2. 11. 2026 v 16:00 odesílatel {MARA} napsal:", "po 2. 11. 2026 v 16:00 odesílatel"),
        (f"pon., 2 lis 2026 o 16:00 {MARA} napisał(a):", "pon., 2 lis 2026 o 16:00"),
        (f"пн, 2 лист. 2026 р. о 16:00 {MARA} пише:", "пн, 2 лист. 2026 р. о 16:00"),
        (f"lun., 2 nov. 2026 la 16:00, {MARA} a scris:", "lun., 2 nov. 2026 la 16:00"),
        (f"pon, 2. stu 2026. u 16:00 {MARA} napisao je:", "pon, 2. stu 2026. u 16:00"),
        (f"ma 2. marrask. 2026 klo 16.00 {MARA} kirjoitti:", "ma 2. marrask. 2026 klo 16.00"),
        (
            f"Kontakt {MARA} kirjutas kuupäeval E, 2. november 2026 kell 16:00:",
            "kuupäeval E, 2. november 2026 kell 16:00",
        ),
        (f"Στις Δευ 2 Νοε 2026 στις 16:00, {MARA} έγραψε:", "Δευ 2 Νοε 2026 στις 16:00"),
        (f"2026년 11월 2일 (월) 오후 4:00, {MARA}님이 작성:", "2026년 11월 2일 (월) 오후 4:00"),
    ],
)
def test_a_reply_below_is_credited_in_every_language(attribution: str, sent: str) -> None:
    block = (
        f"-------- Forwarded Message --------\nSubject: Re: Export\nDate: x 3\nFrom: {ANA}\nTo: {MARA}\n\n"
    )
    request = read(f"{block}Before the end of the year.\n\n{attribution}\n\n> By when?")
    assert (request.asker_address, request.body) == ("ana@kestrel.example", "Before the end of the year.")
    assert said(request) == [("Mara Lind", sent, "By when?")]


def test_quotes_of_html_are_levels_too() -> None:
    markup = f"""<div>FYI</div><blockquote type="cite"><div>Begin forwarded message:</div><br>
    <div><b>From: </b>{ANA.replace("<", "&lt;")}</div><div><b>Subject: </b>Export</div>
    <div><b>Date: </b>3 Nov 2026</div><div><b>To: </b>Mara</div><br><div>First answer.
    <blockquote type="cite">The question?</blockquote>Second answer.</div></blockquote>"""
    head = f"From: {MARA}\nSubject: Fwd: Export\nContent-Type: text/html; charset=utf-8\n\n"
    request = parse_mail((head + markup).encode(), own_domains=OURS)
    assert request.body.split("\n") == ["First answer.", "Second answer."]
    assert [message.text for message in request.thread] == ["The question?"]


def test_the_customers_own_forward_stays_with_the_customer() -> None:
    inner = "From: Olaf Rand <olaf@kestrel.example>\nSent: Monday\nTo: Ana\nSubject: Export\n\n"
    inner += "I want an export of all visits."
    outer = f"From: {ANA}\nSent: Tuesday\nTo: Mara\nSubject: Fwd: Export\n\n"
    request = read(
        f"{outer}Our dispatcher asks for this; can you do it before the end of the year?\n\n{inner}"
    )
    assert (request.asker_name, len(request.thread)) == ("Ana Berg", 1)
    request = read(f"{outer}See below.\n\n{inner}")
    assert (request.asker_name, request.body) == ("Olaf Rand", "I want an export of all visits.")


def test_a_forward_without_a_block_is_said() -> None:
    request = read("See the attached screenshot.")
    assert request.asker_address == ""
    assert any("no original sender was found" in defect for defect in request.defects)
