"""The one sentence on top (P7)."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.test_rules import ANSWERS
from triage.domain import Answer, NarrowingMove
from triage.sentence import assemble_sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {
                "verdict": "yes",
                "date": "three weeks",
                "customer_prepares": "API access on day one",
                "biggest_risk": "The billing provider's approval.",
            },
            "Yes: first version in three weeks if your team gives us API access on day one; "
            "the only serious risk is the billing provider's approval.",
        ),
        (
            {
                "verdict": "yes_but",
                "conditions": ("Nothing retroactive.",),
                "ships_first": "CSV export of own jobs",
                "date": "end of Q1",
                "customer_prepares": "Send us the list of roles; your admin names one approver",
            },
            "Yes, but on one condition (nothing retroactive): first version (CSV export of own jobs) "
            "by end of Q1 if you send us the list of roles and your admin names one approver.",
        ),
        (
            {
                "verdict": "yes_but",
                "conditions": ("one team only", "Manual setup by us"),
                "date": "next sprint",
            },
            "Yes, but on two conditions (one team only; manual setup by us): first version next sprint.",
        ),
        ({"verdict": "yes", "date": "March 3"}, "Yes: first version by March 3."),
        ({"verdict": "yes", "date": "within 10 days"}, "Yes: first version within 10 days."),
        (
            {"verdict": "yes", "ships_first": "Export for managers", "waits": "the rest"},
            "Yes: first version (export for managers) can go ahead.",
        ),
        ({"verdict": "yes"}, "Yes, this can be done as asked."),
        (
            {"verdict": "yes", "biggest_risk": "none", "customer_prepares": "None."},
            "Yes, this can be done as asked.",
        ),
        (
            {"verdict": "no", "no_reason": "architecture", "ships_first": "A nightly file"},
            "No: what we have built does not carry this today; what would work instead: a nightly file.",
        ),
        ({"verdict": "no", "no_reason": "roadmap"}, "No: it is not where the product is going."),
        (
            {"verdict": "no", "moves": (NarrowingMove(id="m", name="One step only", sentence=""),)},
            "No; what would work instead: one step only.",
        ),
        ({"date": "three weeks"}, "First version in three weeks."),
        ({"biggest_risk": "SSO with Okta"}, "The only serious risk is SSO with Okta."),
        (
            {"verdict": "yes_but", "conditions": ("x" * 200,), "date": "three weeks"},
            "Yes, but on one condition (see below): first version in three weeks.",
        ),
        (
            {"biggest_risk": "Invoices go out before anybody has looked", "date": "about two weeks"},
            "First version in about two weeks; the only serious risk: invoices go out before anybody has "
            "looked.",
        ),
        (
            {"customer_prepares": "your real volumes", "biggest_risk": "none seen"},
            "First version can go ahead if your team gives us your real volumes.",
        ),
        ({}, ""),
        ({"verdict": "yes_but"}, ""),
    ],
)
def test_is_assembled_from_the_fields(fields: dict[str, object], sentence: str) -> None:
    assert assemble_sentence(Answer.model_validate(fields)) == sentence


@given(answer=ANSWERS)
def test_is_one_tidy_line(answer: Answer) -> None:
    sentence = assemble_sentence(answer)
    assert sentence == " ".join(sentence.split())
    assert not sentence or (sentence.endswith(".") and not sentence.endswith(".."))
    assert "()" not in sentence
    assert "if your team gives us none" not in sentence
