"""axe-core finds nothing on any page, light, dark and on a narrow phone; nothing scrolls sideways there."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.labelling import create_label_app
from evals.judging.labels import open_book
from evals.running.assembling import assemble
from tests.api.pages_fixtures import NOTE, PAST, field_service_draft
from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.evals.material import line, write
from tests.evals.test_report import HIDDEN_WORK, RUN, scored, written
from triage.domain import OutChannel

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = (("light", 1440, RULES), ("dark", 1440, ["color-contrast"]), ("dark", 320, RULES))
RUN_AXE = "options => axe.run(options)"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNFOLD = "for (const fold of document.querySelectorAll('details')) fold.open = true"
MOTION = """[getComputedStyle(document.documentElement).scrollBehavior,
  getComputedStyle(document.querySelector(".question")).transitionDuration]"""
# An outline of two pixels, on the control or on what stands around it.
RINGED = """(() => {
  const ringed = (each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const focused = document.activeElement;
  if (focused === document.body) return true; // past the last one
  const row = focused.closest(".row, .chip, .segment");
  return [focused, focused.nextElementSibling, row].some((each) => each && ringed(each));
})()"""
SAVED = "/received/{received_id}/mail.eml"
DOWNLOAD = "/requests/{request_id}/files/{received_id}/{position}"
NO_PAGES = {"/", "/events", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", DOWNLOAD, SAVED}
REPORT = "/evals/{name}"  # served where no script runs, axe neither: looked at as a file


HELD, GOING_OUT = "r-held", "r-goingout"


@dataclass(frozen=True)
class View:
    """A page in one state: `route` is the path the application knows it by."""

    route: str
    address: str
    who: str = stage.VOICE
    heading: str = ""  # proves that it is the page meant


VIEWS = {
    "signing in": View("/sign-in", "/sign-in?token=x", ""),
    "inbox": View("/review", "/review", heading="Inbox"),
    "inbox, answered": View("/review", "/review?show=answered", heading="Answered"),
    "inbox, nothing found": View("/review", "/review?q=zebra", heading="Inbox"),
    "review": View("/review/{request_id}", f"/review/{stage.IN_REVIEW}", heading="Managers approve"),
    "review, drafting": View("/review/{request_id}", f"/review/{stage.DRAFTING}"),
    "review, parked": View("/review/{request_id}", f"/review/{stage.PARKED}"),
    "review, waiting": View("/review/{request_id}", f"/review/{stage.WAITING}"),
    "review, answered": View("/review/{request_id}", f"/review/{stage.ANSWERED}"),
    "review, held by another": View("/review/{request_id}", f"/review/{HELD}"),
    "review, going out": View("/review/{request_id}", f"/review/{GOING_OUT}"),
    "what changed": View("/review/{request_id}/diff", f"/review/{stage.ANSWERED}/diff", heading="What the"),
    "history": View("/history", "/history", heading="Past requests"),
    "history, searched": View("/history", "/history?q=export&category=scale", heading="Past requests"),
    "history, nothing found": View("/history", "/history?q=zebra", heading="Past requests"),
    "past request": View("/evidence/past/{past_id:path}", f"/evidence/past/{PAST.id}", heading=PAST.subject),
    "notes": View("/notes", "/notes", heading="Notes"),
    "passage": View(
        "/evidence/notes/{passage_id:path}",
        f"/evidence/notes/{NOTE.id.replace('#', '%23')}#passage",
        heading="Invoicing",
    ),
    "put aside": View("/received", "/received", heading="Put aside"),
    "put aside, nothing older": View("/received", "/received?before=1", heading="Put aside"),
    "one put aside": View(
        "/received/{received_id}", f"/received/{stage.OUT_OF_OFFICE}", heading="Out of office"
    ),
    "outbox": View("/outbox", "/outbox", heading="Outbox"),
    "outbox, not delivered": View("/outbox", "/outbox?show=failed", heading="Outbox"),
    "settings": View("/settings", "/settings", stage.ADMIN, "Settings"),
    "my requests": View("/requests", "/requests", stage.SALES, "My requests"),
    "my requests, none": View("/requests", "/requests", stage.OTHER, "My requests"),
    "new request": View("/requests/new", "/requests/new", stage.SALES),
    "answer, in review": View("/requests/{request_id}", f"/requests/{stage.IN_REVIEW}", stage.SALES),
    "answer, asked": View("/requests/{request_id}", f"/requests/{stage.WAITING}", stage.SALES),
    "answer": View("/requests/{request_id}", f"/requests/{stage.ANSWERED}", stage.SALES),
    "answer, a second one": View("/requests/{request_id}", f"/requests/{stage.AGAIN}", stage.VOICE),
    "evaluation runs": View("/evals", "/evals", heading="Evaluation"),
    "the JSON API": View("/api/v1/docs", "/api/v1/docs", heading="The JSON API"),
    "a problem": View("", "/review/r-nothing"),
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallServices]:
    """The running service with a request in every state, one held by another, one that can be undone."""
    with stage.running_service(tmp_path_factory.mktemp("stage")) as services:
        stage.put_in_review(services, HELD, GOING_OUT)
        services.store.claim(HELD, stage.ADMIN)
        stage.give_answer(services, GOING_OUT, grace=timedelta(minutes=10))
        leave_run(services.settings.data_dir / "evals" / "monday")
        leave_mail(services)
        yield services


def leave_mail(services: SmallServices) -> None:
    """An answer that came back, one in doubt that waits, one that arrived."""
    outgoing = services.outgoing
    answer = outgoing.for_request(stage.ANSWERED)[0].message
    slack = answer.model_copy(
        update={"id": f"{answer.id}.slack", "channel": OutChannel.SLACK, "to": "Slack", "message_id": ""}
    )
    outgoing.put(slack)
    later = outgoing.state(slack.id).next_try
    outgoing.failed(slack.id, "hooks.slack.com took everything and then said nothing.", later, in_doubt=True)
    outgoing.sent(answer.id, "smtp mail.example.com:587")
    outgoing.bounced(answer.id, "550 5.1.1 There is no mailbox of this name.")
    sent = outgoing.for_request(stage.AGAIN)[0].message
    outgoing.sent(sent.id, "smtp mail.example.com:587")


def leave_run(folder: Path) -> None:
    """What a run leaves behind."""
    folder.mkdir(parents=True)
    cases = (scored("a", 2), scored("b", 0))
    results = assemble(HIDDEN_WORK, RUN, cases)
    (folder / "results.json").write_text(results.model_dump_json(), encoding="utf-8")
    (folder / "report.html").write_text(written(*cases), encoding="utf-8")


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_axe_finds_nothing(browser: Browser, services: SmallServices, view: View) -> None:
    context = stage.signed_in(browser, services, view.who)
    page = context.new_page()
    page.goto(view.address)
    if view.heading:
        expect(page.get_by_role("heading", level=1)).to_contain_text(view.heading)
    look_at(page)
    context.close()


@pytest.mark.parametrize("address", ["/review", f"/review/{HELD}"], ids=["inbox", "review"])
def test_the_list_of_keys(browser: Browser, services: SmallServices, address: str) -> None:
    context = stage.signed_in(browser, services, stage.VOICE)
    page = context.new_page()
    page.goto(address)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    look_at(page)
    context.close()


def test_a_size_that_is_to_be_said_first(browser: Browser, services: SmallServices) -> None:
    shown = services.settings
    services.settings = shown.model_copy(update={"blind_size": True})
    context = stage.signed_in(browser, services, stage.VOICE)
    page = context.new_page()
    page.goto(f"/review/{stage.IN_REVIEW}")
    expect(page.get_by_role("button", name="Keep mine, show the proposal")).to_be_visible()
    look_at(page)
    context.close()
    services.settings = shown


def test_the_bar_that_takes_an_approval_back(browser: Browser, services: SmallServices) -> None:
    decision = services.store.record(GOING_OUT).decision_id
    context = stage.signed_in(browser, services, stage.VOICE)
    page = context.new_page()
    for address in (f"/review?approved={decision}", f"/review/{stage.IN_REVIEW}?approved={decision}"):
        page.goto(address)
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        look_at(page)
    context.close()


def test_focus_is_visible_on_whatever_has_it(browser: Browser, services: SmallServices) -> None:
    context = stage.signed_in(browser, services, stage.VOICE)
    page = context.new_page()
    for address in ("/review", f"/review/{stage.IN_REVIEW}"):
        page.goto(address)
        page.evaluate(UNFOLD)
        for _ in range(60):
            page.keyboard.press("Tab")
            assert page.evaluate(RINGED), page.evaluate("document.activeElement.outerHTML")[:200]
    context.close()


def test_nothing_moves_by_itself_where_less_motion_is_wanted(
    browser: Browser, services: SmallServices
) -> None:
    context = stage.signed_in(browser, services, stage.VOICE)
    page = context.new_page()
    page.goto(f"/review/{stage.IN_REVIEW}")
    assert page.evaluate(MOTION) == ["auto", "0s"]
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOTION) == ["smooth", "0.12s, 0.12s, 0.12s"]
    context.close()


def test_a_report_of_an_evaluation(browser: Browser, tmp_path: Path) -> None:
    leave_run(tmp_path / "run")
    page = browser.new_page()
    page.goto((tmp_path / "run" / "report.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("hidden-work")
    look_at(page)
    page.close()


def test_every_page_is_looked_at(services: SmallServices) -> None:
    app = create_app(services)  # type: ignore[arg-type]
    pages = {route.path for route in iter_route_contexts(app.routes) if "GET" in (route.methods or ())}
    in_json = {path for path in pages if path.startswith("/api/v1/requests")}
    assert pages - in_json - NO_PAGES - {REPORT} == {view.route for view in VIEWS.values() if view.route}


def test_a_form_that_was_refused(browser: Browser, services: SmallServices) -> None:
    context = stage.signed_in(browser, services, stage.SALES)
    page = context.new_page()
    page.goto("/requests/new")
    page.get_by_label("Deal value per year").fill("a lot")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("alert")).to_be_focused()
    look_at(page)
    context.close()


def test_an_approval_that_was_refused(browser: Browser, services: SmallServices) -> None:
    context = stage.signed_in(browser, services, stage.VOICE)
    page = context.new_page()
    page.goto(f"/review/{stage.IN_REVIEW}")
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at(page)
    context.close()


def test_an_edit_that_came_too_late(browser: Browser, services: SmallServices) -> None:
    context = stage.signed_in(browser, services, stage.VOICE, java_script_enabled=True)
    page = context.new_page()
    page.goto(f"/review/{stage.IN_REVIEW}")
    newest = services.store.latest_draft(stage.IN_REVIEW) or field_service_draft(stage.IN_REVIEW)
    theirs = newest.model_copy(update={"answer": newest.answer.model_copy(update={"waits": "Reminders"})})
    services.store.save_edit(theirs, base_version=newest.version, by=stage.VOICE)
    page.get_by_role("textbox", name="Ships first").fill("Nothing yet")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Somebody else")
    look_at(page)
    context.close()


def test_the_pages_for_labels(browser: Browser, tmp_path: Path) -> None:
    hidden = [{"category": "scale", "question": "How many rows?"}]
    cases = write(tmp_path / "cases.jsonl", [line(id="a", hidden_work=hidden)])
    questions = [{"question": "Who may export?", "category": "permissions"}]
    write(tmp_path / "drafts.jsonl", [json.dumps({"id": "a", "questions": questions})])
    book = open_book(tmp_path, tmp_path / "labels.jsonl", cases)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = stage.url_of(listener)
        with stage.answering(create_label_app(book, url, "key"), listener):
            page = browser.new_page(base_url=url, reduced_motion="reduce")
            for path in ("/key/", "/key/case/a"):
                page.goto(path)
                look_at(page)
            page.close()


def look_at(page: Page) -> None:
    """Run axe over the page as it stands, with every fold open, in all looks."""
    page.evaluate(AXE_SCRIPT)
    for scheme, width, rules in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(UNFOLD)
        response = page.evaluate(RUN_AXE, {"runOnly": rules, "resultTypes": ["violations"]})
        found = AxeResults(response)
        assert not found.violations_count, f"{scheme}, {width} px: {found.generate_report()}"
        if width < 400:
            assert page.evaluate(WIDER) == 0, f"{page.url} scrolls sideways"
