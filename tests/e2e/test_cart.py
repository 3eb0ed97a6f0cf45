"""Buying up to the payment: the license sheet, the cart, names, contracts; phone, desk, keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import (
    DESKTOP,
    PHONE,
    WATCH,
    Troubles,
    Visitors,
    has_no_sideways_scroll,
    heard_without_a_gap,
    lives,
    main_menu,
    play,
    sign_in,
    visit,
    walk,
)
from tests.e2e.catalogue import People
from tests.factories.identity import PASSWORD
from tests.serving import Site

NARROW = {"width": 320, "height": 640}
PAY = re.compile("^Pay |^Get it free")


def sheet(page: Page) -> Locator:
    """The license sheet, filled."""
    found = page.get_by_role("dialog", name="Choose a license")
    expect(found.get_by_role("radio").first).to_be_visible()
    return found


def price(page: Page, title: str) -> Locator:
    """The price button of a recording's row."""
    return page.get_by_role("link", name=re.compile(f"^Licenses for {title}")).first


def choose(page: Page, title: str, tier: str = "MP3 lease") -> Locator:
    """Put a license into the cart from a list."""
    price(page, title).click()
    opened = sheet(page)
    opened.get_by_role("radio", name=re.compile(tier)).check()
    opened.get_by_role("button", name="Add to cart").click()
    expect(opened.get_by_role("button", name="Keep listening")).to_be_visible()
    return opened


def go_to_cart(page: Page) -> None:
    """Follow the frame's entry."""
    walk(page, lambda: main_menu(page).get_by_role("link", name=re.compile("^Cart")).click(),
         "**/cart")  # fmt: skip


def take_name(page: Page, name: str, alias: str = "") -> None:
    """Say who takes the licenses."""
    page.get_by_label("Legal name").first.fill(name)
    page.get_by_label("Artist name or company").first.fill(alias)
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text(f"Contracts will be made out to {name}")).to_be_visible()


def count(page: Page) -> Locator:
    """How much the frame says is in the cart."""
    return main_menu(page).locator(".count")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_guest_gets_as_far_as_the_payment(visitors: Visitors, size: dict[str, int]) -> None:
    """Given two producers' licenses, when named and accepted, then the payment may begin."""
    page = visitors.page("/explore?genre=trap", size=size)
    expect(count(page)).to_have_count(0)
    opened = choose(page, "No Signal", "WAV lease")
    expect(opened.get_by_text("WAV lease is in your cart.").first).to_be_visible()
    opened.get_by_role("button", name="Keep listening").click()
    expect(opened).to_be_hidden()
    expect(count(page)).to_contain_text("1")
    choose(page, "Halogen Ceiling").get_by_role("button", name="Keep listening").click()
    expect(count(page)).to_contain_text("2")
    go_to_cart(page)
    pay = page.get_by_role("button", name=PAY)
    expect(page.get_by_text("2 licenses from 2 producers")).to_be_visible()
    expect(page.get_by_text("Add a legal name for the contracts.")).to_be_visible()
    expect(pay).to_be_disabled()
    for box in page.get_by_role("checkbox").all():
        expect(box).to_be_disabled()
    take_name(page, "Lena Moss", "Moss")
    expect(page.get_by_text("Read and accept 2 contracts.")).to_be_visible()
    page.get_by_text("Read the contract").first.click()
    contract = page.get_by_role("region", name="Contract for No Signal")
    expect(contract).to_contain_text("Licensee: Lena Moss")
    expect(contract).to_contain_text("WAV lease, not exclusive")
    page.get_by_role("checkbox").first.check()
    expect(page.get_by_text("Read and accept 1 contract.")).to_be_visible()
    expect(pay).to_be_disabled()
    page.get_by_role("checkbox").last.check()
    expect(pay).to_be_enabled()
    page.get_by_label("E-mail").fill("lena@example.com")
    has_no_sideways_scroll(page)
    # The cart is kept with the browser, not with the page.
    page.reload()
    lives(page)
    expect(pay).to_be_enabled()
    expect(page.get_by_role("checkbox").first).to_be_checked()


