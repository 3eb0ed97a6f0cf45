"""What works with JavaScript off, and what is kept of what somebody does before scripts run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from indii.business.licensing.enums import LicenseTier
from indii.catalog.recordings.queries import find_recording
from indii.kernel.text import slugify
from indii.store.offers.commands import set_offers
from tests.e2e.browsing import PHONE, Troubles, Visitors, lives, sounding
from tests.e2e.catalogue import People
from tests.e2e.test_purchase import release
from tests.factories.identity import PASSWORD
from tests.serving import Site

# How Chromium refuses to load scripts that it was told not to run.
SCRIPTS_ARE_OFF = r"request: csp .*\.js"
FREE, BUYER = "Plain Paper", "paper.reader@example.com"


def test_a_free_license_is_bought_without_scripts(
    visitors: Visitors, troubles: Troubles, site: Site, people: People, tmp_path: Path
) -> None:
    """Given no JavaScript, a guest searches, chooses, names, accepts, orders and downloads."""
    troubles.announce(SCRIPTS_ARE_OFF)
    seller = people.producers[0]
    release(site, seller, FREE, tmp_path, hz=311)
    with site.rt.write(seller.actor) as ctx:
        recording_id = find_recording(ctx.reading, slugify(FREE, fallback="x"))
        assert recording_id
        set_offers(ctx, recording_id=recording_id, prices={LicenseTier.MP3_LEASE: 0})

    page = visitors.page(has_scripts=False)
    page.goto("/explore")
    shown = page.locator("#ssr")
    shown.get_by_label("Search recordings").fill(FREE)
    shown.get_by_label("Search recordings").press("Enter")
    shown.get_by_role("link", name=FREE, exact=True).click()
    shown.get_by_role("button", name=re.compile("^Add to cart")).click()

    page.wait_for_url("**/cart")
    shown.get_by_role("button", name=re.compile("^Save name")).click()
    expect(shown.locator("#f-licensee_name-error")).not_to_be_empty()
    shown.locator("#f-licensee_name").fill("Mara <Quist> & Daughters")
    shown.locator("form[action='/cart/licensee']").first.locator("[type=submit]").click()
    shown.locator("summary", has_text="Read the contract").click()
    shown.locator(".contract").get_by_role("link", name="Open it on a page of its own").click()
    expect(page.locator("body")).to_contain_text("Licensee: Mara <Quist> & Daughters")
    page.go_back()
    shown.get_by_role("checkbox", name=re.compile(f"contract for {FREE}")).check()
    shown.locator(".contract-accept").get_by_role("button").click()
    expect(shown.get_by_text("Accepted", exact=True)).to_be_visible()
    shown.get_by_label("E-mail").fill(BUYER)
    shown.get_by_role("button", name="Get it free").click()

    page.wait_for_url("**/downloads")
    expect(shown.get_by_text(re.compile("^Thank you"))).to_be_visible()
    site.work()
    page.reload()
    expect(shown.get_by_text("Mara <Quist> & Daughters")).to_be_visible()
    with page.expect_download() as downloaded:
        shown.get_by_role("link", name=re.compile("^MP3")).click()
    assert Path(downloaded.value.path()).read_bytes()[:3] in {b"ID3", b"\xff\xfb\x90"}


def test_a_cart_is_changed_without_scripts(visitors: Visitors, troubles: Troubles) -> None:
    """Given no JavaScript, then what was chosen can be taken out again."""
    troubles.announce(SCRIPTS_ARE_OFF)
    page = visitors.page(has_scripts=False, size=PHONE)
    page.goto("/recording/rust")
    shown = page.locator("#ssr")
    shown.get_by_role("button", name="Add to cart: MP3 lease").click()
    expect(shown.get_by_role("link", name="Rust", exact=True)).to_be_visible()
    shown.get_by_role("button", name="Remove Rust").click()
    expect(shown.get_by_role("heading", name="Your cart is empty")).to_be_visible()


def test_somebody_signs_in_without_scripts(
    visitors: Visitors, troubles: Troubles, people: People
) -> None:
    """Given no JavaScript, a wrong password is told at its form, the right one leads on."""
    troubles.announce(SCRIPTS_ARE_OFF)
    page = visitors.page(has_scripts=False)
    page.goto("/sign-in?next=/downloads")
    shown = page.locator("#ssr")
    for password in ("not my password", PASSWORD):
        shown.get_by_label("E-mail").fill(people.fan.email)
        shown.get_by_label("Password").fill(password)
        shown.get_by_role("button", name="Sign in").click()
        if password != PASSWORD:
            expect(shown.get_by_role("alert")).not_to_be_empty()
            expect(shown.get_by_label("E-mail")).to_have_value(people.fan.email)
    page.wait_for_url("**/downloads")
    expect(shown.get_by_role("heading", name="Library")).to_be_visible()
    expect(shown.get_by_text("Bought without an account?")).to_have_count(0)


class Held:
    """Holds every script of a page back until it is let go."""

    def __init__(self, context: BrowserContext) -> None:
        self._waiting: list[Route] = []
        self._is_open = False
        context.route("**/assets/*.js", self._take)

    def _take(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._waiting.append(route)

    def let_go(self) -> None:
        """Let the scripts come."""
        self._is_open = True
        for route in self._waiting:
            route.continue_()


def slow_page(visitors: Visitors, path: str, **how: dict[str, int] | None) -> tuple[Page, Held]:
    """A page whose first HTML stands there and whose scripts have not come."""
    context = visitors.context(**how)  # type: ignore[arg-type]
    held = Held(context)
    page = context.new_page()
    page.goto(path, wait_until="domcontentloaded")
    return page, held


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_a_press_on_play_before_scripts_is_kept(
    visitors: Visitors, size: dict[str, int] | None
) -> None:
    """Given no script has come, when Play is pressed, then the dock shows it, then it sounds."""
    page, held = slow_page(visitors, "/explore", size=size)
    page.locator("#ssr").get_by_role("button", name="Play Night Bus 31", exact=True).click()
    dock = page.get_by_role("region", name="Player")
    expect(dock).to_be_visible()
    expect(dock.get_by_text("Night Bus 31")).to_be_visible()
    expect(dock.get_by_role("button", name="Loading")).to_be_visible()
    held.let_go()
    sounding(page)
    lives(page)
    assert page.evaluate("() => indii.player.queue[indii.player.index].title") == "Night Bus 31"
    assert page.evaluate("() => indii.player.queue.length") > 1
    expect(page.get_by_role("region", name="Player")).to_have_count(1)


def test_what_was_typed_before_scripts_survives_the_handover(visitors: Visitors) -> None:
    """Given forms filled in the first HTML, then text, caret, choice and ticks are still there."""
    context = visitors.context()
    page = context.new_page()
    html = context.request.get("/recording/rust").text()
    [hidden, *_] = re.findall(r'<input[^>]*name="recording_id"[^>]*>', html)
    value = re.search(r'value="([^"]+)"', hidden)
    assert value
    form = {"recording_id": value[1], "tier": "mp3_lease"}
    assert context.request.post("/cart/add", form=form).ok
    named = {"licensee_name": "Ada Quist", "licensee_alias": ""}
    assert context.request.post("/cart/licensee", form=named).ok
    held = Held(context)
    page.goto("/cart", wait_until="domcontentloaded")
    fill_before(page)
    held.let_go()
    lives(page)
    main = page.locator("#main")
    expect(main.locator("#f-licensee_alias")).to_have_value("Quist & Daughters")
    expect(main.locator("#f-email")).to_have_value("ada@example.com")
    expect(main.locator("#f-email")).to_be_focused()
    assert main.locator("#f-licensee_alias").evaluate("n => n.defaultValue") == ""
    # The tick is an answer: the server heard it.
    expect(main.get_by_text("Accepted", exact=True)).to_be_visible()
    expect(main.locator(".contract details").first).to_have_attribute("open", "")
    contract = main.get_by_role("region", name="Contract for Rust")
    expect(contract).to_contain_text("Licensee: Ada Quist")


def fill_before(page: Page) -> None:
    """Use the cart's first HTML."""
    shown = page.locator("#ssr")
    steps: tuple[Callable[[], object], ...] = (
        lambda: shown.locator("#f-licensee_alias").fill("Quist & Daughters"),
        lambda: shown.get_by_role("checkbox", name=re.compile("contract for Rust")).check(),
        lambda: shown.locator("summary", has_text="Read the contract").click(),
        lambda: shown.locator("#f-email").fill("ada@example.com"),
    )
    for step in steps:
        step()
