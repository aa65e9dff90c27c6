"""A newcomer's first decision in a real browser: sign in, edit a question, approve, see the answer.

The server is uvicorn in a thread over a real SQLite file; the request and its draft are put there by
hand. Under our content policy `page.wait_for_function` fails, so everything waits with `expect`.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.app import create_app
from tests.api.pages_fixtures import field_service_draft, field_service_request
from tests.api.small_services import PEOPLE, SmallServices
from triage.catalogue import load_catalogue
from triage.clock import BusinessCalendar
from triage.intake.accept import accept_request
from triage.records.database import migrate, open_database
from triage.records.knowledge import KnowledgeStore
from triage.records.outgoing import Outgoing
from triage.records.people import People
from triage.records.store import Store
from triage.settings import Settings

pytestmark = pytest.mark.browser

ID = "r-field00001"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# No sandbox as root, and none of the browser's own traffic: a closed network refuses it noisily.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REWORDED = "Do imported reports wait for a manager too?"
SENTENCE = "One approval step can go ahead if managers see all teams for now."

OpenPage = Callable[..., Page]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A free port that already takes connections, so that no page comes too early."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def services(tmp_path: Path, listener: socket.socket) -> Iterator[SmallServices]:
    """Real records with the worked example in review."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(data_dir=tmp_path, base_url=url, _env_file=None)
    database = open_database(settings.sql_url)
    migrate(database)
    services = SmallServices(
        settings=settings,
        store=Store(database),
        people=People(database),
        knowledge=KnowledgeStore(database),
        outgoing=Outgoing(database),
        calendar=BusinessCalendar(settings.time_zone, settings.business_days, settings.holidays),
        catalogue=load_catalogue(),
    )
    for person in PEOPLE:
        services.people.add(person)
    services.people.route("", "voice@ours.example")
    accept_request(services, field_service_request())
    services.store.begin_drafting(ID)
    services.store.save_draft(field_service_draft())
    yield services
    database.dispose()


@pytest.fixture
def base_url(services: SmallServices, listener: socket.socket) -> Iterator[str]:
    """The running server."""
    app = create_app(services)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield services.settings.base_url
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, base_url: str, services: SmallServices) -> Iterator[OpenPage]:
    """Opens pages of separate browsers, signed in by the one-time link and standing in the inbox."""
    contexts = []

    def sign_in(address: str = "voice@ours.example", **options: Any) -> Page:
        contexts.append(browser.new_context(base_url=base_url, **options))
        page = contexts[-1].new_page()
        page.goto(f"/sign-in?token={services.people.issue_link(address, timedelta(minutes=5))}")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        return page

    yield sign_in
    for context in contexts:  # before the server stops: an open page holds its event stream
        context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
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

    expect(page.locator(".sentence")).to_have_text(SENTENCE)
    expect(page.get_by_text("Approved. The answer is on its way")).to_be_visible()
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


def test_control_enter_approves(open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"/review/{ID}")
    _decide(page)
    page.get_by_label("The sentence sales gets").press("Control+Enter")
    expect(page.locator(".sentence")).to_have_text(SENTENCE)


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