def test_the_cart_can_be_changed(visitors: Visitors) -> None:
    """Given an accepted cart, when a license or a name changes, then that contract is read anew."""
    page = visitors.page("/explore?genre=trap")
    choose(page, "No Signal").get_by_role("button", name="Keep listening").click()
    choose(page, "Rust").get_by_role("button", name="Keep listening").click()
    go_to_cart(page)
    take_name(page, "Lena Moss")
    for box in page.get_by_role("checkbox").all():
        box.check()
    pay = page.get_by_role("button", name=PAY)
    expect(pay).to_be_enabled()
    expect(pay).to_have_text("Pay $59.90")
    page.get_by_label("License of No Signal", exact=True).select_option("wav_lease")
    expect(pay).to_have_text("Pay $84.90")
    expect(pay).to_be_disabled()
    expect(page.get_by_role("checkbox").first).not_to_be_checked()
    expect(page.get_by_role("checkbox").last).to_be_checked()
    page.get_by_role("checkbox").first.check()
    page.get_by_text("License this to someone else").last.click()
    other = page.get_by_role("article").last
    other.get_by_label("Legal name").fill("7")
    other.get_by_role("button", name="Save for this license").click()
    expect(other.get_by_text("Enter the legal name")).to_be_visible()
    other.get_by_label("Legal name").fill("Ines Holm")
    other.get_by_role("button", name="Save for this license").click()
    expect(other.get_by_text("Grayline licenses it to Ines Holm")).to_be_visible()
    expect(page.get_by_text("Read and accept 1 contract.")).to_be_visible()
    page.get_by_role("button", name="Remove Rust").click()
    expect(pay).to_be_enabled()
    expect(pay).to_have_text("Pay $59.95")
    expect(count(page)).to_contain_text("1")
    page.get_by_role("button", name="Remove No Signal").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    expect(count(page)).to_have_count(0)


def test_a_contract_is_fetched_when_it_is_opened(visitors: Visitors, troubles: Troubles) -> None:
    """Given a lost connection or another text meanwhile, then the words say so, and it is read."""
    troubles.announce(r"ERR_FAILED|422")
    page = visitors.page("/explore?genre=trap")
    choose(page, "No Signal").get_by_role("button", name="Keep listening").click()
    choose(page, "Rust").get_by_role("button", name="Keep listening").click()
    go_to_cart(page)
    take_name(page, "Lena Moss")
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "/cart/contracts/" in r.url else None)
    page.route("**/cart/contracts/**", lambda route: route.abort())
    article = page.get_by_role("article").first
    article.locator("summary", has_text="Read the contract").click()
    expect(article.get_by_role("alert")).to_contain_text("could not be loaded")
    page.unroute("**/cart/contracts/**")
    article.get_by_role("button", name="Try again").click()
    contract = article.get_by_role("region", name="Contract for No Signal")
    expect(contract).to_contain_text("Licensee: Lena Moss")
    assert len(asked) == 2
    # What is open follows the name; what is not is not fetched.
    take_name(page, "Ines Holm")
    expect(contract).to_contain_text("Licensee: Ines Holm")
    assert len(asked) == 3
    article.locator("summary", has_text="Read the contract").click()
    expect(contract).to_have_count(0)
    # Another tab of the same browser names somebody else.
    answer = page.request.post(
        "/cart/licensee", form={"licensee_name": "Kai Brandt", "licensee_alias": ""}
    )
    assert answer.ok
    other = page.get_by_role("article").last
    other.locator("summary", has_text="Read the contract").click()
    text = other.get_by_role("region", name="Contract for Rust")
    expect(text).to_contain_text("Licensee: Kai Brandt")
    expect(other.get_by_text("licenses it to Kai Brandt")).to_be_visible()
    expect(other.get_by_role("alert")).to_have_count(0)


