"""Nothing is lost: edits that save themselves, lines that break, two people on one request."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.e2e.conftest import OpenPage

pytestmark = pytest.mark.browser

ID = stage.THREE[0]
DESK = f"/review/{ID}"
AUTOSAVE = re.compile(r"/autosave$")


def test_typing_is_kept_without_a_button(open_page: OpenPage, services: SmallServices) -> None:
    page = open_page(stage.VOICE, DESK)
    page.get_by_label("Waits", exact=True).fill("Everything on the phone")
    expect(state(page)).to_contain_text(re.compile(r"^Saved \d"))
    page.get_by_label("Note below the sentence").fill("And a second thing")
    saved_again(page)
    page.reload()
    expect(page.get_by_label("Waits", exact=True)).to_have_value("Everything on the phone")
    expect(page.get_by_label("Note below the sentence")).to_have_value("And a second thing")
    assert len(services.store.versions(ID)) == 2  # the pipeline's, and one run of typing


def test_leaving_at_once_and_coming_back_keeps_it(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    page.get_by_label("Waits", exact=True).fill("Typed just before leaving")
    page.get_by_role("link", name="Inbox").first.click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Waits", exact=True)).to_have_value("Typed just before leaving")
    page.get_by_label("Note below the sentence").fill("and more")  # on top of the right version
    expect(state(page)).to_contain_text(re.compile(r"^Saved \d"))


def test_a_reload_in_the_middle_of_a_word_keeps_it(open_page: OpenPage) -> None:
    page = open_page(stage.VOICE, DESK)
    page.get_by_label("Waits", exact=True).press_sequentially("Half a wo")
    page.reload()
    expect(page.get_by_label("Waits", exact=True)).to_have_value(re.compile("Half a wo"))


def test_a_lost_connection_says_so_and_sends_later(open_page: OpenPage, services: SmallServices) -> None:
    page = open_page(stage.VOICE, DESK)
    page.context.set_offline(True)
    page.get_by_label("Waits", exact=True).fill("Typed in a tunnel")
    expect(state(page)).to_contain_text("No connection. Your edits are kept here")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(state(page)).to_contain_text("Nothing was decided; your edits are kept here.")
    page.context.set_offline(False)
    expect(state(page)).to_contain_text(re.compile(r"^Saved \d"))
    assert stage.newest(services, ID).answer.waits == "Typed in a tunnel"


def test_a_failing_server_is_asked_again(open_page: OpenPage, services: SmallServices) -> None:
    page = open_page(stage.VOICE, DESK)
    page.route(AUTOSAVE, lambda route: route.fulfill(status=503, json={"detail": "Too busy."}), times=1)
    page.get_by_label("Waits", exact=True).fill("Typed at rush hour")
    expect(state(page)).to_contain_text("Not saved: Too busy. It is tried again.")
    expect(state(page)).to_contain_text(re.compile(r"^Saved \d"))
    assert stage.newest(services, ID).answer.waits == "Typed at rush hour"


def test_what_cannot_be_read_is_named_and_the_rest_kept(open_page: OpenPage, services: SmallServices) -> None:
    page = open_page(stage.VOICE, DESK)
    page.get_by_label("Waits", exact=True).fill("The phone part")
    page.get_by_label("Build, low, in engineer-days").fill("a few")
    expect(state(page)).to_contain_text("a few")
    assert stage.newest(services, ID).answer.waits == "The phone part"


def test_enter_in_a_line_saves_and_stays(open_page: OpenPage, services: SmallServices, scripts: bool) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    order = [question.id for question in stage.newest(services, ID).questions]
    page.get_by_label("Who makes the final call").fill("Vera Voice")
    page.get_by_label("Who makes the final call").press("Enter")
    if scripts:
        expect(state(page)).to_contain_text(re.compile(r"^Saved \d"))
        expect(page.get_by_label("Who makes the final call")).to_be_focused()
    else:
        expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert stage.newest(services, ID).answer.decider == "Vera Voice"
    assert [question.id for question in stage.newest(services, ID).questions] == order


# --- two people ---------------------------------------------------------------------------------


def test_two_browsers_claim_take_over_and_conflict(open_page: OpenPage, services: SmallServices) -> None:
    voice, admin = open_page(stage.VOICE, DESK), open_page(stage.ADMIN, DESK)
    voice.get_by_label("Waits", exact=True).fill("Vera was here")
    expect(state(voice)).to_contain_text(re.compile(r"^Saved \d"))
    expect(admin.get_by_text("This request changed.")).to_be_visible(timeout=10_000)

    admin.get_by_label("Ships first").fill("Ada was here")
    expect(state(admin)).to_contain_text("See what changed; yours is kept")
    admin.reload()
    expect(admin.locator("#claim")).to_contain_text("Vera Voice is working on this")

    admin.get_by_label("Ships first").fill("Ada was here")
    admin.get_by_role("button", name="See what changed; yours is kept").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Vera Voice is working on this")
    expect(admin.get_by_label("Ships first")).to_have_value("Ada was here")
    admin.get_by_role("button", name="Take over and go on with mine").click()
    expect(admin.get_by_label("Ships first")).to_have_value("Ada was here")
    expect(admin.get_by_label("Waits", exact=True)).to_have_value("Vera was here")

    voice.get_by_label("Waits", exact=True).fill("Vera again")
    voice.get_by_role("button", name="See what changed; yours is kept").click()
    expect(voice.get_by_role("heading", level=1)).to_have_text("Somebody else was first")
    expect(voice.get_by_label("waits", exact=True)).to_have_value("Vera again")
    expect(voice.get_by_role("table")).to_contain_text("Ada was here")
    assert claim_of(services) == stage.ADMIN


def test_saying_that_one_is_on_it_and_giving_it_back(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    page.get_by_role("button", name="Tell others you are on it").click()
    expect(page.get_by_text("You are on it until")).to_be_visible()
    other = open_page(stage.ADMIN, DESK, java_script_enabled=scripts)
    other.get_by_role("button", name="Take over").click()
    expect(other.get_by_text("You are on it until")).to_be_visible()
    assert claim_of(services) == stage.ADMIN
    other.get_by_role("button", name="Give it back").click()
    expect(other.get_by_text("Given back.")).to_be_visible()
    assert claim_of(services) == ""


def test_an_approval_of_something_that_changed_is_stopped(
    open_page: OpenPage, services: SmallServices, scripts: bool
) -> None:
    stage.make_ready(services, ID)
    page = open_page(stage.VOICE, DESK, java_script_enabled=scripts)
    theirs = stage.newest(services, ID)
    theirs = theirs.model_copy(update={"answer": theirs.answer.model_copy(update={"waits": "Nothing"})})
    services.store.save_edit(theirs, base_version=theirs.version, by=stage.VOICE)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Somebody else was first")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Nothing")
    page.get_by_role("link", name="Open the current version").click()
    expect(page.get_by_label("Waits", exact=True)).to_have_value("Nothing")
    assert services.engine.decided == []


def test_the_inbox_follows_what_others_do(open_page: OpenPage, services: SmallServices) -> None:
    inbox = open_page(stage.ADMIN, "/review")
    expect(inbox.locator("a.row-link")).to_have_count(3)
    inbox.locator("a.row-link").nth(1).focus()
    focused = inbox.locator("a.row-link").nth(1).get_attribute("href")
    inbox.wait_for_timeout(300)  # until the stream has begun
    services.store.claim(ID, stage.VOICE)
    expect(inbox.get_by_text("Vera Voice is on it")).to_be_visible(timeout=10_000)
    stage.give_answer(services, ID)
    expect(inbox.get_by_role("region", name="Answered").locator("a.row-link")).to_have_count(
        1, timeout=10_000
    )
    expect(inbox.locator(f"a.row-link[href='{focused}']")).to_be_focused()


def state(page: Page) -> Locator:
    """The line beside the buttons that says how the saving goes."""
    return page.locator("[data-state]")


def saved_again(page: Page) -> None:
    """Wait until the edit before has been sent and kept."""
    with page.expect_response(AUTOSAVE) as answer:
        pass
    assert answer.value.ok


def claim_of(services: SmallServices) -> str:
    claim = services.store.record(ID).claim
    return claim.holder if claim else ""
