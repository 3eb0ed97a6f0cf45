"""What the server sends before any script runs: whole pages, honest statuses, caching."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from indii.kernel.text import slugify
from tests.e2e.browsing import PHONE, Troubles, Visitors, lives, visit
from tests.e2e.catalogue import PIECES, People
from tests.serving import Site

# How Chromium refuses to load scripts that it was told not to run.
SCRIPTS_ARE_OFF = r"request: csp .*\.js"
LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture
def http(site: Site, people: People) -> Iterator[httpx.Client]:
    """A client that follows nothing by itself."""
    with httpx.Client(base_url=site.config.url, timeout=30) as client:
        yield client


def meta(html: str, name: str) -> str:
    """The content of a meta element, which must be there exactly once."""
    found = re.findall(rf'<meta (?:property|name)="{re.escape(name)}" content="([^"]*)"', html)
    assert len(found) == 1, (name, found)
    return found[0]


def facts(html: str) -> dict[str, Any]:
    """The page's JSON-LD."""
    found = LD.findall(html)
    assert len(found) == 1
    return json.loads(found[0])


@pytest.mark.parametrize(
    ("path", "title", "words"),
    [
        ("/", "Indii: independent music, licensed directly", ["Cold Harbour", "Ash Verell"]),
        ("/explore", "Explore recordings · Indii", ["Cold Harbour", "Rust", "$29.95"]),
        ("/explore?genre=drill", "Drill · Indii", ["Night Bus 31", "Remove filter Drill"]),
        ("/recording/rust", "Rust by Grayline · Indii", ["146", "Sounds like this", "$24.95"]),
        ("/producer/oda-ruiz", "Oda Ruiz · Indii", ["Tape, rhodes", "Paper Lanterns"]),
    ],
)
def test_a_public_page_says_everything_in_its_first_html(
    http: httpx.Client, path: str, title: str, words: list[str]
) -> None:
    """Given no script, when a public page is fetched, then title, facts and rows are there."""
    answer = http.get(path)
    assert answer.status_code == 200
    html = answer.text
    assert re.findall(r"<title[^>]*>(.*?)</title>", html) == [title]
    assert len(meta(html, "description")) > 30
    assert meta(html, "og:title") == title
    assert meta(html, "og:url").startswith("http")
    image = http.get(meta(html, "og:image").replace("&amp;", "&"))
    assert image.status_code == 200
    assert image.headers["content-type"].startswith("image/")
    first = html.partition('<div id="ssr">')[2]
    for word in words:
        assert word in first, word
    assert facts(html)["@context"] == "https://schema.org"


def test_a_recording_tells_machines_its_price(http: httpx.Client) -> None:
    """Given a priced recording, then its JSON-LD carries price, currency, artist and length."""
    found = facts(http.get("/recording/cold-harbour").text)
    assert found["name"] == "Cold Harbour"
    assert found["byArtist"]["name"] == "Ash Verell"
    assert found["duration"] == "PT45S"
    assert found["offers"]["lowPrice"] == "29.95"
    assert found["offers"]["priceCurrency"] == "USD"
    assert found["url"].startswith("http")


@pytest.mark.parametrize("path", ["/recording/nobody-made-this", "/producer/nobody", "/nowhere"])
def test_what_does_not_exist_is_a_404(http: httpx.Client, path: str) -> None:
    """Given an unknown address, then the status says so and the page is ours."""
    answer = http.get(path)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    assert "indii" in answer.text.lower()


def test_no_address_is_redirected_for_a_slash(http: httpx.Client) -> None:
    """Given addresses as they are linked, then none answers 307; a stray slash costs one 308."""
    for path in ("/", "/explore", "/sign-in", "/studio", "/studio/upload", "/terms", "/admin/work"):
        assert http.get(path).status_code == 200, path
    strayed = http.get("/explore/?genre=drill")
    assert strayed.status_code in {200, 308}
    assert strayed.headers.get("location", "/explore?genre=drill") == "/explore?genre=drill"


def test_assets_are_kept_for_ever_and_pages_are_asked_anew(http: httpx.Client) -> None:
    """Given the files that a page names, then hashed ones are immutable, documents are not."""
    page = http.get("/explore")
    assert "no-cache" in page.headers["cache-control"]
    assets = set(re.findall(r'["\s](/assets/[^"\s]+\.(?:js|css))(?=["\s])', page.text))
    assert len(assets) > 3
    for asset in assets:
        answer = http.get(asset, headers={"accept-encoding": "br"})
        assert answer.status_code == 200, asset
        if "env-" in asset:
            assert answer.headers["cache-control"] == "no-cache"
        else:
            assert "immutable" in answer.headers["cache-control"], asset
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-eval" not in page.headers["content-security-policy"]
    script = page.headers["content-security-policy"].split("script-src", 1)[1].split(";")[0]
    assert "unsafe-inline" not in script


