"""The player on the real site: survives pages, follows lists, keys, reloads, broken files."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from indii.kernel.context import SYSTEM
from tests.e2e.browsing import (
    PHONE,
    TIME,
    WATCH,
    Troubles,
    Visitors,
    heard_without_a_gap,
    lives,
    main_menu,
    play,
    row,
    sounding,
    titles,
    visit,
    walk,
)
from tests.serving import Site

STATE = "() => { const s = indii.player.state; return {...s, items: s.items.map(p => p.title)} }"


def state(page: Page) -> dict[str, Any]:
    """What the player thinks."""
    return page.evaluate(STATE)


def dock(page: Page) -> Any:
    """The player at the bottom."""
    return page.get_by_role("region", name="Player")


def is_paused(page: Page) -> bool:
    """Whether the sound stands still."""
    return page.evaluate("() => indii.player.element.paused")


def now_plays(page: Page, title: str) -> None:
    """Wait until this recording is loaded and moves."""
    page.wait_for_function(
        "title => indii.player.state.items[indii.player.index]?.title === title", arg=title
    )
    sounding(page, past=0)


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_the_music_survives_walking_about(visitors: Visitors, size: dict[str, int] | None) -> None:
    """Given a playing recording, when four pages are visited, then there is no gap in it."""
    page = visitors.page("/explore?genre=drill", size=size)
    play(page, "Cold Harbour")
    page.evaluate(WATCH)
    before = page.evaluate(TIME)
    walk(page, lambda: page.get_by_role("link", name="Half Light", exact=True).click(),
         "**/recording/half-light")  # fmt: skip
    walk(page, lambda: page.get_by_role("link", name="Ash Verell", exact=True).first.click(),
         "**/producer/ash-verell")  # fmt: skip
    walk(page, lambda: main_menu(page).get_by_role("link", name="Discover").click(),
         f"{visitors.url}/")  # fmt: skip
    walk(page, lambda: main_menu(page).get_by_role("link", name="Search").click(), "**/explore")
    heard_without_a_gap(page)
    assert page.evaluate(TIME) > before + 1
    # The row that came back with the page knows that it is playing.
    playing = row(page, "Cold Harbour")
    expect(playing).to_have_attribute("data-playing", "")
    expect(playing.get_by_role("button", name="Pause Cold Harbour")).to_be_attached()


def test_nothing_jumps_when_the_player_appears(visitors: Visitors) -> None:
    """Given a quiet page, when the first recording starts, then no element moves."""
    for size in (None, PHONE):
        page = visitors.page("/explore", size=size)
        page.evaluate(
            "() => { window.__shift = 0; new PerformanceObserver(l => {"
            "for (const e of l.getEntries()) __shift += e.value }).observe({type:'layout-shift'}) }"
        )
        height = page.evaluate("() => document.documentElement.scrollHeight")
        play(page, "Rust")
        page.evaluate("() => indii.player.next()")
        page.wait_for_timeout(400)
        assert page.evaluate("() => __shift") == 0
        assert page.evaluate("() => document.documentElement.scrollHeight") == height


def test_the_list_becomes_the_queue(visitors: Visitors) -> None:
    """Given a list, when one of it plays, then next, previous and the queue follow the list."""
    page = visitors.page("/explore?genre=drill")
    listed = titles(page)
    play(page, listed[1])
    assert state(page)["items"] == listed
    dock(page).get_by_role("button", name="Next").click()
    now_plays(page, listed[2])
    dock(page).get_by_role("button", name="Previous").click()
    now_plays(page, listed[1])
    dock(page).get_by_role("button", name="Queue").click()
    panel = page.get_by_role("dialog", name="Queue")
    panel.get_by_role("button", name=f"Remove {listed[0]}").click()
    assert state(page)["items"] == listed[1:]
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(dock(page).get_by_role("button", name="Queue")).to_be_focused()


def test_keys_play_and_never_while_typing(visitors: Visitors) -> None:
    """Given a playing recording, then keys steer it, but letters typed into a field do not."""
    page = visitors.page("/explore")
    play(page, "Rust")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Space")
    page.wait_for_function("() => indii.player.element.paused")
    page.keyboard.press("k")
    sounding(page)
    page.evaluate("() => indii.player.seek(10)")
    page.wait_for_function("() => indii.player.element.currentTime >= 10")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => indii.player.element.currentTime >= 15")
    page.keyboard.press("m")
    assert page.evaluate("() => indii.player.element.muted")
    page.keyboard.press("m")
    field = page.get_by_label("Search recordings")
    field.click()
    page.keyboard.type("mjk l")
    assert not is_paused(page)
    assert not page.evaluate("() => indii.player.element.muted")
    expect(field).to_have_value("mjk l")


def test_the_large_wave_seeks_and_fills(visitors: Visitors) -> None:
    """Given a recording's page, when its wave is clicked, then it plays from there."""
    page = visitors.page("/recording/rust")
    strip = page.locator(".hero-strip")
    box = strip.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 40)
    sounding(page, past=21)
    button = page.locator(".hero").get_by_role("button", name="Pause Rust")
    expect(button).to_have_text("Pause")
    played = "() => +getComputedStyle(document.querySelector('.hero-strip'))"
    page.wait_for_function(played + ".getPropertyValue('--played') > .45")
    button.click()
    page.wait_for_function("() => indii.player.element.paused")
    expect(page.locator(".hero").get_by_role("button", name="Play Rust")).to_have_text("Play")


