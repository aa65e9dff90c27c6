"""Five requests of the sample company decided with the keyboard alone, from the inbox to five letters out.

Everything that acts is a key press; locators only look. Run with `-s` to read the figures.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_sample_company import sign_in
from tests.serving import REVIEWER, Serving

pytestmark = [pytest.mark.browser, pytest.mark.model]

DECISIONS = 5
WORDS = {
    "conditions": "one branch first",
    "decider": "Ines",
    "promises.0.text": "We look at one branch first.",
}


@dataclass
class Keyboard:
    """Presses keys and counts them; a typed character is a press."""

    page: Page
    presses: int = 0

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def type(self, text: str) -> None:
        """A text, letter by letter."""
        self.page.keyboard.type(text)
        self.presses += len(text)


def test_five_requests_by_keyboard_alone(browser: Browser, serving: Serving) -> None:
    page = sign_in(browser, serving, serving.triage("user", "link", REVIEWER), scripts=True)
    keys, figures, decided = Keyboard(page), list[tuple[int, float]](), list[str]()
    keys.press("j", "Enter")
    expect(page.locator("[data-approve]")).to_be_visible()
    for _ in range(DECISIONS):
        before, begun, address = keys.presses, time.monotonic(), page.url
        decided.append(request_id(address))
        decide(page, keys)
        keys.press("Control+Enter")
        expect(page).to_have_url(re.compile(r"/review/[^/?]+\?approved="))
        assert request_id(page.url) != decided[-1]
        expect(page.locator("[data-undo-until]")).to_be_visible()
        figures.append((keys.presses - before, time.monotonic() - begun))

    outbox = serving.folder / "data" / "outbox"
    serving.until(lambda: all(list(outbox.glob(f"{one}.answer.*.eml")) for one in decided))
    assert len(set(decided)) == DECISIONS
    status = {one["id"]: one["status"] for one in serving.get("/api/v1/requests?limit=200")}
    assert {status[one] for one in decided} == {"answered"}
    for number, (presses, seconds) in enumerate(figures, 1):
        print(f"decision {number}: {presses} key presses, {seconds:.1f} s")
    total, lasted = sum(presses for presses, _ in figures), sum(seconds for _, seconds in figures)
    print(f"{DECISIONS} decisions: {total} key presses, {lasted:.1f} s of the machine's time")
    page.context.close()


def decide(page: Page, keys: Keyboard) -> None:
    """Ask the first question and drop the second, if any; say “yes, but”; fill what is missing."""
    if page.locator("[data-question]").count():
        if not page.locator("[data-question]:focus").count():
            keys.press("j")
        keys.press("a", "x")
        expect(page.locator("[data-question] input[value=accepted]:checked")).to_have_count(1)
    keys.press("2")
    expect(page.locator("input[value=yes_but]")).to_be_checked()
    gaps = page.locator("[data-missing] a")
    expect(page.locator("[data-state]")).to_contain_text(re.compile(r"^Saved \d"))
    while left := gaps.count():
        keys.press("g")
        fill(page, keys)
        expect(gaps).not_to_have_count(left)


def fill(page: Page, keys: Keyboard) -> None:
    """What is missing and has the focus: soften a promise, else write a few words."""
    name = page.locator(":focus").get_attribute("name") or ""
    if name.endswith(".stance"):
        keys.press("ArrowRight", "Tab")
        name = page.locator(":focus").get_attribute("name") or ""
    keys.type(WORDS.get(name, WORDS["promises.0.text"] if name.startswith("promises.") else "none"))
    keys.press("Escape")


def request_id(url: str) -> str:
    """The request whose page it is."""
    return url.split("?")[0].rstrip("/").rpartition("/")[2]
