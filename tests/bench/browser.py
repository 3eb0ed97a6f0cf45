"""Chromium for the benches: cold loads, and what the browser itself says about them."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from tests.runtime import ROOT

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SETTLE_MS = 500
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-default-apps", "--mute-audio",
)  # fmt: skip

# Paint times come from the browser; rows are looked for in every frame and dated after its paint.
# `first` are rows that can be seen, wherever they come from; `live` are React's own.
WATCH = """([all, live, wanted]) => {
  const m = window.__bench = {fcp: 0, lcp: 0, cls: 0, inp: 0, first: 0, live: 0, shifts: []};
  const watch = (type, take, more) => new PerformanceObserver(l => l.getEntries().forEach(take))
    .observe({type, buffered: true, ...more});
  watch('paint', e => { if (e.name === 'first-contentful-paint') m.fcp = e.startTime });
  watch('largest-contentful-paint', e => { m.lcp = e.startTime });
  watch('layout-shift', e => { if (!e.hadRecentInput) { m.cls += e.value;
    m.shifts.push([Math.round(e.startTime), e.value, e.sources.map(s => s.node?.className)]) } });
  watch('event', e => { if (e.interactionId) m.inp = Math.max(m.inp, e.duration) },
    {durationThreshold: 16});
  const seen = selector => { const found = [...document.querySelectorAll(selector)];
    return found.length >= wanted && found.filter(e => e.offsetHeight > 0).length >= wanted };
  const dated = name => { const c = new MessageChannel();
    c.port1.onmessage = () => { m[name] ||= performance.now() }; c.port2.postMessage(0) };
  const look = () => {
    if (!m.first && seen(all)) dated('first');
    if (!m.live && seen(live)) dated('live');
    if (!m.live || !m.first) requestAnimationFrame(look) };
  requestAnimationFrame(look);
}"""


@dataclass(frozen=True)
class Rows:
    """Where a page's rows are found; `live` are those that answer."""

    all: str
    live: str
    wanted: int = 24


OURS = Rows(".row", "html:not([data-ssr]) .list .row")
FLOOR = Rows(".floor-row", ".floor-row")
BLANK = Rows(".floor-text", ".floor-text", 1)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    tool = ROOT / "tools" / "chromium.py"
    spec = importlib.util.spec_from_file_location("chromium_for_bench", tool)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    program = module.find_chromium(print)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program or None, args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def cold_page(
    browser: Browser,
    rows: Rows,
    *,
    size: Mapping[str, int] | None = None,
    is_slow: bool = False,
) -> Iterator[tuple[Page, CDPSession]]:
    """A tab with an empty cache that watches for these rows; slow: a phone on a poor line."""
    size = dict(size or DESKTOP)
    context: BrowserContext = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        is_mobile=size["width"] < 700,
        has_touch=size["width"] < 700,
    )
    try:
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        if is_slow:
            throttle(wire)
        arguments = [rows.all, rows.live, rows.wanted]
        page.add_init_script(f"({WATCH})({arguments!r})")
        # A new window keeps the browser itself busy for a while; that is nobody's page.
        page.wait_for_timeout(SETTLE_MS)
        yield page, wire
    finally:
        context.close()


def throttle(wire: CDPSession) -> None:
    """1.6 Mbit/s down, 0.75 up, 150 ms, a quarter of this CPU. Sockets are not slowed down."""
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 150,
            "downloadThroughput": 1.6e6 / 8,
            "uploadThroughput": 0.75e6 / 8,
        },
    )
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def load(page: Page, url: str) -> dict[str, Any]:
    """Go there; what was seen once the rows live and have been painted."""
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => __bench.fcp && __bench.first && __bench.live", timeout=60_000)
    return seen(page)


def seen(page: Page) -> dict[str, Any]:
    """What the page has noted so far."""
    found: dict[str, Any] = page.evaluate("() => __bench")
    return found
