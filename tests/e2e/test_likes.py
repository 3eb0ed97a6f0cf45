"""Likes: from row, card, page and player; after signing in; taken back when refused; the list."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, func, select

from indii.community.likes.models import RecordingLike
from indii.kernel.context import SYSTEM
from tests.e2e.browsing import DESKTOP, PHONE, Visitors, lives, play, row, visit
from tests.e2e.catalogue import People
from tests.factories.identity import PASSWORD
from tests.serving import Site


def heart(place: Any, title: str) -> Any:
    """The like button of a recording."""
    return place.get_by_role("button", name=f"Like {title}", exact=True)


def is_liked(button: Any) -> None:
    """Wait until it is pressed."""
    expect(button).to_have_attribute("aria-pressed", "true")


def number_of_likes(site: Site) -> int:
    """How many there are in all."""
    with site.rt.read(SYSTEM) as ctx:
        return int(ctx.db.scalar(select(func.count()).select_from(RecordingLike)) or 0)


@pytest.fixture(autouse=True)
def _nobody_likes_anything(site: Site) -> None:
    with site.rt.write(SYSTEM) as ctx:
        ctx.db.execute(delete(RecordingLike))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_fan_likes_from_everywhere_and_finds_it_again(
    visitors: Visitors, people: People, site: Site, size: dict[str, int]
) -> None:
    """Given a fan, when hearts are pressed in row, card, page and player, then Liked has them."""
    page = visitors.page("/explore?genre=trap", person=people.fan, size=size)
    in_row = heart(row(page, "Rust"), "Rust")
    box = in_row.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    in_row.click()
    is_liked(in_row)
    play(page, "No Signal")
    if size == PHONE:
        page.get_by_role("button", name=re.compile("^Open player")).click()
    in_player = heart(page.get_by_role("region", name="Player"), "No Signal").last
    in_player.press("Enter")
    is_liked(in_player)
    if size == PHONE:
        page.keyboard.press("Escape")
    is_liked(heart(row(page, "No Signal"), "No Signal"))

    visit(page, "/recording/cold-harbour")
    on_page = heart(page.locator(".hero"), "Cold Harbour")
    on_page.click()
    is_liked(on_page)
    expect(page.locator(".toggle-count")).to_have_text("1 like")

    visit(page, "/liked")
    shown = page.locator("#main .row-title")
    expect(shown).to_have_text(["Cold Harbour", "No Signal", "Rust"])
    heart(row(page, "Rust"), "Rust").click()
    visit(page, "/liked")
    expect(shown).to_have_text(["Cold Harbour", "No Signal"])
    play(page, "Cold Harbour")
    page.get_by_role("link", name="Purchases").click()
    page.wait_for_url("**/downloads")

    visit(page, "/")
    card = heart(page.locator(".card"), "Cold Harbour")
    if card.count():
        is_liked(card)
    assert number_of_likes(site) == 2


def test_a_visitor_signs_in_and_the_like_is_done(
    visitors: Visitors, people: People, site: Site
) -> None:
    """Given nobody, when a heart is pressed, then signing in leads back and likes it."""
    page = visitors.page("/explore?genre=trap")
    pressed = heart(row(page, "Rust"), "Rust")
    pressed.click()
    notice = page.locator(".notices")
    expect(notice).to_contain_text("Sign in")
    expect(pressed).to_have_attribute("aria-pressed", "false")
    notice.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(people.fan.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/explore?genre=trap")
    lives(page)
    is_liked(heart(row(page, "Rust"), "Rust"))
    page.reload()
    lives(page)
    is_liked(heart(row(page, "Rust"), "Rust"))
    assert number_of_likes(site) == 1


def test_a_press_shows_at_once_and_is_taken_back_when_refused(
    visitors: Visitors, people: People, site: Site
) -> None:
    """Given a server that fails, when a heart is pressed, then it fills, empties, and is told."""
    page = visitors.page("/explore?genre=trap", person=people.fan)
    pressed = heart(row(page, "Rust"), "Rust")
    with site.rt.write(SYSTEM) as ctx:
        database = ctx.db.connection()
        database.exec_driver_sql("ALTER TABLE recording_like RENAME TO not_there")
        pressed.click()
        is_liked(pressed)  # while the server waits for the table
    try:
        expect(page.locator(".notices")).to_contain_text("Something went wrong")
        expect(pressed).to_have_attribute("aria-pressed", "false")
    finally:
        with site.rt.write(SYSTEM) as ctx:
            database = ctx.db.connection()
            database.exec_driver_sql("ALTER TABLE not_there RENAME TO recording_like")


def test_an_empty_list_says_what_to_do(visitors: Visitors, people: People) -> None:
    """Given nothing liked, then the page says how; a visitor is asked to sign in."""
    page = visitors.page("/liked", person=people.fan)
    expect(page.get_by_role("heading", name="No liked recordings yet")).to_be_visible()
    stranger = visitors.page("/liked")
    expect(stranger.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
