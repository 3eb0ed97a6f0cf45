"""What a test does in a browser: opening pages, waiting until they live, listening, looking."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.serving import Person, Site

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# Headless Chromium says that it is a machine, whose plays and reports do not count.
AGENT = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0{} Safari/537.36"
DESKTOP_AGENT = AGENT.format("X11; Linux x86_64", "")
PHONE_AGENT = AGENT.format("Linux; Android 14; Pixel 8", " Mobile")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip

# Reads along what the server says about the tab: whether all that a page loads has arrived.
LISTEN = """(() => { const Plain = WebSocket; window.WebSocket = class extends Plain {
  constructor(...how) { super(...how); this.addEventListener('message', ({data}) => {
    const said = [...String(data).matchAll(/is_hydrated_rx_state_\\\\?":\\s*(true|false)/g)];
    if (said.length) window.__loaded = said.at(-1)[1] === 'true' }) } } })()"""
# React hides what broke behind a number; the error it came from says more.
CAUSES = """addEventListener('error', ({error}) => {
  if (error?.cause) console.error("cause:", error.cause.stack || String(error.cause)) })"""
# The page answers by itself: first HTML is gone, the player listens, its data is there.
LIVES = """() => window.__loaded && !document.documentElement.hasAttribute('data-ssr')
  && !!window.indii?.player && !!document.querySelector('#main') && document.title
  && !document.querySelector('#main .skeleton')
  && document.fonts.status === 'loaded'"""
# Root mean square of what is heard now, 0 to 1.
LOUDNESS = """async () => {
  const a = await indii.analyse(); const b = new Float32Array(a.fftSize); let top = 0;
  for (let i = 0; i < 12; i++) {
    await new Promise(r => setTimeout(r, 80)); a.getFloatTimeDomainData(b);
    top = Math.max(top, Math.sqrt(b.reduce((s, v) => s + v * v, 0) / b.length));
  }
  return top }"""
# Counts what must not happen while somebody walks about the site.
WATCH = """() => {
  const e = indii.player.element; window.__w = {el: e, pauses: 0, back: 0, last: 0};
  e.addEventListener('pause', () => __w.pauses++);
  e.addEventListener('emptied', () => __w.pauses++);
  setInterval(() => {
    const t = e.currentTime; if (t < __w.last) __w.back++; __w.last = t }, 20) }"""
SEEN = """() => ({same: __w.el === indii.player.element && __w.el.isConnected, pauses: __w.pauses,
  back: __w.back, elements: document.querySelectorAll('audio').length})"""
TIME = "() => indii.player.element.currentTime"

# Said by the browser itself when a page goes away under a request.
_HARMLESS = re.compile(r"net::ERR_ABORTED|ERR_NETWORK_CHANGED")


# Shows the page in a theme.
DRESS = """theme => { const c = document.documentElement.classList;
  c.remove('dark', 'light'); c.add(theme); document.documentElement.style.colorScheme = theme }"""


@dataclass
class Troubles:
    """What went wrong in the browsers of one test, but for what the test announced."""

    found: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)

    def announce(self, *patterns: str) -> None:
        """Take troubles that match one of these for granted."""
        self.announced += patterns

    @property
    def unexpected(self) -> list[str]:
        """Troubles nobody announced."""
        return [t for t in self.found if not any(re.search(p, t) for p in self.announced)]

    def watch(self, page: Page) -> None:
        """Note console errors, broken scripts, failed requests and refusals of this page."""
        page.on(
            "console",
            lambda said: (
                self._note("console", f"{said.text} {said.location.get('url', '')}")
                if said.type == "error"
                else None
            ),
        )
        page.on("pageerror", lambda error: self._note("script", str(error)))
        page.on("requestfailed", lambda r: self._note("request", f"{r.failure} {r.url}"))
        page.on("response", self._answered)

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self._note("answer", f"{answer.status} {answer.url}")

    def _note(self, kind: str, text: str) -> None:
        if not _HARMLESS.search(text):
            self.found.append(f"{kind}: {text}")


@dataclass
class Visitors:
    """Opens browsers of their own for people of a test; all are watched and closed after it."""

    browser: Browser
    site: Site
    troubles: Troubles
    _open: list[BrowserContext] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The site's address, as its e-mails and links name it."""
        return self.site.config.url

    def context(
        self,
        *,
        size: dict[str, int] | None = None,
        person: Person | None = None,
        theme: str = "dark",
        has_scripts: bool = True,
        **more: Any,
    ) -> BrowserContext:
        """Return a fresh browser profile, signed in as the person if there is one."""
        size = size or DESKTOP
        is_phone = size["width"] < 700
        context = self.browser.new_context(
            base_url=self.url,
            viewport=size,  # type: ignore[arg-type]
            user_agent=PHONE_AGENT if is_phone else DESKTOP_AGENT,
            has_touch=is_phone,
            is_mobile=is_phone,
            java_script_enabled=has_scripts,
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(20_000)
        context.set_default_navigation_timeout(30_000)
        context.add_init_script(LISTEN)
        context.add_init_script(CAUSES)
        if theme != "dark":
            context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        if person:
            context.add_cookies([
                {"name": "indii_session", "value": person.token, "url": self.url, "httpOnly": True}
            ])  # fmt: skip
        self._open.append(context)
        context.on("page", self.troubles.watch)
        return context

    def page(self, path: str = "", **how: Any) -> Page:
        """Return a page of a fresh profile, on `path` and alive if one is given."""
        page = self.context(**how).new_page()
        if path:
            visit(page, path)
        return page

    def close(self) -> None:
        """Close all of them."""
        for context in self._open:
            context.close()


def visit(page: Page, path: str) -> None:
    """Go there and wait until the page lives."""
    page.goto(path)
    lives(page)


def lives(page: Page) -> None:
    """Wait until the page answers by itself."""
    page.wait_for_function(LIVES)


def walk(page: Page, click: Callable[[], object], path: str | re.Pattern[str]) -> None:
    """Follow a link inside the site and wait for the page that it leads to."""
    click()
    page.wait_for_url(path)
    lives(page)


def main_menu(page: Page) -> Any:
    """The rail on a desk, the tab bar on a phone."""
    return page.get_by_role("navigation", name="Main")


def row(page: Page, title: str) -> Any:
    """The row of a recording in a list."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))


def titles(page: Page) -> list[str]:
    """Titles of the result rows, in their order."""
    return page.locator("#main .list .row .row-title").all_inner_texts()


def total(page: Page) -> int:
    """How many recordings the list says there are."""
    return int(page.locator("#main .list-count b").inner_text().replace(",", ""))


def play(page: Page, title: str) -> None:
    """Press play and wait until something is heard."""
    page.get_by_role("button", name=f"Play {title}", exact=True).first.click()
    sounding(page)


def sounding(page: Page, *, past: float = 0.3) -> None:
    """Wait until the player moves."""
    page.wait_for_function(
        "past => { const heard = globalThis.indii?.player?.element;"
        " return heard && heard.currentTime > past && !heard.paused }",
        arg=past,
    )


def heard_without_a_gap(page: Page) -> None:
    """Check what `WATCH` counted since: one element, no pause, time only grew, sound there."""
    seen = page.evaluate(SEEN)
    assert seen == {"same": True, "pauses": 0, "back": 0, "elements": 1}, seen
    assert page.evaluate(LOUDNESS) > 0.005


def has_no_sideways_scroll(page: Page, what: str = "") -> None:
    """Check that nothing is wider than the window."""
    wide, room = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room, f"{what or page.url}: {wide} px wide in {room} px"


def sign_in(page: Page, email: str, password: str, *, path: str = "/sign-in") -> None:
    """Fill the sign-in form and send it."""
    visit(page, path)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def pay_by_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    """Fill in the card on the payment page and send it."""
    page.wait_for_url(re.compile("/c/pay/"))
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Lena Moss")
    page.get_by_role("button", name=re.compile("^Pay")).click()


def email_to(page: Page, address: str, subject: str) -> None:
    """Open the newest e-mail to somebody in the developer's mailbox, as soon as it is there."""
    found = page.get_by_role("link", name=re.compile(subject)).filter(has_text=f"to {address}")
    until = time.monotonic() + 20
    while True:
        page.goto("/dev/mailbox")
        if found.count() or time.monotonic() > until:
            break
        page.wait_for_timeout(250)
    expect(found.first).to_be_visible()
    found.first.click()