def test_scripts_wait_for_the_first_frame(http: httpx.Client) -> None:
    """Given a public page, then nothing is loaded or run before what it says can be seen."""
    html = http.get("/explore").text
    assert 'modulepreload"' not in html.partition("<script")[0]
    assert '<link rel="modulepreload"' not in html
    assert '<script type="module"' not in html
    later = re.search(r'id="later" data-preload="([^"]+)">(import [^<]+)</script>', html)
    assert later
    assert len(later[1].split()) > 3


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_a_visitor_without_scripts_reads_and_follows_links(
    visitors: Visitors, troubles: Troubles, size: dict[str, int] | None
) -> None:
    """Given a browser without JavaScript, then lists are visible and every link works."""
    troubles.announce(SCRIPTS_ARE_OFF)
    page = visitors.page(size=size, has_scripts=False)
    page.goto("/explore")
    rows = page.locator("#ssr .row")
    expect(rows).to_have_count(24)
    expect(rows.get_by_role("link", name=PIECES[0].title, exact=True)).to_be_visible()
    if size is None:
        page.locator("#ssr").get_by_role("link", name=re.compile(r"^Drill")).click()
        expect(page.locator("#ssr .row")).to_have_count(4)
    page.locator("#ssr").get_by_role("link", name="Cold Harbour", exact=True).click()
    expect(page.locator("#ssr h1")).to_have_text("Cold Harbour")
    expect(page.locator("#ssr").get_by_role("heading", name="License")).to_be_visible()
    page.locator("#ssr").get_by_role("link", name="Ash Verell", exact=True).first.click()
    expect(page.locator("#ssr h1")).to_have_text("Ash Verell")


def test_the_search_form_works_without_scripts(visitors: Visitors, troubles: Troubles) -> None:
    """Given no JavaScript, when words are typed and sent, then the answer is a page."""
    troubles.announce(SCRIPTS_ARE_OFF)
    page = visitors.page(has_scripts=False)
    page.goto("/explore")
    field = page.locator("#ssr").get_by_label("Search recordings")
    field.fill("grosse strasse")
    field.press("Enter")
    expect(page.locator("#ssr .row-title")).to_have_text(["Straßenlärm im Café"])


def test_the_first_html_hands_over_without_a_jump(visitors: Visitors, troubles: Troubles) -> None:
    """Given a slow start, when the page takes over from its first HTML, then nothing moves."""
    troubles.announce("404.*/recording/nobody-made-this")
    long = "/recording/" + slugify(PIECES[9].title, fallback="")
    paths = ("/", "/explore?genre=drill&bpm=130-150", "/recording/rust", "/producer/ash-verell")
    desk = (*paths, "/explore", long, "/recording/nobody-made-this")
    for size, walked in ((None, desk), (PHONE, (*paths, long))):
        context = visitors.context(size=size)
        context.add_init_script(SHIFTS)
        for path in walked:
            page = context.new_page()
            page.goto(path)
            first = page.evaluate(BOXES)
            page.wait_for_function("() => !document.documentElement.hasAttribute('data-ssr')")
            page.wait_for_timeout(200)
            said = page.evaluate("() => [__shift, __moved.slice(0, 8)]")
            assert said[0] < 0.002, (path, size, said)
            second = page.evaluate(BOXES)
            assert second == first, (path, size, moved(first, second))
            page.close()


# Sums layout shifts and remembers what moved, from where to where.
SHIFTS = """
  window.__shift = 0; window.__moved = [];
  const box = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(' ');
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) {
      __shift += e.value;
      for (const s of e.sources) __moved.push(
        (s.node?.className || s.node?.nodeName) + ': ' + box(s.previousRect) + ' > '
        + box(s.currentRect));
    }
  }).observe({type: 'layout-shift', buffered: true})"""
# Where the words of the page are, by their text: the same before and after.
BOXES = """() => {
  const at = {}; const shown = document.querySelector('#ssr') || document.body;
  for (const n of shown.querySelectorAll('#main :is(h1,h2,a,b,legend,.num,p,button,.wave,img)')) {
    const r = n.getBoundingClientRect(); if (!r.width || !r.height || r.bottom > 4000) continue;
    const style = getComputedStyle(n); if (style.visibility === 'hidden') continue;
    const words = n.textContent.trim() || n.getAttribute('src') || '';
    const key = n.tagName + ' ' + words.slice(0, 40);
    (at[key] ||= []).push([r.x, r.y, r.width, r.height].map(Math.round).join(' '));
  }
  return at }"""


def moved(first: dict[str, list[str]], second: dict[str, list[str]]) -> list[str]:
    """What is elsewhere now, or only on one side."""
    return [
        f"{key}: {first.get(key)} > {second.get(key)}"
        for key in dict.fromkeys([*first, *second])
        if first.get(key) != second.get(key)
    ][:20]


@pytest.mark.parametrize(
    ("path", "view"),
    [("/explore", ".row-title"), ("/recording/rust", ".tier b"), ("/", ".card-title")],
)
def test_the_socket_does_not_repeat_what_the_document_said(
    visitors: Visitors, path: str, view: str
) -> None:
    """Given a first visit, then the view comes once; a reload in the same tab gets it anew."""
    page = visitors.context().new_page()
    received: list[int] = []

    def listen(socket: Any) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", listen)
    visit(page, path)
    page.wait_for_timeout(500)
    first, document = sum(received), len(page.request.get(path).body())
    print(f"{path}: {first} bytes by the socket, {document} in the document")
    assert first < 9000, first
    shown = page.locator(f"#main {view}").all_inner_texts()
    assert shown
    received.clear()
    page.reload()
    lives(page)
    assert page.locator(f"#main {view}").all_inner_texts() == shown
    # Later answers are whole again.
    assert sum(received) > first
