from __future__ import annotations

from evals.scoring.baselines import NearestCases, by_keywords, most_frequent, others
from tests.evals.material import case
from tests.fakes import WordEncoder
from triage.domain import Category


def test_a_baseline_never_sees_its_own_project() -> None:
    cases = [case("a", source="one#1"), case("b", source="one#2"), case("c", source="two#1")]
    assert [one.id for one in others(cases, cases[0])] == ["c"]


def test_with_one_project_the_other_cases_teach() -> None:
    cases = [case("a", source="one#1"), case("b", source="one#2")]
    assert [one.id for one in others(cases, cases[0])] == ["b"]


def test_the_most_frequent_categories_in_order() -> None:
    hidden = [("audit", "1"), ("audit", "2"), ("scale", "3"), ("sso", "4"), ("billing", "5"), ("setup", "6")]
    cases = [case("a", hidden), case("b", [("scale", "7"), ("scale", "8"), ("clients", "9")])]
    assert most_frequent(cases) == (
        Category.SCALE,
        Category.AUDIT,
        Category.BILLING,
        Category.CLIENTS,
        Category.SETUP,
    )


def test_the_nearest_case_is_asked_first_and_each_category_once() -> None:
    near = case(
        "near", [("audit", "Is it logged?"), ("audit", "And undone?")], body="export the list of guests"
    )
    far = case("far", [("audit", "Far?"), ("scale", "How many?")], body="nightly payment run fails")
    own = case("own", [("sso", "Own label?")], body="export the list of members")
    asked = NearestCases([far, near, own], WordEncoder(), stream=False).ask(own)
    assert [item.question for item in asked] == ["Is it logged?", "How many?"]


def test_in_a_stream_only_what_had_surfaced_is_asked() -> None:
    early = case("early", [("audit", "Known?", "2024-01"), ("scale", "Later?", "2024-09")], opened="2023-12")
    now = case("now", opened="2024-03")
    late = case("late", [("sso", "Future?")], opened="2024-04")
    asked = NearestCases([early, now, late], WordEncoder(), stream=True).ask(now)
    assert [item.question for item in asked] == ["Known?"]


def test_keyword_rules_ask_the_areas_whose_words_are_used_most() -> None:
    request = case(body="Remind me by mail, and remind the manager too. We pay by invoice.").request
    assert by_keywords(request) == (Category.NOTIFICATIONS, Category.BILLING, Category.PERMISSIONS)


def test_keyword_rules_ask_nothing_when_no_word_is_known() -> None:
    assert by_keywords(case(body="Please make it nicer.").request.model_copy(update={"subject": ""})) == ()


def test_keyword_rules_ask_five_at_most() -> None:
    body = "Import, export, notify, bill, sync, audit log, permissions, slow login on mobile."
    assert len(by_keywords(case(body=body).request)) == 5
