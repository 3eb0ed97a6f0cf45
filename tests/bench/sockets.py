"""What a visitor who does nothing costs: memory of the web process with 500 open sockets."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

from indii.ops import processes
from tests.bench.report import Figures, Report
from tests.bench.stand import stand
from tests.security.socket import Tab

SOCKETS = 500
HYDRATE = "reflex___state____state.hydrate_and_load"


def resident_kb(root: int) -> int:
    """Resident memory of a process and everything below it."""
    total = 0
    for pid in [root, *processes.descendants(root)]:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return total


async def fill_with_tabs(url: str, at: str, running: subprocess.Popen[bytes], count: int) -> float:
    """Kilobytes a socket, after the page of each has been loaded."""
    async with contextlib.AsyncExitStack() as open_tabs:
        first = await open_tabs.enter_async_context(Tab(url, at=at))
        await first.send(HYDRATE, {"hashes": []})
        await asyncio.sleep(2)
        before = resident_kb(running.pid)
        for _ in range(count):
            tab = await open_tabs.enter_async_context(Tab(url, at=at))
            await tab.send(HYDRATE, {"hashes": []})
        await asyncio.sleep(5)
        return (resident_kb(running.pid) - before) / count


def main(count: int = SOCKETS) -> int:
    """Measure and report."""
    report = Report("sockets", f"Memory of {count} idle sockets")
    with stand() as stood:
        floor = asyncio.run(fill_with_tabs(stood.floor, "/", stood.floor_web, count))
        assert stood.site.web is not None
        ours = asyncio.run(fill_with_tabs(stood.ours, "/explore", stood.site.web, count))
    report.compare("kB a socket", Figures((ours,), "kB"), Figures((floor,), "kB"))
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:2])))
