"""The customer in a colleague's own words: named when two things agree, otherwise not."""

from __future__ import annotations

import pytest

from tests.intake.mails import OURS, mail
from triage.intake.email import parse_mail
from triage.intake.named import named_customer


@pytest.mark.parametrize(
    ("subject", "text", "customer"),
    [
        ("Dunmere Lifts: sign-in", "Hi all,\n\nDunmere Lifts want to start a pilot", "Dunmere Lifts"),
        (
            "Ellery Grid: approval",
            "Hello,\n\ncall with Ellery Grid Maintenance today.",
            "Ellery Grid Maintenance",
        ),
        ("Export", "Our customer Northwind asked for an export.", "Northwind"),
        ("Export", "Brook Lifts asked for an export. I think Brook Lifts is serious.", "Brook Lifts"),
        ("Export for Northwind", "Northwind asked whether they can export.", "Northwind"),
        ("Kestrel: export", "Kestrel wants an export", "Kestrel"),
        ("Export", "Ida Reed at Kestrel Pumps wants it. Kestrel Pumps has 40 users.", "Kestrel Pumps"),
        ("Export", "Unser Kunde Hafenkran Service AG möchte eine neue Rechnung.", "Hafenkran Service AG"),
        ("Export", "We met with Omega Cranes Ltd. They need it.", "Omega Cranes Ltd"),
        ("Question: Can we?", "SSO for Kestrel Pumps? Kestrel Pumps asked. Thanks.", "Kestrel Pumps"),
    ],
)
def test_a_company_is_named(subject: str, text: str, customer: str) -> None:
    assert named_customer(subject, text, own="fieldnote.example", writer="Mara Lind") == customer


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Invoices: grouping", "Invoices should be grouped. They asked for Invoices."),
        ("Feature request: dark mode", "Ida Reed wants dark mode."),
        ("Export", "They want an export. Can we?"),
        ("Export", "Marketing wants a report by Monday. Marketing needs it."),
        ("Export", "Call with Ida Reed today. She wants an export."),
        ("Rechnung: Format", "Die Rechnung soll anders aussehen."),
        ("Export", "As Fieldnote GmbH we should do it."),
        ("Export", "Mara Lind wants it. Mara Lind asked."),
        ("SSO", "Customer wants SSO. The customer The team asked"),
        ("", ""),
    ],
)
def test_no_name_is_better_than_a_wrong_one(subject: str, text: str) -> None:
    assert named_customer(subject, text, own="fieldnote.example", writer="Mara Lind") == ""


def test_a_named_customer_is_a_guess_and_said() -> None:
    raw = mail("Hello,\n\nour customer Northwind asked for it.", sender="Mara <mara@fieldnote.example>")
    request = parse_mail(raw, own_domains=OURS)
    assert request.customer == "Northwind"
    assert request.defects == (
        "The customer was read from the colleague's own words: “Northwind”; check it.",
    )


def test_a_labelled_customer_needs_no_guess() -> None:
    raw = mail("Customer: Kestrel\n\nCall with our customer Northwind.", sender="mara@fieldnote.example")
    request = parse_mail(raw, own_domains=OURS)
    assert (request.customer, request.defects) == ("Kestrel", ())
