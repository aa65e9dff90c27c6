"""Attributions and header blocks of many programs, and prose that only looks like one."""

from __future__ import annotations

import pytest

from triage.intake.turns import split_turns

ANA = "Ana Berg <ana@x.example>"
ATTRIBUTIONS = [
    (f"On Tue, Nov 3, 2026 at 9:12 AM {ANA} wrote:", "Tue, Nov 3, 2026 at 9:12 AM"),
    (f"On 3 Nov 2026, at 09:12, {ANA} wrote:", "3 Nov 2026, at 09:12"),
    ("On 03/11/2026 09:12, Ana Berg wrote:", "03/11/2026 09:12"),
    ("Am 03.11.26 um 09:12 schrieb Ana Berg:", "03.11.26 um 09:12"),
    (f"Am Di., 3. Nov. 2026 um 09:12 Uhr schrieb {ANA}:", "Di., 3. Nov. 2026 um 09:12 Uhr"),
    (f"Le mar. 3 nov. 2026 à 09:12, {ANA} a écrit :", "mar. 3 nov. 2026 à 09:12"),
    ("El mar, 3 nov 2026 a las 9:12, Ana Berg (<ana@x.example>) escribió:", "mar, 3 nov 2026 a las 9:12"),
    (f"Il giorno mar 3 nov 2026 alle ore 09:12 {ANA} ha scritto:", "giorno mar 3 nov 2026 alle ore 09:12"),
    (f"Op di 3 nov 2026 om 09:12 schreef {ANA}:", "di 3 nov 2026 om 09:12"),
    (f"Em ter., 3 de nov. de 2026 às 09:12, {ANA} escreveu:", "ter., 3 de nov. de 2026 às 09:12"),
    (f"Den tis 3 nov. 2026 kl 09:12 skrev {ANA}:", "tis 3 nov. 2026 kl 09:12"),
]


@pytest.mark.parametrize(("line", "sent"), ATTRIBUTIONS)
def test_an_attribution_names_sender_and_time(line: str, sent: str) -> None:
    outer, older = split_turns(f"My answer.\n\n{line}\n\n> The question?")
    assert outer.text == "My answer."
    assert (older.sender, older.sent, older.text) == ("Ana Berg", sent, "The question?")


def test_an_attribution_may_be_wrapped() -> None:
    _, older = split_turns(
        "Yes.\n\nOn Tue, Nov 3, 2026 at 9:12 AM Ana Berg\n<ana@x.example>\nwrote:\n> Really?"
    )
    assert (older.sender, older.address, older.text) == ("Ana Berg", "ana@x.example", "Really?")


FIELDS = "Betreff: \tX\nDatum: \tMontag\nVon: \tAna Berg <ana@x.example>\nAn: \tMara"
BLOCKS = [
    "-----Original Message-----\nFrom: Ana Berg\nSent: Monday\nTo: Mara\nSubject: X",
    "________________________________\nFrom: Ana Berg <ana@x.example>\nSent: Monday\nTo: Mara\nSubject: X",
    "*From:* Ana Berg <ana@x.example>\n*Sent:* Monday\n*To:* Mara\n*Subject:* X",
    "**Von:** Ana Berg\n**Gesendet:** Montag\n**An:** Mara\n**Betreff:** X",
    "From: Ana Berg\n\nSent: Monday\n\nTo: Mara\n\nSubject: X",
    "De : Ana Berg <ana@x.example>\nEnvoyé : lundi\nÀ : M <m@x.example>;\n T <t@x.example>\nObjet : X",
    f"-------- Weitergeleitete Nachricht --------\n{FIELDS}",
    f"Anfang der weitergeleiteten Nachricht:\n\n{FIELDS}",
    "---------- Unknown words here ---------\nFrom: Ana Berg <mailto:ana@x.example>\nSubject: X",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_header_block_begins_an_older_message(block: str) -> None:
    outer, older = split_turns(f"Note.\n\n{block}\n\nThe text.\nMore.")
    assert outer.text == "Note."
    assert (older.sender, older.subject, older.text) == ("Ana Berg", "X", "The text.\nMore.")


@pytest.mark.parametrize(
    "text",
    [
        "From: the importer\nTo: the archive\nwe copy all jobs.",
        "Subject: nothing\nis what we say here",
        "On 3 November we wrote a letter: it says no.",
        "== Details ==\nDate: 12 May\nwe start then",
        "Am Montag schrieb mein Chef etwas",
    ],
)
def test_prose_stays_whole(text: str) -> None:
    (outer,) = split_turns(text)
    assert outer.text == text


def test_nested_quotes_belong_to_older_writers() -> None:
    text = """Top.

On 3 Nov 2026, B wrote:
> Middle.
> On 2 Nov 2026, C wrote:
>> Bottom.
> Middle again.
Top again."""
    assert [(turn.sender, turn.text) for turn in split_turns(text)] == [
        ("", "Top.\n\nTop again."),
        ("B", "Middle.\nMiddle again."),
        ("C", "Bottom."),
    ]