def test_a_free_cart_costs_nothing(visitors: Visitors) -> None:
    """Given a free license, then the cart says so and offers it without a price."""
    page = visitors.page("/explore?genre=ambient")
    price(page, "Saltwater").click()
    opened = sheet(page)
    expect(opened.get_by_text("receives, after fees")).to_have_count(0)
    opened.get_by_role("button", name="Add to cart").click()
    walk(page, lambda: opened.get_by_role("link", name="Go to cart").click(), "**/cart")
    take_name(page, "Lena Moss")
    page.get_by_role("checkbox").check()
    expect(page.get_by_role("button", name="Get it free")).to_be_enabled()
    expect(page.get_by_text("Nothing is charged")).to_be_visible()


def test_music_goes_on_from_the_sheet_to_the_cart(visitors: Visitors) -> None:
    """Given something plays, when its license is bought from the dock, then it never stops."""
    page = visitors.page("/explore?genre=trap")
    play(page, "No Signal")
    page.evaluate(WATCH)
    page.get_by_role("region", name="Player").get_by_role(
        "link", name=re.compile("^License")
    ).click()
    opened = sheet(page)
    assert page.url.endswith("/explore?genre=trap")
    opened.get_by_role("button", name="Add to cart").click()
    walk(page, lambda: opened.get_by_role("link", name="Go to cart").click(), "**/cart")
    expect(page.get_by_role("heading", level=1, name="Cart")).to_be_focused()
    walk(page, lambda: page.get_by_role("link", name="No Signal").first.click(),
         "**/recording/no-signal")  # fmt: skip
    heard_without_a_gap(page)


def test_the_sheet_says_what_is_paid_and_shows_what_differs(visitors: Visitors) -> None:
    """Given three tiers, when one is chosen, then its price and the producer's part are said."""
    page = visitors.page("/recording/no-signal")
    page.get_by_role("link", name="Choose a license").click()
    opened = sheet(page)
    seen = opened.locator(".license-sum").locator("visible=true")
    expect(seen).to_contain_text("$34.95")
    expect(seen).to_contain_text("Grayline receives, after fees$32.16")
    opened.get_by_role("radio", name=re.compile("WAV lease")).check()
    expect(seen).to_contain_text("$59.95")
    tiers = opened.locator("label.tier")
    expect(tiers.nth(1).locator("mark").first).to_have_text("150,000 streams")
    expect(tiers.first.locator("mark")).to_have_count(0)
    opened.get_by_role("radio", name=re.compile("Exclusive")).check()
    expect(seen).to_contain_text("$499.00")
    expect(opened.get_by_text("Takes this recording off sale.")).to_be_visible()
    # Another license of the same recording takes the place of the first.
    opened.get_by_role("button", name="Add to cart").click()
    expect(opened.get_by_text("Exclusive is in your cart.").last).to_be_visible()
    opened.get_by_role("radio", name=re.compile("MP3 lease")).check()
    expect(opened.get_by_text("Replaces the Exclusive").locator("visible=true")).to_have_count(1)
    opened.get_by_role("button", name="Choose this one instead").click()
    expect(opened.get_by_text("MP3 lease is in your cart.").last).to_be_visible()
    expect(count(page)).to_contain_text("1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Choose a license")).to_be_focused()


def test_a_producer_is_told_why_not(visitors: Visitors, people: People) -> None:
    """Given one's own recording, then the sheet says that no license is needed."""
    page = visitors.page("/explore?genre=trap", person=people.producers[2])
    price(page, "Rust").click()
    opened = sheet(page)
    expect(opened.get_by_text("This is your own recording")).to_be_visible()
    expect(opened.get_by_role("button", name="Add to cart")).to_be_disabled()


def test_two_tabs_share_one_cart(visitors: Visitors) -> None:
    """Given two tabs opened before anything was chosen, when each adds, then both are there."""
    one = visitors.page("/explore?genre=trap")
    two = one.context.new_page()
    visit(two, "/explore?genre=drill")
    choose(one, "Rust")
    choose(two, "Night Bus 31")
    expect(count(two)).to_contain_text("2")
    visit(one, "/cart")
    expect(one.get_by_text("2 licenses from 2 producers")).to_be_visible()


