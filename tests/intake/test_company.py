"""The customer's company as a guess from signature and address."""

from __future__ import annotations

import pytest

from triage.intake.company import FREE_MAIL, guess_company


@pytest.mark.parametrize(
    ("signature", "address", "company"),
    [
        ("Best,\nJo\nOperations | Northwind Lifts", "jo@northwind-lifts.example", "Northwind Lifts"),
        ("Jo\nNorthwind Lifts GmbH, Hafenstr. 3", "jo@northwind.example", "Northwind Lifts GmbH"),
        ("Jo\nHead of IT at Northwind", "jo@mail.northwind.co.uk", "Northwind"),
        ("Jo\nOmega Cranes Ltd", "jo@oc.example", "Omega Cranes Ltd"),
        ("Jörg\nGrünhag Kälte", "j@gruenhag-kaelte.example", "Grünhag Kälte"),
        ("", "jo@reed-cooling.example", "Reed Cooling"),
        ("", "jo@mail.reed.co.uk", "Reed"),
        ("www.reed.example\njo@reed.example", "jo@reed.example", "Reed"),
        ("", "", ""),
    ],
)
def test_a_company_is_guessed(signature: str, address: str, company: str) -> None:
    assert guess_company(signature, address) == company


@pytest.mark.parametrize("domain", sorted(FREE_MAIL)[:5])
def test_free_mail_is_no_company(domain: str) -> None:
    assert guess_company("", f"nobody@{domain}") == ""
    assert guess_company("Reed Cooling Ltd", f"nobody@{domain}") == "Reed Cooling Ltd"
