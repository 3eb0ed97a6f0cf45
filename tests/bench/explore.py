"""Explore's first paint and its interactive rows, against a page that has nothing else to do.

Cold loads in turn: ours, the floor's blank page, the floor's rows. The first loads of each warm
the processes up and are thrown away.
"""

from __future__ import annotations

import sys
from typing import Any

from playwright.sync_api import Browser

from tests.bench.browser import BLANK, FLOOR, OURS, Rows, chromium, cold_page, load
from tests.bench.report import Figures, Report
from tests.bench.stand import Stand, stand

LOADS, WARM_UP = 11, 2


def measure(browser: Browser, stood: Stand, loads: int = LOADS) -> dict[str, list[dict[str, Any]]]:
    """Load the three pages in turn; what each load saw, the warm-up left out."""
    pages: dict[str, tuple[str, Rows]] = {
        "ours": (f"{stood.ours}/explore", OURS),
        "blank": (f"{stood.floor}/blank/", BLANK),
        "rows": (f"{stood.floor}/", FLOOR),
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in pages}
    for turn in range(loads + WARM_UP):
        for name, (url, rows) in pages.items():
            with cold_page(browser, rows) as (page, _):
                got = load(page, url)
            if turn >= WARM_UP:
                found[name].append(got)
    return found


def main(loads: int = LOADS) -> int:
    """Measure and report."""
    report = Report("explore", f"Explore: first paint and interactive rows, {loads} cold loads")
    with stand() as stood, chromium() as browser:
        found = measure(browser, stood, loads)

    def figures(page: str, name: str) -> Figures:
        return Figures.of(got[name] for got in found[page])

    blank, rows = figures("blank", "fcp"), figures("rows", "live")
    report.compare("24 rows visible / first paint of a blank page", figures("ours", "first"), blank,
                   most=1.1)  # fmt: skip
    report.compare("interactive rows / plain rows of the floor", figures("ours", "live"), rows,
                   most=1.3)  # fmt: skip
    report.compare("first contentful paint / blank page", figures("ours", "fcp"), blank)
    report.compare("first contentful paint / rows page", figures("ours", "fcp"),
                   figures("rows", "fcp"))  # fmt: skip
    report.compare("largest contentful paint / rows page", figures("ours", "lcp"),
                   figures("rows", "lcp"))  # fmt: skip
    report.limit("layout shift (CLS)", Figures.of((g["cls"] for g in found["ours"]), ""), 0.1)
    for got in found["ours"]:
        if got["cls"] > 0.01:
            report.note(f"shifts: {got['shifts']}")
            break
    return report.done()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])) and 0)