def test_the_cart_comes_along_when_somebody_signs_in(visitors: Visitors, site: Site) -> None:
    """Given a guest's cart, when they sign in from it, then it is theirs and the browser's gone."""
    mara = site.person("Mara Lind", ["fan"])
    page = visitors.page("/explore?genre=trap")
    opened = choose(page, "Rust")
    walk(page, lambda: opened.get_by_role("link", name="Go to cart").click(), "**/cart")
    take_name(page, "Mara Lind")
    page.get_by_role("checkbox").check()
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    page.get_by_role("complementary").get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/sign-in?next=/cart")
    page.get_by_label("E-mail").fill(mara.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/cart")
    lives(page)
    expect(page.get_by_text(f"The receipt goes to {mara.email}")).to_be_visible()
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    assert not [c for c in page.context.cookies() if c["name"] == "indii_cart" and c["value"]]
    other = visitors.page()
    sign_in(other, mara.email, PASSWORD)
    other.wait_for_url(lambda url: "sign-in" not in url)
    visit(other, "/cart")
    expect(other.get_by_text("1 license from 1 producer")).to_be_visible()


def test_a_price_is_a_link_without_scripts(visitors: Visitors, troubles: Troubles) -> None:
    """Given no scripts, then a price leads to the page's own panel, which offers no dead button."""
    troubles.announce(r"request: csp .*\.js")
    page = visitors.page(has_scripts=False)
    page.goto("/explore?genre=trap")
    price(page, "No Signal").click()
    page.wait_for_url("**/recording/no-signal#license")
    expect(page.get_by_role("heading", name="License", exact=True)).to_be_visible()
    expect(page.get_by_text("Takes this recording off sale.")).to_be_visible()
    expect(page.get_by_role("link", name="Choose a license")).to_have_count(0)


def test_everything_works_with_keys_alone_on_the_narrowest_screen(visitors: Visitors) -> None:
    """Given 320 px and no pointer, then a guest chooses, names, reads, accepts and may pay."""
    page = visitors.page("/explore?genre=trap", size=NARROW)
    has_no_sideways_scroll(page)
    _tab_to(page, "document.activeElement.dataset.license && 'price'", "price")
    page.keyboard.press("Enter")
    opened = sheet(page)
    has_no_sideways_scroll(page)
    _tab_to(page, "document.activeElement.type", "radio")
    page.keyboard.press("ArrowDown")
    expect(opened.get_by_role("radio", name=re.compile("WAV lease"))).to_be_checked()
    _tab_to(page, TEXT, "Add to cart")
    _in_view(page)
    page.keyboard.press("Enter")
    expect(opened.get_by_role("button", name="Keep listening")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    walk(page, lambda: page.keyboard.press("Enter"), "**/cart")
    has_no_sideways_scroll(page)
    _tab_to(page, "document.activeElement.name", "licensee_name")
    page.keyboard.type("Lena Moss")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Contracts will be made out to Lena Moss")).to_be_visible()
    _tab_to(page, TEXT, "Read the contract")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    contract = page.get_by_role("region", name="Contract for No Signal")
    expect(contract).to_be_focused()
    expect(contract).to_contain_text("Licensee: Lena Moss")
    has_no_sideways_scroll(page)
    _tab_to(page, "document.activeElement.type", "checkbox")
    _in_view(page)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    expect(page.get_by_role("checkbox")).to_be_focused()
    _tab_to(page, "document.activeElement.name", "email")
    page.keyboard.type("lena@example.com")
    _tab_to(page, TEXT, "Pay $59.95")
    _in_view(page)


TEXT = "document.activeElement.textContent"


def _tab_to(page: Page, what: str, wanted: Any) -> None:
    """Press Tab until what has the focus is the wanted thing."""
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(f"() => {what}"))
        if seen[-1] == wanted:
            return
    raise AssertionError(seen)


def _in_view(page: Page) -> None:
    """Check that nothing lies over what has the focus."""
    assert page.evaluate(
        """() => { const it = document.activeElement, b = it.getBoundingClientRect();
        const top = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
        return it.contains(top) || top?.contains(it) }"""
    )
