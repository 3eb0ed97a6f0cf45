"""The pages in Chromium: by keyboard alone, in both themes, on a narrow screen, without faults."""

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.sandbox.serving import StripeSandbox

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    program = os.environ.get("INDII_TEST_CHROMIUM") or found
    if program is None:
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_narrow_screen(
    sandbox: StripeSandbox, browser: Browser, theme: str
) -> None:
    opened, paid, asked = sandbox.new_session(), sandbox.paid_session(), sandbox.new_session()
    sandbox.control(f"pay/{asked.id}", card="4000000000003220")
    context = browser.new_context(color_scheme=theme, viewport={"width": 320, "height": 640})
    page = context.new_page()
    for path in ("/", f"/c/pay/{paid.id}", f"/c/pay/{asked.id}/authenticate", "/c/pay/cs_none"):
        page.goto(sandbox.url + path)
        _is_sound(page)
    page.goto(opened.url)
    _is_sound(page)
    page.get_by_label("Bank debit (test)").check()
    expect(page.get_by_label("Card number")).to_be_hidden()
    _is_sound(page)
    page.get_by_label("Card", exact=True).check()
    page.get_by_role("button", name="Pay $12.00").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Card number")).to_have_accessible_description(
        "Enter a card number, such as 4242 4242 4242 4242."
    )
    _is_sound(page)
    context.close()


def test_a_session_is_paid_by_keyboard_alone(sandbox: StripeSandbox, browser: Browser) -> None:
    session = sandbox.new_session(success_url=f"{sandbox.url}/?s={{CHECKOUT_SESSION_ID}}")
    page = browser.new_page()
    page.goto(session.url)
    keys = ["Tab", "Tab"]  # past the way back, into the first field
    for key in keys:
        page.keyboard.press(key)
    for typed in ("ann@example.com", "", "4242424242424242", "12/34", "123", "Ann"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/?s={session.id}")
    assert sandbox.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    page.close()


def _is_sound(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
