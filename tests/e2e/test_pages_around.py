"""The pages around the review in a real browser, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.api.pages_fixtures import PAST
from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.e2e.conftest import OpenPage
from triage.domain import Status

pytestmark = pytest.mark.browser

CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[SmallServices]:
    """The running service with a request in every state."""
    with stage.running_service(tmp_path) as services:
        yield services


def test_a_past_request_is_found_read_and_followed_to_the_draft_that_cites_it(
    open_page: OpenPage, scripts: bool
) -> None:
    page = open_page(stage.VOICE, "/review", java_script_enabled=scripts)
    page.get_by_role("link", name="Past requests").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Past requests 29")

    page.get_by_label("Words").fill("second signature")
    page.get_by_label("We said").select_option("yes_but")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"q=second\+signature&verdict=yes_but"))
    page.get_by_text("2 things surfaced later").click()
    expect(page.get_by_text("Orders closed through the importer were never signed.")).to_be_visible()

    page.get_by_role("link", name=PAST.subject).click()
    expect(page.get_by_text("shipped three weeks late")).to_be_visible()
    expect(page.get_by_role("heading", name="Used by 4 drafts, cited in 4, 2 decided")).to_be_visible()
    page.locator(".rows a", has_text="Managers approve").first.click()
    expect(page).to_have_url(re.compile(r"/review/r-"))

    page.go_back()
    page.go_back()
    expect(page.get_by_label("Words")).to_have_value("second signature")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("29 past requests, newest first.")).to_be_visible()


def test_the_history_is_leafed_through_and_back(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(stage.VOICE, "/history?kind=export", java_script_enabled=scripts)
    first = page.locator(".past h2").all_inner_texts()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Older")).to_be_hidden()
    assert [*first, *page.locator(".past h2").all_inner_texts()] == [
        f"Export number {number}" for number in range(28, 0, -1)
    ]
    page.get_by_role("link", name="Newer").click()
    expect(page.get_by_role("link", name="Newer")).to_be_hidden()
    assert page.locator(".past h2").all_inner_texts() == first


def test_a_stale_note_says_why_and_the_passage_stands_in_its_note(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(stage.VOICE, "/notes", java_script_enabled=scripts)
    page.get_by_role("link", name="May no longer hold").click()
    expect(page.get_by_text("1 of 2 passages superseded")).to_be_visible()
    page.get_by_text("2 passages", exact=True).click()
    page.get_by_role("link", name="Draft run").click()
    passage = page.get_by_role("region", name="The passage cited")
    expect(passage).to_be_in_viewport()
    expect(passage).to_contain_text("The nightly run picks up every draft of the day")
    expect(page.get_by_role("link", name="Credit notes")).to_be_visible()
    expect(page.get_by_role("heading", name="Used by 4 drafts, cited in 4, 2 decided")).to_be_visible()


def test_an_admin_reads_the_settings_and_a_reviewer_does_not(open_page: OpenPage) -> None:
    page = open_page(stage.ADMIN, "/review")
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="The analyst")).to_be_visible()
    expect(page.get_by_text("catalogue, without a model")).to_be_visible()
    other = open_page(stage.VOICE, "/settings")
    expect(other.get_by_text("This is for admins.")).to_be_visible()


def test_whoever_asked_sees_first_what_waits_for_them_and_answers_it(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    page = open_page(stage.SALES, "/requests", java_script_enabled=scripts)
    headings = page.get_by_role("heading", level=2)
    expect(headings).to_have_text(["Waits for you 1", "With us 3", "Answered 2"])
    page.get_by_role("region", name="Waits for you").get_by_role("link").click()

    expect(page.get_by_role("heading", name="We need 2 answers from you")).to_be_visible()
    page.get_by_role("button", name="Send the answers").click()
    expect(page.get_by_role("alert")).to_have_text("Answer at least one question, even briefly.")
    page.get_by_role("textbox").first.fill("Yes, all of them.")
    page.get_by_role("button", name="Send the answers").click()
    expect(page.get_by_text("The clock runs again")).to_be_visible()
    page.get_by_text("How it went").click()
    expect(page.get_by_text("Your answers came in")).to_be_visible()
    assert services.store.record(stage.WAITING).status is Status.IN_REVIEW


def test_the_sentence_is_copied_with_one_press(open_page: OpenPage) -> None:
    page = open_page(stage.SALES, f"/requests/{stage.ANSWERED}", permissions=CLIPBOARD)
    page.get_by_role("button", name="Copy the sentence").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == stage.SENTENCE


def test_a_second_answer_shows_what_it_changed(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(stage.SALES, f"/requests/{stage.AGAIN}", java_script_enabled=scripts)
    expect(page.locator("#sentence-text")).to_have_text("It takes five weeks, for one region.")
    expect(page.get_by_role("button", name="Copy the sentence")).to_be_visible(visible=scripts)
    page.get_by_text("Earlier answer of").click()
    changes = page.get_by_role("table", name="Before against After")
    expect(changes.locator("del")).to_have_text([stage.SENTENCE])
    expect(changes.locator("ins")).to_have_text(["It takes five weeks, for one region."])


def test_an_answer_prints_on_one_clean_page(open_page: OpenPage) -> None:
    page = open_page(stage.SALES, f"/requests/{stage.AGAIN}")
    page.emulate_media(media="print")
    expect(page.locator("#sentence-text")).to_be_visible()
    for chrome in (page.get_by_role("navigation"), page.get_by_role("button"), page.locator("details")):
        for part in chrome.all():
            expect(part).to_be_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1


@pytest.mark.parametrize("address", [stage.VOICE, stage.OTHER])
def test_nothing_there_yet_says_what_to_do(
    browser: Browser,
    tmp_path: Path,
    address: str,
) -> None:
    says = {
        stage.VOICE: {"/history": "triage history import", "/notes": "triage notes index"},
        stage.OTHER: {"/requests": "You have not asked for anything yet."},
    }
    with stage.running_service(tmp_path, full=False) as services:
        context = stage.signed_in(browser, services, address)
        page = context.new_page()
        for path, words in says[address].items():
            page.goto(path)
            expect(page.get_by_text(words)).to_be_visible()
        context.close()
