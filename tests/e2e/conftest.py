"""A browser, a running service and pages in which somebody is signed in.

Under our content policy `page.wait_for_function` fails, so everything waits with `expect`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.api.small_services import SmallServices
from tests.e2e import stage
from tests.serving import Serving, sample_company

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

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium; ends with this folder, since it keeps an event loop running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The sample company as a process of its own, with all its drafts ready."""
    with sample_company(tmp_path_factory.mktemp("sample")) as service:
        yield service


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts: whoever asks for it is tested both ways."""
    return bool(request.param)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[SmallServices]:
    """A running service with three requests in review, nothing else."""
    with stage.running_service(tmp_path, full=False) as services:
        stage.put_in_review(services, *stage.THREE)
        yield services


@pytest.fixture
def open_page(browser: Browser, services: SmallServices) -> Iterator[OpenPage]:
    """Opens pages of separate browsers in which somebody is signed in; none of them may complain."""
    contexts, complaints = list[BrowserContext](), list[str]()

    def open_for(address: str, path: str, **options: Any) -> Page:
        contexts.append(stage.signed_in(browser, services, address, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_for
    for context in contexts:  # before the server stops: an open page holds its event stream
        context.close()
    assert [words for words in complaints if "Failed to load resource" not in words] == []
