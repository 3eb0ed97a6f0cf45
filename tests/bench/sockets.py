"""What an open tab costs while nothing happens: memory of the web process at 500 sockets.

Every tab has loaded its page as a browser does: ours explore, the floor its rows.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from redis import Redis

from indii.ops import processes
from tests.bench.report import Figures, Report
from tests.bench.stand import Stand, stand
from tests.security.socket import ROOT_STATE, Tab

SOCKETS, WARM_UP, AT_ONCE = 500, 40, 10
SETTLE_S = 3.0


def memory_kb(running: subprocess.Popen[bytes]) -> float:
    """Resident memory of a granian and its workers, shared pages counted once (PSS)."""
    held = 0
    for pid in (running.pid, *processes.descendants(running.pid)):
        said = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+)", said, re.MULTILINE)
        held += int(found.group(1)) if found else 0
    return float(held)


async def open_tab(url: str, at: str) -> Tab:
    """A tab that has loaded its page."""
    tab = Tab(url, at=at)
    await tab.open(tab.event(f"{ROOT_STATE}.hydrate_and_load"))
    await tab.until(lambda: any('"is_hydrated_rx_state_":true' in f for f in tab.frames))
    tab.frames.clear()
    tab.updates.clear()
    return tab


async def open_tabs(url: str, at: str, count: int) -> list[Tab]:
    """Many of them, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> Tab:
        async with gate:
            return await open_tab(url, at)

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def cost(
    url: str, at: str, running: subprocess.Popen[bytes], keeper: Redis, count: int
) -> tuple[float, float, float]:
    """(kB of the web process before, kB a socket, kB a socket in Redis)."""
    for tab in await open_tabs(url, at, WARM_UP):
        await tab.close()
    await asyncio.sleep(SETTLE_S)
    before, kept = memory_kb(running), keeper.info("memory")["used_memory"]
    tabs = await open_tabs(url, at, count)
    await asyncio.sleep(SETTLE_S)
    grown = memory_kb(running) - before
    grown_redis = keeper.info("memory")["used_memory"] - kept
    for tab in tabs:
        await tab.close()
    return before, grown / count, grown_redis / 1000 / count


def measure(stood: Stand, count: int) -> dict[str, tuple[float, float, float]]:
    """Fill one after the other."""
    found = {}
    for name, url, at, running, place in (
        ("floor", stood.floor, "/", stood.floor_web, 1),
        ("ours", stood.ours, "/explore", stood.site.web, 0),
    ):
        assert running is not None
        keeper = Redis.from_url(f"{stood.site.redis_url.rpartition('/')[0]}/{place}")
        found[name] = asyncio.run(cost(url, at, running, keeper, count))
    return found


def main(count: int = SOCKETS) -> int:
    """Measure and report."""
    report = Report("sockets", f"Memory at {count} idle sockets, each with a loaded page")
    with stand(has_pages=False) as stood:
        found = measure(stood, count)
    for place, what in ((1, "web process, a socket"), (2, "Redis, a socket"), (0, "web, at rest")):
        unit = "kB" if place else "MB"
        ours, floor = (found[name][place] / (1 if place else 1000) for name in ("ours", "floor"))
        report.compare(what, Figures((ours,), unit), Figures((floor,), unit))
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:2])))
