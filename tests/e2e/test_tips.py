"""A tip from the page that was heard: paid, thanked for, read by everybody, and given back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DRESS, PHONE, Visitors, lives, pay_by_card, visit
from tests.e2e.catalogue import People
from tests.serving import Site


def shoot(page: Page, folder: Path, name: str) -> None:
    """Keep a picture in both themes."""
    for theme in ("light", "dark"):
        page.evaluate(DRESS, theme)
        page.screenshot(path=folder / f"{name}-{theme}.png", full_page=True)


@pytest.mark.slow
@pytest.mark.parametrize(("who", "size"), [("guest", PHONE), ("member", None)])
def test_a_tip_is_given_read_and_refunded(
    visitors: Visitors, site: Site, people: People, screenshots: Path, who: str,
    size: dict[str, int] | None,
) -> None:  # fmt: skip
    """Given a page, when tipped, then thanks, message, sale, refund; whatever lies in the cart."""
    buyer = site.person("Tipping Fan", ["fan"]) if who == "member" else None
    words = f"Played this on repeat, says the {who}"
    page = visitors.page("/recording/cold-harbour", person=buyer, size=size)
    shoot(page, screenshots, f"tip-recording-{who}")
    page.get_by_role("link", name="$5.00").click()
    page.wait_for_url(re.compile(r"/tip/.*recording=cold-harbour"))
    lives(page)
    expect(page.get_by_role("radio", name="$5.00")).to_be_checked()
    # A wrong amount comes back with everything that was typed.
    page.get_by_label("Another amount").fill("0.20")
    page.get_by_role("textbox", name="Message").fill(words)
    page.get_by_role("textbox", name="Your name").fill("Lena")
    page.get_by_role("checkbox", name="Show my message").check()
    if who == "guest":
        page.get_by_label("E-mail").fill("tipping-guest@example.com")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("Enter an amount between")).to_be_visible()
    expect(page.get_by_role("textbox", name="Message")).to_have_value(words)
    expect(page.get_by_role("checkbox", name="Show my message")).to_be_checked()
    shoot(page, screenshots, f"tip-form-{who}")
    page.get_by_label("Another amount").fill("7.50")
    page.get_by_role("button", name="Continue to payment").click()
    pay_by_card(page)
    page.wait_for_url(re.compile("/tip-thanks/"))
    lives(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_text("$7.50")).to_be_visible()
    shoot(page, screenshots, f"tip-thanks-{who}")
    number = re.search(r"IN-\w{4}-\w{4}", page.content())
    assert number is not None
    back = page.get_by_role("link", name=re.compile("^Back to"))
    producer = str(back.get_attribute("href"))
    back.click()
    lives(page)
    expect(page.get_by_text(words)).to_be_visible()
    shoot(page, screenshots, f"tip-producer-{who}")
    visit(page, "/downloads")
    expect(page.get_by_text(number.group())).to_be_visible()

    seller = visitors.page("/studio/sales", person=people.producers[0])
    expect(seller.get_by_text(words)).to_be_visible()
    admin = visitors.page(f"/admin/order/{number.group()}", person=people.admin)
    give_back(admin)
    site.work()
    visit(page, "/downloads")
    expect(page.get_by_text("The message is no longer shown.").first).to_be_visible()
    visit(page, producer)
    expect(page.get_by_text(words)).to_have_count(0)


def give_back(page: Page) -> None:
    """Refund everything on the operator's page of the order."""
    page.get_by_role("button", name=re.compile("^Refund…")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("Reason")).fill("A slip of the finger.")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name=re.compile("^Refund ")).click()
    expect(page.get_by_role("heading", name="Refunds")).to_be_visible(timeout=15_000)
