"""Each key does its one thing, none while somebody types, and all can be switched off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.e2e.conftest import OpenPage
from tests.e2e.test_review_editing import question
from triage.domain import Status

pytestmark = pytest.mark.browser

ID = stage.THREE[0]
DESK = f"/review/{ID}"
LETTERS = "jkaxmeng123wsu?"


def test_questions_by_letter(open_page: OpenPage, services: SmallServices) -> None:
    page = open_page(stage.VOICE, DESK)
    press(page, "j")
    expect(question(page, 1)).to_be_focused()
    press(page, "j", "j", "k")
    expect(question(page, 2)).to_be_focused()
    press(page, "k", "a")  # asked, and on to the next
    expect(chosen(page, 1, "Ask")).to_be_checked()
    expect(question(page, 2)).to_be_focused()
    press(page, "x")
    expect(chosen(page, 2, "Drop")).to_be_checked()
    press(page, "m")
    expect(chosen(page, 3, "Answered")).to_be_checked()
    page.keyboard.type("a, e and x are letters here")
    press(page, "Escape")
    expect(question(page, 3)).to_be_focused()
    expect(question(page, 3).get_by_label("The answer")).to_have_value("a, e and x are letters here")
    press(page, "k", "e")
    expect(page.get_by_role("textbox", name="Question 2", exact=True)).to_be_focused()
    page.keyboard.type(" Really?")
    press(page, "Escape", "j", "j")  # past the last one the rest unfolds
    expect(question(page, 4)).to_be_focused()
    expect(page.locator("[data-state]")).to_contain_text(re.compile(r"^Saved \d"))
    assert stage.newest(services, ID).questions[1].question.endswith(" Really?")


def test_asking_the_last_question_unfolds_nothing(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    press(page, "j", "a", "a", "a")
    expect(question(page, 3)).to_be_focused()
    expect(page.locator("details[data-more]")).not_to_have_attribute("open", "")


def test_verdicts_and_ways_on_by_letter(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    for key, name in (("1", "Yes"), ("2", "Yes, but"), ("3", "No")):
        press(page, key)
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_focused()
    press(page, "w")
    expect(page.get_by_role("button", name="Ask the submitter")).to_be_focused()
    press(page, "s")
    expect(page.get_by_label("What the next draft should do differently")).to_be_focused()
    press(page, "Escape", "n")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_g_goes_from_one_missing_field_to_the_next(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    press(page, "g")
    expect(page.get_by_role("radio", name="Yes", exact=True)).to_be_focused()
    press(page, "g")
    expect(page.get_by_role("radio", name="confirm it")).to_be_focused()
    press(page, "Space", "3")
    page.get_by_role("radio", name="Roadmap").check()
    expect(page.locator("[data-ready]")).to_be_visible()
    press(page, "g")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()


def test_control_enter_approves_and_u_takes_it_back(open_page: OpenPage, services: SmallServices) -> None:
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK)
    page.get_by_label("The sentence sales gets").focus()
    press(page, "Control+Enter")
    expect(page).to_have_url(re.compile(f"/review/{stage.THREE[1]}\\?approved="))
    expect(question(page, 1)).to_be_focused()
    expect(page.locator("[data-say]")).to_contain_text("Approved.")
    press(page, "u")
    expect(page).to_have_url(re.compile(f"/review/{ID}\\?done=undone"))
    assert services.store.record(ID).status is Status.IN_REVIEW


def test_u_takes_it_back_in_the_inbox_too(open_page: OpenPage, services: SmallServices) -> None:
    for request_id in stage.THREE[1:]:
        stage.give_answer(services, request_id)
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK)
    press(page, "Control+Enter")
    expect(page).to_have_url(re.compile(r"/review\?approved="))
    press(page, "u")
    expect(page).to_have_url(re.compile(r"done=undone"))


def test_control_enter_in_the_guidance_sends_back(open_page: OpenPage, services: SmallServices) -> None:
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK)
    press(page, "s")
    page.keyboard.type("Size it for one region.")
    press(page, "Control+Enter")
    expect(page.locator(".notice.good")).to_contain_text("is being drafted again with your guidance")
    record = services.store.record(ID)
    assert (record.status, record.approved_version) == (Status.DRAFTING, 0)


def test_no_letter_acts_while_somebody_types_or_holds_control(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    page.get_by_label("Note below the sentence").focus()
    page.keyboard.type(LETTERS)
    expect(page.get_by_label("Note below the sentence")).to_have_value(LETTERS)
    expect(page.get_by_label("Note below the sentence")).to_be_focused()
    press(page, "Escape", "Control+a", "Alt+3")
    expect(page.get_by_role("radio", name="No", exact=True)).not_to_be_checked()
    expect(page.locator("input[value=accepted]:checked")).to_have_count(0)


def test_the_help_opens_closes_and_switches_the_letters_off(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    press(page, "3")  # nothing behind it moves
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("radio", name="No", exact=True)).not_to_be_checked()

    page.get_by_role("button", name="Keys").click()
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    press(page, "3", "j")
    expect(page.get_by_role("radio", name="No", exact=True)).not_to_be_checked()
    expect(page.locator("[data-question]:focus")).to_have_count(0)
    page.reload()
    press(page, "3")
    expect(page.get_by_role("radio", name="No", exact=True)).not_to_be_checked()
    press(page, "?")  # what switches them on again
    dialog.get_by_role("checkbox").check()
    press(page, "Escape", "3")
    expect(page.get_by_role("radio", name="No", exact=True)).to_be_checked()


def test_the_inbox_by_letter(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, "/review")
    rows = page.locator("a.row-link")
    press(page, "j")
    expect(rows.first).to_be_focused()
    press(page, "j", "j", "j")
    expect(rows.last).to_be_focused()
    press(page, "k")
    expect(rows.nth(1)).to_be_focused()
    press(page, "/")
    page.keyboard.type("jk")
    expect(page.get_by_label("Search requests")).to_have_value("jk")
    press(page, "Escape", "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    press(page, "j")
    expect(rows.first).to_be_focused()
    press(page, "Enter")
    expect(page).to_have_url(re.compile(DESK))


def press(page: Page, *keys: str) -> None:
    """Keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def chosen(page: Page, number: int, what: str) -> Locator:
    """A choice of a question."""
    return question(page, number).get_by_role("radio", name=what, exact=True)
