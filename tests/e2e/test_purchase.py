"""A cart of two producers is paid, delivered, verified and partly given back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from indii.business.licensing.enums import LicenseTier
from indii.catalog.recordings.commands import attest, create_draft, describe, publish
from indii.catalog.recordings.enums import AiUse, FileKind
from indii.catalog.uploads.commands import attach_upload
from indii.catalog.uploads.flows import ingest_file
from indii.kernel.text import slugify
from indii.store.offers.commands import set_offers
from tests.e2e.browsing import PHONE, Visitors, lives, pay_by_card, visit
from tests.e2e.catalogue import People
from tests.factories.sounds import wav
from tests.invariants import assert_ledger
from tests.serving import Person, Site

SMALL = {"width": 320, "height": 640}
DECLINED, GOOD = "4000 0000 0000 0002", "4242 4242 4242 4242"


def release(site: Site, who: Person, title: str, folder: Path, hz: int) -> bytes:
    """A recording with a real master, ready to be licensed; its bytes."""
    content = wav(6.0, hz=hz)
    path = folder / f"{hz}.wav"
    path.write_bytes(content)
    actor = who.actor
    upload = ingest_file(site.rt, actor, path=path, kind=FileKind.MAIN_WAV, filename="master.wav")
    with site.rt.write(actor) as ctx:
        made: UUID = create_draft(ctx, title=title)
        attach_upload(ctx, recording_id=made, upload_id=upload.id)
        describe(ctx, recording_id=made, title=title, genre="jazz", mood="dark", bpm=140, key=17,
                 tags=["bought"], credits="")  # fmt: skip
        attest(ctx, recording_id=made, holds_rights=True, ai_use=AiUse.NONE)
        set_offers(
            ctx,
            recording_id=made,
            prices={LicenseTier.MP3_LEASE: 2995, LicenseTier.WAV_LEASE: 4995},
        )
    site.work()
    with site.rt.write(actor) as ctx:
        publish(ctx, recording_id=made)
    return content


def slug(text: str) -> str:
    """The text as it stands in addresses."""
    return slugify(text, fallback="x")


def choose(page: Page, title: str, license_name: str) -> None:
    """Put a license into the cart on the recording's page."""
    visit(page, f"/recording/{slug(title)}")
    page.get_by_role("link", name="Choose a license").click()
    sheet = page.get_by_role("dialog", name="Choose a license")
    sheet.get_by_role("radio", name=re.compile(license_name)).check()
    sheet.get_by_role("button", name="Add to cart").locator("visible=true").click()
    expect(sheet.get_by_role("link", name="Go to cart").locator("visible=true")).to_be_visible()


def accept_all(page: Page, titles: list[str], name: str) -> None:
    """Say who takes the licenses and accept each contract."""
    panel = page.locator("section", has=page.get_by_role("heading", name="Who is the license for?"))
    panel.get_by_label("Legal name").fill(name)
    panel.get_by_role("button", name="Save name").click()
    for title in titles:
        box = page.get_by_role("checkbox", name=re.compile(f"contract for {title}"))
        expect(box).to_be_enabled()
        box.check()
    expect(page.get_by_text("Accepted", exact=True)).to_have_count(len(titles))


def buy(page: Page, titles: list[str], *, email: str = "") -> None:
    """From the filled cart to the library: a declined card, then a good one."""
    visit(page, "/cart")
    accept_all(page, titles, "Lena Moss")
    if email:
        page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name=re.compile("^Pay \\$")).click()
    page.wait_for_url(re.compile("/c/pay/"))
    expect(page.get_by_text("TEST PAYMENTS").first).to_be_visible()
    pay_by_card(page, DECLINED)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("declined", re.IGNORECASE))
    pay_by_card(page, GOOD)
    page.wait_for_url(re.compile("/downloads"))
    lives(page)
    for title in titles:
        expect(page.get_by_role("heading", name=title)).to_be_visible()


def fetched(page: Page, link: Any) -> Any:
    """What is behind a link, with the page's cookies."""
    return page.request.get(link.get_attribute("href"))


