"""A whole purchase with keys alone, on the narrowest screen: from the list to the proof."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Troubles, Visitors, has_no_sideways_scroll, lives, visit, walk
from tests.e2e.catalogue import People
from tests.e2e.test_cart import NARROW, PAY, sheet
from tests.e2e.test_purchase import DECLINED, GOOD, release, slug
from tests.invariants import assert_ledger
from tests.serving import Site

TITLE = "Bought by keys"
TEXT = "document.activeElement.textContent.trim()"
NAME = "document.activeElement.name"
# What has the focus lies in the window with nothing over it, and shows that it has the focus.
REACHED = """() => {
  const it = document.activeElement, b = it.getBoundingClientRect();
  const x = b.x + Math.min(b.width, innerWidth) / 2, y = b.y + Math.min(b.height, 80) / 2;
  const top = document.elementFromPoint(x, y);
  const label = it.closest('label') || document.querySelector(`label[for="${it.id}"]`);
  const ringed = e => { const look = e && getComputedStyle(e); return !!look
    && (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 1
      || look.boxShadow !== 'none') };
  return {
    inside: b.left >= -1 && b.right <= innerWidth + 1 && b.top >= -1 && y <= innerHeight,
    clear: it.contains(top) || !!top?.contains(it) || !!label?.contains(top),
    ring: ringed(it) || ringed(label) } }"""


class Keys:
    """Somebody who has no pointer: Tab, letters, space, Enter."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page, self._pictures, self._taken = page, pictures, 0

    def to(self, what: str, wanted: str, *, back: bool = False) -> None:
        """Go on with Tab until the focus is on the wanted thing, which must be in sight."""
        seen: list[Any] = []
        for _ in range(80):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            seen.append(self.page.evaluate(f"() => {what}"))
            if isinstance(seen[-1], str) and re.search(wanted, seen[-1]):
                self.is_in_sight(wanted)
                return
        raise AssertionError((wanted, seen))

    def is_in_sight(self, what: str) -> None:
        """Check that what has the focus can be seen, and that it has it."""
        found = self.page.evaluate(REACHED)
        if not all(found.values()):
            self.look("out-of-sight")
        assert all(found.values()), (what, found)

    def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        """Write into the field that has the focus, over what stands there."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def look(self, name: str) -> None:
        """Keep a picture of this step; nothing may be wider than the window."""
        has_no_sideways_scroll(self.page, name)
        self._taken += 1
        path = self._pictures / f"keys-{self._taken:02}-{name}-320.png"
        self.page.screenshot(path=path)


def fill_card(keys: Keys, number: str) -> None:
    """Fill the payment page's form in and send it with Enter."""
    keys.to(NAME, "^number$")
    keys.write(number)
    keys.to(NAME, "^expiry$")
    keys.write("12 / 34")
    keys.to(NAME, "^cvc$")
    keys.write("123")
    keys.to(NAME, "^name$")
    keys.write("Lena Moss")
    keys.look("card")
    keys.to(TEXT, r"^Pay \$")
    keys.press("Enter")


@pytest.mark.slow
def test_a_purchase_with_keys_alone_at_320_px(
    visitors: Visitors, site: Site, people: People, tmp_path: Path, screenshots: Path,
    troubles: Troubles,
) -> None:  # fmt: skip
    """Given no pointer and 320 px, when a guest buys, then file and proof are theirs."""
    master = release(site, people.producers[0], TITLE, tmp_path, 550)
    page = visitors.page("/explore?q=Bought+by+keys", size=NARROW)
    keys = Keys(page, screenshots)
    choose(keys)
    accept(keys)
    pay(keys)
    site.work()
    visit(page, "/downloads")
    keys.look("library")
    assert fetch(keys, "WAV") == master
    prove(keys)
    assert_ledger(site.rt)


def choose(keys: Keys) -> None:
    """From the list through the sheet to the cart."""
    page = keys.page
    keys.look("explore")
    keys.to("document.activeElement.getAttribute('aria-label') || ''", f"^Licenses for {TITLE}")
    keys.press("Enter")
    opened = sheet(page)
    keys.to("document.activeElement.type", "^radio$")
    keys.press("ArrowDown")
    expect(opened.get_by_role("radio", name=re.compile("WAV lease"))).to_be_checked()
    keys.is_in_sight("WAV lease")
    keys.look("sheet")
    keys.to(TEXT, "^Add to cart$")
    keys.press("Enter")
    expect(opened.get_by_role("button", name="Keep listening")).to_be_focused()
    keys.look("chosen")
    keys.press("Shift+Tab")
    walk(page, lambda: keys.press("Enter"), "**/cart")


def accept(keys: Keys) -> None:
    """Name the licensee, read the contract, accept it, say where the receipt goes."""
    page = keys.page
    expect(page.get_by_text("1 license from 1 producer")).to_be_visible()
    keys.look("cart")
    keys.to(NAME, "^licensee_name$")
    keys.write("Lena Moss")
    keys.press("Enter")
    expect(page.get_by_text("Contracts will be made out to Lena Moss")).to_be_visible()
    keys.to(TEXT, "^Read the contract")
    keys.press("Enter", "Tab")
    contract = page.get_by_role("region", name=f"Contract for {TITLE}")
    expect(contract).to_be_focused()
    expect(contract).to_contain_text("Licensee: Lena Moss")
    keys.look("contract")
    keys.press("End")
    page.wait_for_function("() => document.activeElement.scrollTop > 0")
    keys.to("document.activeElement.type", "^checkbox$")
    keys.press("Space")
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    keys.look("accepted")
    keys.to(NAME, "^email$")
    keys.write("keys@example.com")
    keys.to(TEXT, r"^Pay \$49\.95$")
    keys.look("button")


def pay(keys: Keys) -> None:
    """A declined card, then a good one; back where the files are."""
    page = keys.page
    keys.press("Enter")
    page.wait_for_url(re.compile("/c/pay/"))
    keys.look("payment")
    fill_card(keys, DECLINED)
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text(re.compile("declined", re.IGNORECASE))
    expect(refused).to_be_focused()
    keys.is_in_sight("the refusal")
    keys.look("declined")
    fill_card(keys, GOOD)
    page.wait_for_url(re.compile("/downloads"))
    lives(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    keys.look("bought")


def fetch(keys: Keys, name: str) -> bytes:
    """Open a bought file's link; what the browser saved."""
    keys.to(TEXT, name)
    with keys.page.expect_download() as coming:
        keys.press("Enter")
    assert slug(TITLE) in slug(coming.value.suggested_filename)
    return coming.value.path().read_bytes()


def prove(keys: Keys) -> None:
    """The certificate, and the page where anybody can check it by its number."""
    page = keys.page
    keys.to(TEXT, "^License certificate")
    href = page.evaluate("() => document.activeElement.getAttribute('href')")
    with page.expect_download() as coming:
        keys.press("Enter")
    assert coming.value.path().read_bytes()[:5] == b"%PDF-"
    visit(page, "/verify")
    keys.look("check")
    keys.to(NAME, "^number$")
    keys.write(href.rpartition("/")[2])
    keys.press("Enter")
    page.wait_for_url(re.compile("/verify/."))
    lives(page)
    expect(page.get_by_role("status").filter(has_text="Valid")).to_be_visible()
    keys.look("verified")
