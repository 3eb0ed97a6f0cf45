"""The served site and the browser, once for all stories; a fresh profile for every visitor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import FLAGS, Troubles, Visitors
from tests.e2e.catalogue import People, fill
from tests.runtime import ROOT
from tests.serving import Site, exported_frontend, serve

CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
SCREENSHOTS = ROOT / "var" / "screenshots"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as `indii up` serves it, with the local Stripe; real workers only if asked for."""
    folder = tmp_path_factory.mktemp("e2e")
    with serve(folder, pages=exported_frontend(), has_payments=True) as served:
        yield served


@pytest.fixture(scope="session")
def people(site: Site) -> People:
    """Who lives there, with their recordings."""
    return fill(site)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    found = next((p for name in CHROMIUM if (p := shutil.which(name))), None)
    program = os.environ.get("INDII_TEST_CHROMIUM") or found
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def troubles() -> Troubles:
    """What went wrong in this test's browsers; what a test means to provoke it announces."""
    return Troubles()


@pytest.fixture
def visitors(
    browser: Browser, site: Site, people: People, troubles: Troubles
) -> Iterator[Visitors]:
    """Browsers for the people of a test."""
    opened = Visitors(browser, site, troubles)
    yield opened
    opened.close()
    assert not troubles.unexpected, "\n".join(troubles.unexpected)


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages are kept."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