def line(page: Page, title: str) -> Any:
    """The bought line of a recording."""
    return page.locator(".bought", has=page.get_by_role("heading", name=title))


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("who", ["guest", "member"])
def test_two_producers_in_one_cart(
    visitors: Visitors, site: Site, people: People, tmp_path: Path, troubles: Any, who: str,
    size: dict[str, int] | None,
) -> None:  # fmt: skip
    """Given two licenses, when paid after a decline, then files, proof, and one refund of one."""
    troubles.announce("410", "404")
    kind = f"{who} {'phone' if size else 'desk'}"
    first, second = f"First of {kind}", f"Second of {kind}"
    ash, oda = people.producers[:2]
    master = release(site, ash, first, tmp_path, 330)
    release(site, oda, second, tmp_path, 440)
    buyer = site.person(f"Buyer {kind}", ["fan"]) if who == "member" else None
    page = visitors.page("/", person=buyer, size=size)
    choose(page, first, "WAV lease")
    choose(page, second, "MP3 lease")
    email = f"{slug(kind)}@example.com"
    buy(page, [first, second], email="" if buyer else email)
    site.work()
    visit(page, "/downloads")
    files = line(page, first)
    address = files.get_by_role("link", name=re.compile("WAV")).get_attribute("href")
    got = page.request.get(address)
    assert got.ok
    assert got.body() == master
    assert "wav" in got.headers["content-disposition"]
    part = page.request.get(got.url, headers={"Range": "bytes=10-19"})
    assert (part.status, part.body()) == (206, master[10:20])
    mp3 = fetched(page, files.get_by_role("link", name=re.compile("MP3")))
    assert mp3.body()[:3] == b"ID3"
    paper = fetched(page, files.get_by_role("link", name=re.compile("certificate")))
    assert paper.body()[:5] == b"%PDF-"
    number = verified(visitors, page, files, paper.body(), tmp_path)
    refunded(visitors, site, people, first, number)
    visit(page, "/downloads")
    expect(line(page, first)).to_contain_text("Refunded")
    assert line(page, first).get_by_role("link", name=re.compile("WAV")).count() == 0
    assert fetched(page, line(page, second).get_by_role("link", name=re.compile("MP3"))).ok
    assert page.request.get(address).status == 410
    assert_ledger(site.rt)


def verified(visitors: Visitors, page: Page, files: Any, paper: bytes, folder: Path) -> str:
    """Anybody finds the certificate valid and recognises its PDF; its number."""
    href = files.get_by_role("link", name=re.compile("certificate")).get_attribute("href")
    number = href.rsplit("/", 1)[1]
    anybody = visitors.page(f"/verify/{number}")
    expect(anybody.get_by_role("status").filter(has_text="Valid")).to_be_visible()
    document = folder / f"{number}.pdf"
    document.write_bytes(paper)
    anybody.locator("input[type=file]").set_input_files(document)
    expect(anybody.locator(".file-check")).to_contain_text(
        "this file belongs to this license, unchanged"
    )
    return str(number)


def refunded(visitors: Visitors, site: Site, people: People, title: str, number: str) -> None:
    """An administrator gives one line back; its certificate is void from then on."""
    admin = visitors.page("/admin/orders", person=people.admin)
    admin.get_by_role("link", name=re.compile("IN-")).first.click()
    admin.wait_for_url("**/admin/order/*")
    lives(admin)
    admin.get_by_role("button", name="Refund…").click()
    dialog = admin.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    for box in dialog.get_by_role("checkbox").all():
        box.uncheck()
    dialog.get_by_role("checkbox", name=re.compile(title)).check()
    dialog.get_by_label(re.compile("^Reason")).fill("Bought twice by mistake.")
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_text("This cannot be undone")).to_be_visible(timeout=15_000)
    dialog.get_by_role("button", name=re.compile(r"\$49\.95")).click()
    expect(admin.get_by_role("heading", name="Refunds")).to_be_visible(timeout=15_000)
    site.work()
    anybody = visitors.page(f"/verify/{number}")
    expect(anybody.get_by_role("status").filter(has_text="Void")).to_be_visible()
