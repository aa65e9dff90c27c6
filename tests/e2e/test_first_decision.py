"""A newcomer's first decision in a real browser: sign in, edit a question, approve, see the answer.

The server is uvicorn in a thread over a real SQLite file; the request and its draft are put there by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.e2e.conftest import OpenPage

pytestmark = pytest.mark.browser

ID = "r-field00001"
REWORDED = "Do imported reports wait for a manager too?"
SENTENCE = "One approval step can go ahead if managers see all teams for now."


@pytest.fixture
def services(tmp_path: Path) -> Iterator[SmallServices]:
    """The worked example in review."""
    with stage.running_service(tmp_path, full=False) as services:
        stage.put_in_review(services, ID)
        yield services


@pytest.fixture
def open_page(browser: Browser, services: SmallServices) -> Iterator[OpenPage]:
    """Opens pages of separate browsers, signed in by the one-time link and standing in the inbox."""
    contexts = []

    def sign_in(address: str = "voice@ours.example", **options: Any) -> Page:
        contexts.append(browser.new_context(base_url=services.settings.base_url, **options))
        page = contexts[-1].new_page()
        page.goto(f"/sign-in?token={services.people.issue_link(address, timedelta(minutes=5))}")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        return page

    yield sign_in
    for context in contexts:  # before the server stops: an open page holds its event stream
        context.close()


def test_the_first_decision(open_page: OpenPage, services: SmallServices, scripts: bool) -> None:
    page, complaints = open_page(java_script_enabled=scripts), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.get_by_role("link", name="Managers approve job reports").click()
    page.get_by_role("textbox", name="Question 1").fill(REWORDED)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Question 1")).to_have_value(REWORDED)

    page.get_by_role("button", name="Approve").click()  # too early: the page says what is missing
    expect(page.get_by_role("alert")).to_contain_text("Choose a verdict")
    _decide(page)
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()  # nothing else is open
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    services.store.carry_out(services.engine.decided[0])
    page.goto(f"/requests/{ID}")
    expect(page.locator(".sentence")).to_have_text(SENTENCE)
    expect(page.get_by_text(REWORDED)).to_be_visible()
    assert [line for line in complaints if "422" not in line] == []

    decision = services.store.decision(services.engine.decided[0])
    assert services.store.draft(ID, decision.version).answer.sentence == SENTENCE


def test_a_colleague_sees_the_change_at_once_and_a_stale_approval_loses_nothing(
    open_page: OpenPage, services: SmallServices
) -> None:
    page, other = open_page(), open_page("admin@ours.example")
    for tab in (page, other):
        with tab.expect_response(lambda response: response.url.endswith("/events")):
            tab.goto(f"/review/{ID}")

    other.get_by_role("textbox", name="Waits").fill("Everything on the phone")
    other.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This request changed.")).to_be_visible(timeout=10_000)

    _decide(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Somebody else was first")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Everything on the phone")
    expect(page.get_by_label("sentence")).to_have_value(SENTENCE)
    assert services.engine.decided == []


def test_control_enter_approves(open_page: OpenPage, services: SmallServices) -> None:
    page = open_page()
    page.goto(f"/review/{ID}")
    _decide(page)
    page.get_by_label("The sentence sales gets").press("Control+Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    decision = services.store.decision(services.engine.decided[0])
    assert services.store.draft(ID, decision.version).answer.sentence == SENTENCE


def test_nothing_scrolls_sideways_on_a_small_phone(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in ("/review", f"/review/{ID}", f"/requests/{ID}", "/requests/new", "/requests"):
        page.goto(path)
        assert page.evaluate(wide) == 0, path


def test_the_evidence_stays_in_sight_beside_a_long_draft(open_page: OpenPage) -> None:
    for width, height in ((1440, 1000), (1200, 800)):
        page = open_page(viewport={"width": width, "height": height})
        page.goto(f"/review/{ID}")
        page.get_by_label("The sentence sales gets").focus()
        expect(page.get_by_role("heading", name="Evidence")).to_be_in_viewport()
        expect(page.get_by_label("The sentence sales gets")).to_be_in_viewport(ratio=0.9)


def test_a_no_puts_away_what_would_have_been_built(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"/review/{ID}")
    expect(page.get_by_label("Ships first")).to_be_visible()
    page.get_by_label("No", exact=True).check()
    expect(page.get_by_label("Ships first")).to_be_hidden()
    expect(page.get_by_role("group", name="Why not")).to_be_visible()


def _decide(page: Page) -> None:
    """Fill in what the rules want of this draft: a conditional yes that softens the promise."""
    page.get_by_label("Yes, but").check()
    page.get_by_label("Conditions").fill("managers see all teams for now")
    page.get_by_label("soften it").check()
    page.get_by_label("In these words").fill("A first version only.")
    page.get_by_label("Customer prepares").fill("none")
    page.get_by_label("Who makes the final call").fill("Vera Voice")
    page.get_by_label("soft", exact=True).check()
    page.get_by_label("The sentence sales gets").fill(SENTENCE)
