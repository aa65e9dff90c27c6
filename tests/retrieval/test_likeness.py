from __future__ import annotations

from triage.domain import KindFound, PastRequest, Reading, Request
from triage.retrieval.likeness import same_area, same_customer, shared_kind, what_differs, what_is_same

REQUEST = Request(id="r-1", customer="Brookfield Lifts", product_area="Billing", subject="Export of invoices")
READING = Reading(
    kinds=(
        KindFound(id="export", name="Export of a list", score=0.9),
        KindFound(id="role_permission", name="Permission rules", score=0.8),
        KindFound(id="sign_in_sso", name="SSO sign-in", score=0.7),
    )
)


def test_says_what_is_the_same() -> None:
    past = PastRequest(
        id="p", customer="brookfield lifts ", product_area="billing", kinds=("role_permission", "export")
    )
    assert what_is_same(REQUEST, READING, past) == (
        "also export of a list and permission rules",
        "same product area: billing",
        "same customer",
    )


def test_says_what_differs_and_names_no_other_customer() -> None:
    past = PastRequest(id="p", customer="Hidden Valley", product_area="jobs", kinds=("export", "bulk_action"))
    lines = what_differs(REQUEST, READING, past)
    assert lines == (
        "here also permission rules and SSO sign-in",
        "there also bulk action",
        "product area there: jobs",
        "another customer",
        "its real size was not recorded",
    )
    assert "Hidden Valley" not in " ".join(lines + what_is_same(REQUEST, READING, past))


def test_no_kind_in_common_is_one_line() -> None:
    past = PastRequest(id="p", kinds=("bulk_action",), size_days=3)
    reading = Reading(kinds=READING.kinds[:1])
    assert what_differs(REQUEST, reading, past) == ("there bulk action, here export of a list",)


def test_history_without_kinds_is_told_by_shared_words() -> None:
    past = PastRequest(
        id="p", subject="Invoices as a file", body="An export for our bookkeeper.", size_days=2
    )
    assert what_is_same(REQUEST, READING, past) == ("both speak of “invoice” and “export”",)
    assert what_differs(REQUEST, READING, past) == ()


def test_words_that_everything_shares_are_not_worth_a_line() -> None:
    past = PastRequest(id="p", subject="Invoices as a file", body="An export for our bookkeeper.")
    same = what_is_same(REQUEST, READING, past, common=frozenset({"invoice"}))
    assert same == ("both speak of “export”",)


def test_unknown_facts_are_not_guessed() -> None:
    past = PastRequest(id="p", subject="Something else", size_days=1)
    assert what_is_same(Request(id="r"), Reading(), past) == ()
    assert what_differs(Request(id="r"), Reading(), past) == ()


def test_shared_kind_is_as_sure_as_the_reader() -> None:
    reading = Reading(
        kinds=(KindFound(id="export", name="Export", score=0.8), KindFound(id="import", name="Import"))
    )
    assert shared_kind(reading, PastRequest(id="p", kinds=("import", "export"))) == 0.8
    assert shared_kind(reading, PastRequest(id="p", kinds=("import",))) == 0.5
    assert shared_kind(reading, PastRequest(id="p", kinds=("sso",))) == 0.0


def test_two_unknown_areas_are_not_the_same() -> None:
    assert not same_area(Request(id="r"), PastRequest(id="p"))
    assert same_area(REQUEST, PastRequest(id="p", product_area=" BILLING"))


def test_people_and_systems_are_compared_too() -> None:
    reading = Reading(actors=("branch managers", "technicians"), systems=("Okta", "SAP"))
    past = PastRequest(
        id="p",
        size_days=2,
        subject="Approval with SAP",
        body="The branch manager approves; the accountant gets it by Slack.",
    )
    assert what_is_same(Request(id="r"), reading, past) == ("both about branch managers", "both with SAP")
    assert what_differs(Request(id="r"), reading, past) == ("here also Okta", "there also Slack")


def test_other_people_are_named_when_none_are_shared() -> None:
    past = PastRequest(id="p", size_days=2, body="Our accountant and the auditor need it.")
    assert what_differs(Request(id="r"), Reading(actors=("dispatcher",)), past) == (
        "there accountant and auditor, here dispatcher",
    )
    assert what_differs(Request(id="r"), Reading(), past) == ()


def test_a_customer_is_the_same_another_or_unknown() -> None:
    assert same_customer(REQUEST, PastRequest(id="p", customer=" brookfield lifts")) is True
    assert same_customer(REQUEST, PastRequest(id="p", customer="Hidden Valley")) is False
    assert same_customer(REQUEST, PastRequest(id="p")) is None
