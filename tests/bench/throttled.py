"""Explore on a poor line and a slow machine: 1.6 Mbit/s, 150 ms, a quarter of this CPU.

LCP, CLS and INP as the browser reports them; the floor's LCP beside. Two things are done: a filter
is chosen on a desk, the filter sheet is opened on a phone.
"""

from __future__ import annotations

import sys
from typing import Any

from playwright.sync_api import Browser, Page

from tests.bench.browser import DESKTOP, FLOOR, OURS, PHONE, chromium, cold_page, load, seen
from tests.bench.report import Figures, Report
from tests.bench.stand import stand

LOADS = 3
LCP_MS, CLS, INP_MS = 2500, 0.1, 200
"""What web.dev calls good."""


def choose_filter(page: Page) -> None:
    """Choose the first genre and wait for its rows."""
    page.locator("#main .filters .facet-item").first.click()
    page.wait_for_url("**/explore?genre=*")
    page.locator("#main .chips .chip").first.wait_for()
    page.wait_for_timeout(1000)


def open_sheet(page: Page) -> None:
    """Open the filters of a phone."""
    page.get_by_role("button", name="Filters").first.click()
    page.locator("#filters-sheet[open]").wait_for()
    page.wait_for_timeout(1000)


def visit(browser: Browser, url: str, size: dict[str, int], act: Any) -> dict[str, Any]:
    """Load slowly, do the one thing, and return what was noted; `lcp` is that before the act."""
    with cold_page(browser, OURS, size=size, is_slow=True) as (page, _):
        before = load(page, url)
        page.wait_for_timeout(1500)
        before = seen(page)
        act(page)
        return {**seen(page), "lcp": before["lcp"], "cls_loading": before["cls"]}


def main(loads: int = LOADS) -> int:
    """Measure and report."""
    report = Report("throttled", "Explore at 1.6 Mbit/s, 150 ms, CPU / 4")
    with stand() as stood, chromium() as browser:
        url, floor = f"{stood.ours}/explore", []
        desk, phone = [], []
        for _ in range(loads):
            desk.append(visit(browser, url, DESKTOP, choose_filter))
            phone.append(visit(browser, url, PHONE, open_sheet))
            with cold_page(browser, FLOOR, is_slow=True) as (page, _):
                floor.append(load(page, f"{stood.floor}/"))
    floors = {name: Figures.of(got[name] for got in floor) for name in ("fcp", "lcp", "live")}
    for where, found in (("desk", desk), ("phone", phone)):
        one = {name: Figures.of(got[name] for got in found) for name in ("fcp", "lcp", "live")}
        report.compare(f"{where}: first contentful paint", one["fcp"], floors["fcp"])
        report.compare(f"{where}: largest contentful paint", one["lcp"], floors["lcp"])
        report.compare(f"{where}: interactive rows", one["live"], floors["live"])
        lcp = one["lcp"]
        report.limit(f"{where}: LCP, web.dev's limit", lcp, LCP_MS)
        report.limit(f"{where}: CLS", Figures.of((g["cls"] for g in found), ""), CLS)
        act = "choose a filter" if where == "desk" else "open the filters"
        report.limit(f"{where}: INP, {act}", Figures.of(g["inp"] for g in found), INP_MS)
        for got in found:
            if got["cls"] > 0.01:
                report.note(f"{where}: shifts {got['shifts']}")
                break
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:2])))
