"""Finding by filter and by words: the address carries everything, every count is true."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Visitors, lives, row, titles, total, visit, walk
from tests.e2e.catalogue import PIECES

EXPLORE = re.compile(r"/explore(\?|$)")


def facet(page: Page, label: str) -> object:
    """A line of the filters that are shown."""
    return page.get_by_role("link", name=re.compile(rf"^{re.escape(label)}\s*[\d,]*$")).first


def settled(page: Page, count: int) -> None:
    """Wait until the list says this many."""
    expect(page.locator("#main .list-count b")).to_have_text(str(count))


def test_filters_narrow_count_and_travel_in_the_address(visitors: Visitors) -> None:
    """Given all recordings, when filters are chosen one by one, then list, counts, chips agree."""
    page = visitors.page("/explore")
    assert total(page) == len(PIECES)
    assert len(titles(page)) == 24
    facet(page, "Drill").click()
    settled(page, 4)
    assert page.url.endswith("/explore?genre=drill")
    expect(facet(page, "Drill")).to_have_attribute("aria-current", "true")
    # Genres are alternatives: their counts ignore the genre that is on.
    expect(facet(page, "Trap")).to_contain_text(str(sum(p.genre == "trap" for p in PIECES)))
    facet(page, "Dark").click()
    settled(page, 3)
    page.get_by_role("link", name="4A, F minor").click()
    settled(page, 2)
    assert titles(page) == ["Cold Harbour", "Half Light"]
    facet(page, "Include compatible keys").click()
    settled(page, 3)
    assert set(re.split("[?&]", page.url)[1:]) == {"genre=drill", "mood=dark", "key=4A", "near=1"}
    chips = page.get_by_role("link", name=re.compile("^Remove filter"))
    expect(chips).to_have_count(3)
    page.get_by_role("link", name="Remove filter 4A and compatible").click()
    expect(chips).to_have_count(2)
    page.get_by_role("link", name="Clear all", exact=True).click()
    settled(page, len(PIECES))
    assert page.url.endswith("/explore")


def test_back_and_forward_walk_through_the_filters(visitors: Visitors) -> None:
    """Given three steps of filtering, when going back and forward, then each answer returns."""
    page = visitors.page("/explore")
    facet(page, "Drill").click()
    settled(page, 4)
    facet(page, "Dark").click()
    settled(page, 3)
    walk(page, lambda: page.get_by_role("link", name="Half Light", exact=True).click(),
         "**/recording/half-light")  # fmt: skip
    page.go_back()
    lives(page)
    settled(page, 3)
    page.go_back()
    settled(page, 4)
    page.go_back()
    settled(page, len(PIECES))
    page.go_forward()
    settled(page, 4)


def test_an_address_gives_the_same_rows_to_somebody_else(visitors: Visitors) -> None:
    """Given a filtered list, when its address is opened in another browser, then it is the same."""
    page = visitors.page("/explore?genre=trap&genre=house&bpm=120-146&max=30&sort=price")
    other = visitors.page(page.url.removeprefix(visitors.url))
    assert titles(page) == titles(other) != []
    assert total(page) == total(other)
    shown = {title: p for p in PIECES for title in [p.title]}
    assert all(shown[t].genre in {"trap", "house"} for t in titles(page))
    assert all(120 <= (shown[t].bpm or 0) <= 146 for t in titles(page))
    prices = [min(shown[t].prices.values()) for t in titles(page)]
    assert prices == sorted(prices)
    assert max(prices) <= 3000


def test_words_are_found_however_they_are_typed(visitors: Visitors) -> None:
    """Given accents, ß, half words or a producer's name, then the recording is found."""
    page = visitors.page("/explore")
    for typed, found in (
        ("harbour", "Cold Harbour"),
        ("grosse", "Straßenlärm im Café"),
        ("STRASSE", "Straßenlärm im Café"),
        ("café", "Straßenlärm im Café"),
        ("lanterns oda", "Paper Lanterns"),
        ("signa", "No Signal"),
    ):
        field = page.get_by_label("Search recordings")
        field.fill(typed)
        field.press("Enter")
        expect(page.get_by_role("link", name=f"Remove filter “{typed}”")).to_be_visible()
        expect(page.locator("#main .list .row-title")).to_have_text([found])


def test_a_misspelled_word_is_corrected_and_said(visitors: Visitors) -> None:
    """Given a slip of the finger, then what was meant is shown, and that it was corrected."""
    page = visitors.page("/explore?q=lantrens")
    assert titles(page) == ["Paper Lanterns"]
    expect(page.get_by_text("No results for “lantrens”")).to_be_visible()
    expect(page.get_by_text("lanterns", exact=True)).to_be_visible()


def test_tempo_may_be_half_or_double(visitors: Visitors) -> None:
    """Given a tempo range, when half and double time is wanted, then slower twins appear."""
    page = visitors.page("/explore?genre=drill&bpm=135-145")
    assert set(titles(page)) == {"Cold Harbour", "Night Bus 31", "Relative Calm"}
    facet(page, "Include half and double time").click()
    settled(page, 4)
    assert "Half Light" in titles(page)
    assert "half=1" in page.url


