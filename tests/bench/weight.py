"""What explore weighs on the wire, cold: every byte that the browser counts, headers included."""

from __future__ import annotations

import gzip
import json
import re
import sys
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from tests.bench.browser import OURS, chromium, cold_page, load
from tests.bench.report import Figures, Report, short
from tests.bench.stand import stand

CODE_KB, FONTS_KB, SOUND_KB = 210, 45, 60
WAVE = re.compile(r'<svg class="wave".*?</svg>', re.DOTALL)


@dataclass
class Weighed:
    """Bytes by address, and what came through the socket."""

    files: dict[str, tuple[str, float]] = field(default_factory=dict)
    socket_in: int = 0
    frames: list[str] = field(default_factory=list)

    def kind(self, *kinds: str) -> float:
        """Kilobytes of these kinds (CDP resource types)."""
        return sum(size for kind, size in self.files.values() if kind in kinds) / 1000

    def path(self, part: str) -> list[float]:
        """Bytes of every file whose address has this part."""
        return [size for url, (_, size) in self.files.items() if part in url]


def weigh(browser: Browser, url: str) -> Weighed:
    """Load the page cold, walk down to its end, and weigh everything that came."""
    found = Weighed()
    asked: dict[str, tuple[str, str]] = {}

    def answered(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = (event["response"]["url"], event["type"])

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in asked:
            address, kind = asked[event["requestId"]]
            found.files[address] = (kind, event["encodedDataLength"])

    def framed(event: dict[str, Any]) -> None:
        said = event["response"]["payloadData"]
        found.socket_in += len(said.encode())
        found.frames.append(said)

    with cold_page(browser, OURS) as (page, wire):
        wire.on("Network.responseReceived", answered)
        wire.on("Network.loadingFinished", finished)
        wire.on("Network.webSocketFrameReceived", framed)
        load(page, url)
        for _ in range(12):
            page.mouse.wheel(0, 400)
            page.wait_for_timeout(60)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
    return found


def waves_in(html: str) -> tuple[int, int]:
    """(bytes of the HTML packed, how many of them are waves)."""
    packed = len(gzip.compress(html.encode(), 5))
    return packed, packed - len(gzip.compress(WAVE.sub("", html).encode(), 5))


def main() -> int:
    """Weigh and report."""
    report = Report("weight", "Explore over the wire, cold cache, walked down to its end")
    with stand() as stood, chromium() as browser:
        url = f"{stood.ours}/explore"
        found = weigh(browser, url)
        with urllib.request.urlopen(url) as answer:
            html = answer.read().decode()
    packed, waves = waves_in(html)
    code = found.kind("Document", "Script", "Stylesheet")
    covers = found.path("/media/cover/")

    def kb(value: float) -> Figures:
        return Figures((value,), "kB")

    report.limit("JS + CSS + HTML", kb(code), CODE_KB)
    for kind in ("Script", "Stylesheet", "Document"):
        report.limit(f"  {kind.lower()}", kb(found.kind(kind)))
    report.limit("fonts", kb(found.kind("Font")), FONTS_KB)
    report.limit(
        f"{len(covers)} covers and their waves", kb((sum(covers) + waves) / 1000), SOUND_KB
    )
    report.limit("  covers", kb(sum(covers) / 1000))
    report.limit("  waves in the HTML, packed", kb(waves / 1000))
    report.limit("  peaks asked for", kb(sum(found.path("/media/peaks/")) / 1000))
    report.limit("socket, received", kb(found.socket_in / 1000))
    report.limit("everything but the socket", kb(sum(s for _, s in found.files.values()) / 1000))
    report.note(f"HTML: {short(len(html) / 1000)} kB, {short(packed / 1000)} kB packed, "
                f"{html.count('<')} tags; covers: {len(covers)} requests.")  # fmt: skip
    for address, (kind, size) in sorted(found.files.items(), key=lambda f: -f[1][1]):
        if kind != "Image":
            report.note(f"{size / 1000:7.1f} kB  {kind:<10} {address.rpartition('/')[2] or '/'}")
    report.note(f"largest frames: {sorted((len(f) for f in found.frames), reverse=True)[:5]}")
    save_frames(found.frames)
    return report.done()


def save_frames(frames: list[str]) -> None:
    """Keep what the socket brought, for whoever wants to know what it is made of."""
    from tests.bench.frontends import PLACE

    (PLACE / "weight-frames.json").write_text(json.dumps(frames, indent=1))


if __name__ == "__main__":
    sys.exit(0 * main())
