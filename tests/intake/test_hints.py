"""What a colleague types above a forward, and amounts and days as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.intake.mails import fixture
from triage.intake.hints import read_hints
from triage.intake.values import Money, read_day, read_money


def test_the_labelled_lines_of_a_forward_fill_the_fields() -> None:
    request = fixture("gmail_forward")
    assert request.customer == "Brightwell Facilities"
    assert (request.deal_value, request.deal_currency) == (48_000, "EUR")
    assert (request.need_by, request.need_by_reason) == (
        date(2026, 12, 15),
        "their security review ends then",
    )
    assert request.already_said == "I told them SSO is on the roadmap"
    assert request.forwarder_note == "Please have a look, they sound serious."


def test_what_is_found_nowhere_stays_none() -> None:
    request = fixture("outlook_forward_de")
    assert (request.deal_value, request.need_by, request.need_by_reason, request.already_said) == (
        None,
        None,
        "",
        "",
    )


def test_german_labels_and_continued_lines() -> None:
    hints = read_hints(
        "Kunde: Hafenkran\nAuftragswert: 12.500 CHF\nBenötigt bis: 1. März 2027 wegen Messe\n"
        "Schon gesagt: Export geht,\n  auch als Tabelle\nBitte ansehen",
        anywhere=True,
    )
    assert (hints.customer, hints.deal_value, hints.deal_currency) == ("Hafenkran", 12_500, "CHF")
    assert (hints.need_by, hints.need_by_reason) == (date(2027, 3, 1), "Messe")
    assert (hints.already_said, hints.rest) == ("Export geht, auch als Tabelle", "Bitte ansehen")


def test_what_is_not_understood_stays_in_the_text_and_is_said() -> None:
    hints = read_hints("Deal value: huge\nNeed by: end of Q4", anywhere=True)
    assert (hints.deal_value, hints.need_by) == (None, None)
    assert hints.rest == "Deal value: huge\nNeed by: end of Q4"
    assert hints.defects == [
        "The deal value “huge” was not understood; write it as 48,000 EUR.",
        "The need-by “end of Q4” names no clear day; write it as 2026-12-15.",
    ]


def test_prose_below_the_first_lines_is_left_alone() -> None:
    text = "Hello,\nCustomer: Kestrel\nwe want this.\nReason: our own prose"
    hints = read_hints(text, anywhere=False)
    assert (hints.customer, hints.need_by_reason) == ("Kestrel", "")
    assert hints.rest == "Hello,\nwe want this.\nReason: our own prose"


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("48,000 EUR", Money(48_000, "EUR")),
        ("48.000,50 €", Money(48_000.5, "EUR")),
        ("$1.2m", Money(1_200_000, "USD")),
        ("EUR 48k", Money(48_000, "EUR")),
        ("1,234,567.89", Money(1_234_567.89)),
        ("48 000 sek", Money(48_000, "SEK")),
        ("48'000 CHF a year", Money(48_000, "CHF")),
        ("99.5", Money(99.5)),
        ("£7", Money(7, "GBP")),
        ("-5 EUR", None),
        ("a lot", None),
        ("", None),
    ],
)
def test_amounts(text: str, money: Money | None) -> None:
    assert read_money(text) == money


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-15", date(2026, 12, 15)),
        ("by 15.12.2026 at the latest", date(2026, 12, 15)),
        ("15 December 2026", date(2026, 12, 15)),
        ("Dec 15, 2026", date(2026, 12, 15)),
        ("December 15th, 2026", date(2026, 12, 15)),
        ("15. Dezember 2026", date(2026, 12, 15)),
        ("15 de diciembre de 2026", date(2026, 12, 15)),
        ("15/12/2026", date(2026, 12, 15)),
        ("12/15/2026", date(2026, 12, 15)),
        ("03/04/2026", None),
        ("31.02.2026", None),
        ("next spring", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    found = read_day(text)
    assert (found.day if found else None) == day
