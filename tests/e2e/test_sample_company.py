"""What the README promises: `triage serve --sample`, the printed link, one request decided in a browser.

Nothing is put in place by hand: the ten mails of the sample company are drafted by the running service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import REVIEWER, Serving

pytestmark = [pytest.mark.browser, pytest.mark.model]

REWORDED = "How old may a calendar entry be when the planning board refuses a job?"
SENTENCE = "We can read absences back for one branch first; nothing is promised for the other two yet."


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, browser: Browser, serving: Serving) -> Iterator[Page]:
    """A browser of its own that has followed the link: the printed one works once, so then a fresh one."""
    link = serving.sign_in_link() if request.param else serving.triage("user", "link", REVIEWER)
    page = sign_in(browser, serving, link, scripts=request.param)
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    yield page
    page.context.close()


def test_a_newcomer_decides_a_request_in_which_something_was_promised(
    page: Page,
    browser: Browser,
    serving: Serving,
    request: pytest.FixtureRequest,
) -> None:
    complaints = list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with_scripts = "with scripts" in request.node.name.replace("without", "")
    subject = "Calendars of our technicians" if with_scripts else "move a whole maintenance plan"

    page.get_by_role("link", name=re.compile(subject)).first.click()
    page.get_by_role("textbox", name="Question 1", exact=True).fill(REWORDED)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Question 1", exact=True)).to_have_value(REWORDED)

    request_id = page.url.split("?")[0].rstrip("/").rpartition("/")[2]
    decide(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/review/[^/?]+\?approved="))  # on to the next

    outbox = serving.folder / "data" / "outbox"
    serving.until(lambda: list(outbox.glob(f"{request_id}.answer.*.eml")))
    (path,) = outbox.glob(f"{request_id}.answer.*.eml")
    answer = message_from_bytes(path.read_bytes(), policy=default)
    assert answer["To"].endswith("@fieldhand.example")
    plain = answer.get_body(("plain",))
    assert plain is not None
    assert SENTENCE in " ".join(plain.get_content().split())

    assert complaints == []
    submitter = sign_in(browser, serving, serving.triage("user", "link", answer["To"]), scripts=False)
    submitter.goto(f"/requests/{request_id}")
    expect(submitter.locator(".sentence")).to_have_text(SENTENCE)
    submitter.context.close()


def sign_in(browser: Browser, serving: Serving, link: str, *, scripts: bool) -> Page:
    """A page that has followed a sign-in link and pressed its button."""
    page = browser.new_context(base_url=serving.url, java_script_enabled=scripts).new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/(review|requests)"))
    return page


def decide(page: Page) -> None:
    """Soften every promise, attach a condition, leave no date."""
    page.get_by_label("Yes, but").check()
    page.get_by_label("Conditions").fill("one branch first")
    for promise in page.locator(".promise").all():
        promise.get_by_label("soften it").check()
        promise.get_by_label("In these words").fill("We look at it for one branch first.")
    for field in ("Ships first", "Waits", "Customer prepares", "Outside dependencies"):
        page.get_by_role("textbox", name=field).fill("none")
    page.get_by_role("textbox", name="Biggest risk").fill("Private entries may become visible")
    page.get_by_label("Who makes the final call").fill("Ines Kallas")
    page.get_by_label("soft", exact=True).check()
    page.get_by_label("The sentence sales gets").fill(SENTENCE)