def test_a_reload_keeps_the_place_and_stays_quiet(visitors: Visitors) -> None:
    """Given a recording in the middle, when the page is reloaded, then it waits there, paused."""
    page = visitors.page("/explore")
    play(page, "No Signal")
    page.evaluate("() => indii.player.seek(20)")
    page.wait_for_function("() => indii.player.element.currentTime > 20.5")
    page.reload()
    lives(page)
    expect(dock(page).get_by_role("button", name="Play No Signal")).to_be_visible()
    assert is_paused(page)
    dock(page).get_by_role("button", name="Play No Signal").click()
    sounding(page, past=20)


def test_a_recording_that_cannot_be_heard_is_skipped_and_said(
    visitors: Visitors, site: Site, troubles: Troubles
) -> None:
    """Given a preview that is gone, when the queue reaches it, then the next one plays."""
    troubles.announce("/media/preview/")
    page = visitors.page("/explore?genre=drill")
    listed = titles(page)
    with site.rt.read(SYSTEM) as ctx:
        gone = ctx.db.execute(
            text("SELECT id FROM recording WHERE title = :title"), {"title": listed[1]}
        ).scalar_one()
    page.route(f"**/media/preview/{gone}*", lambda route: route.fulfill(status=404, body=""))
    play(page, listed[0])
    page.evaluate("() => indii.player.next()")
    expect(page.get_by_text(f"Could not play {listed[1]}, skipped")).to_be_visible()
    now_plays(page, listed[2])


def test_the_phone_has_a_player_sheet(visitors: Visitors) -> None:
    """Given a phone, when the mini player is opened, then the sheet steers and leads to pages."""
    page = visitors.page("/explore?genre=drill", size=PHONE)
    listed = titles(page)
    play(page, listed[0])
    page.get_by_role("button", name=re.compile(f"^Open player: {listed[0]}")).click()
    sheet = page.get_by_role("dialog", name="Player")
    sheet.get_by_role("button", name="Next").click()
    now_plays(page, listed[1])
    sheet.get_by_role("link", name=listed[1]).first.click()
    page.wait_for_url("**/recording/*")
    expect(sheet).to_have_count(0)
    assert not is_paused(page)


def test_two_tabs_do_not_play_at_once(visitors: Visitors) -> None:
    """Given two tabs, when the second starts, then the first falls silent."""
    context = visitors.context()
    one, two = context.new_page(), context.new_page()
    visit(one, "/explore")
    play(one, "Rust")
    visit(two, "/explore")
    play(two, "No Signal")
    one.wait_for_function("() => indii.player.element.paused")


def test_the_command_menu_finds_recordings_and_places(visitors: Visitors) -> None:
    """Given any page, when Ctrl-K is pressed and words are typed, then Enter leads there."""
    page = visitors.page("/")
    page.keyboard.press("Control+k")
    menu = page.get_by_role("dialog", name=re.compile("menu|go|search", re.IGNORECASE))
    expect(menu).to_be_visible()
    page.keyboard.type("paper lant")
    expect(menu.get_by_role("option", name=re.compile("Paper Lanterns"))).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recording/paper-lanterns")
    expect(menu).to_have_count(0)