def test_the_tempo_slider_works_by_keyboard(visitors: Visitors) -> None:
    """Given the tempo slider, when its thumbs are moved by keys, then the address follows."""
    page = visitors.page("/explore")
    low = page.get_by_role("slider", name="Tempo, from")
    low.focus()
    for _ in range(3):
        low.press("ArrowRight")
        page.wait_for_timeout(50)
    page.wait_for_url(re.compile(r"bpm=4\d-220"))
    high = page.get_by_role("slider", name="Tempo, to")
    high.focus()
    high.press("Home")
    page.wait_for_url(re.compile(r"bpm=4\d-4\d"))
    expect(page.get_by_role("heading", name="No recordings match")).to_be_visible()


def test_sorting_changes_the_order_and_the_address(visitors: Visitors) -> None:
    """Given the list, when another order is chosen, then rows and address follow."""
    page = visitors.page("/explore")
    page.get_by_role("combobox", name="Sort").select_option("price")
    page.wait_for_url("**/explore?sort=price")
    expect(page.locator("#main .list .row-title").first).to_have_text("Saltwater")
    page.get_by_role("combobox", name="Sort").select_option("new")
    page.wait_for_url(re.compile(r"/explore$"))
    expect(page.locator("#main .list .row-title").first).to_have_text(PIECES[0].title)


def test_the_next_page_continues_without_repeating(visitors: Visitors) -> None:
    """Given more than 24 recordings, when more is asked for, then the rest comes, once."""
    page = visitors.page("/explore")
    first = titles(page)
    page.get_by_role("link", name="Show more").click()
    page.wait_for_url(re.compile("after="))
    expect(page.locator("#main .list .row")).to_have_count(len(PIECES) - 24)
    second = titles(page)
    assert len(set(first) | set(second)) == len(PIECES)
    # The next page begins at its top, not where the button was.
    assert page.evaluate("() => scrollY") < 200
    page.get_by_role("link", name="Back to the start").click()
    page.wait_for_url(re.compile(r"/explore$"))
    expect(page.locator("#main .list .row-title").first).to_have_text(first[0])
    assert titles(page) == first


def test_nothing_found_says_what_to_do(visitors: Visitors) -> None:
    """Given filters that exclude each other, then one button leads out."""
    page = visitors.page("/explore?genre=ambient&bpm=200-220")
    expect(page.get_by_role("heading", name="No recordings match")).to_be_visible()
    page.get_by_role("link", name="Clear all filters").click()
    settled(page, len(PIECES))


def test_free_and_license_filters(visitors: Visitors) -> None:
    """Given prices and licenses, then each narrows to what offers it."""
    page = visitors.page("/explore")
    facet(page, "Free").click()
    settled(page, 1)
    assert titles(page) == ["Saltwater"]
    expect(row(page, "Saltwater").get_by_text("Free", exact=True)).to_be_visible()
    page.get_by_role("link", name="Remove filter Free").click()
    settled(page, len(PIECES))
    facet(page, "Exclusive").click()
    settled(page, 1)
    assert titles(page) == ["No Signal"]


def test_filters_lie_in_a_sheet_on_a_phone(visitors: Visitors) -> None:
    """Given a phone, when the filters are opened and one is chosen, then the list answers."""
    page = visitors.page("/explore", size=PHONE)
    page.get_by_role("button", name="Filters").click()
    sheet = page.get_by_role("dialog", name="Filters")
    expect(sheet).to_be_visible()
    sheet.get_by_role("link", name=re.compile("^Drill")).click()
    settled(page, 4)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("link", name="Remove filter Drill")).to_be_visible()


def test_what_is_typed_while_the_page_wakes_up_is_kept(visitors: Visitors) -> None:
    """Given a slow script, when words are typed into the first HTML, then they stay and count."""
    page = visitors.page()
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": 200_000, "uploadThroughput": -1},
    )
    page.goto("/explore", wait_until="commit")
    page.locator("#ssr [data-search]").click()
    page.keyboard.type("lanterns")
    assert page.locator("#ssr").count() == 1
    lives(page)
    kept = page.get_by_label("Search recordings")
    expect(kept).to_have_value("lanterns")
    expect(kept).to_be_focused()
    kept.press("Enter")
    settled(page, 1)


def test_the_slash_key_leads_to_the_search_field(visitors: Visitors) -> None:
    """Given any page, when / is pressed, then one can type what to search for."""
    page = visitors.page("/recording/rust")
    page.keyboard.press("/")
    page.wait_for_url(EXPLORE)
    expect(page.get_by_label("Search recordings")).to_be_focused()
    page.keyboard.type("saltwater")
    page.keyboard.press("Enter")
    settled(page, 1)


def test_hostile_addresses_are_answered_calmly(visitors: Visitors) -> None:
    """Given nonsense in the address, then the page ignores what it cannot read."""
    page = visitors.page("/explore?bpm=abc&key=99Z&genre=<b>&max=-1&sort=up&after=~&q=%00%3Cscript")
    expect(page.locator("#main h1")).to_have_text("Explore recordings")
    visit(page, "/explore?after=9999~00000000-0000-0000-0000-000000000000")
    expect(page.locator("#main h1")).to_have_text("Explore recordings")
