"""Ranges of a preview, in order and at random, against a bare FileResponse under the same granian.

One connection, as a player has; the two are asked in turn.
"""

from __future__ import annotations

import http.client
import os
import random
import sys
import time
from collections.abc import Callable, Sequence

from tests.bench.report import Figures, Report
from tests.bench.stand import place, start_granian
from tests.factories.catalog import make_recording
from tests.runtime import ROOT
from tests.serving import serve

FILE_BYTES = 60_000_000
"""An hour at 128 kbit/s, the longest preview there is."""
LARGE, SMALL = 5_000_000, 131_072
ROUNDS, IN_ROUND = 9, 12

Range = tuple[int, int]


class Listener:
    """Asks for ranges over one connection."""

    def __init__(self, host: str, path: str) -> None:
        self._path, self._link = path, http.client.HTTPConnection(host, timeout=60)

    def take(self, span: Range) -> int:
        """Read one range to its end; return its length."""
        self._link.request("GET", self._path, headers={"Range": f"bytes={span[0]}-{span[1]}"})
        answer = self._link.getresponse()
        assert answer.status == 206, answer.status
        held = len(answer.read())
        assert held == span[1] - span[0] + 1
        return held


def in_order(length: int) -> Callable[[int], list[Range]]:
    """Ranges one after the other, beginning anew at the end."""

    def spans(turn: int) -> list[Range]:
        starts = [(turn * IN_ROUND + n) * length % (FILE_BYTES - length) for n in range(IN_ROUND)]
        return [(start, start + length - 1) for start in starts]

    return spans


def at_random(length: int) -> Callable[[int], list[Range]]:
    """Ranges anywhere; the same for both."""

    def spans(turn: int) -> list[Range]:
        chance = random.Random(turn)
        starts = [chance.randrange(FILE_BYTES - length) for _ in range(IN_ROUND)]
        return [(start, start + length - 1) for start in starts]

    return spans


def rate(listener: Listener, spans: Sequence[Range]) -> float:
    """Megabytes a second over these ranges."""
    began = time.perf_counter()
    held = sum(listener.take(span) for span in spans)
    return held / 1e6 / (time.perf_counter() - began)


def main(rounds: int = ROUNDS) -> int:
    """Measure and report."""
    report = Report("streaming", "Ranges of a 60 MB preview, one connection")
    with place() as folder, serve(folder / "indii") as site:
        producer = site.person("Ash Verell", ["fan", "producer"])
        content = random.Random(1).randbytes(FILE_BYTES)
        recording = make_recording(site.rt, producer.actor, preview=content)
        stored = max((folder / "indii").rglob("*.mp3"), key=lambda path: path.stat().st_size)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "BENCH_FILE": str(stored)}
        bare, running = start_granian(site, "bare", ROOT, env, "tests.bench.bare_files:app")
        try:
            ours = Listener(site.host, f"/media/preview/{recording}")
            floor = Listener(bare.partition("://")[2], "/file")
            for what, spans, least in (
                ("5 MB ranges in order", in_order(LARGE), 0.8),
                ("5 MB ranges at random", at_random(LARGE), 0.8),
                ("128 kB ranges at random, a player's seek", at_random(SMALL), None),
            ):
                found: dict[str, list[float]] = {"ours": [], "floor": []}
                for turn in range(rounds + 1):
                    asked = spans(turn)
                    for name, listener in (("ours", ours), ("floor", floor)):
                        got = rate(listener, asked)
                        if turn:
                            found[name].append(got)
                mine, theirs = (Figures.of(found[n], "MB/s") for n in ("ours", "floor"))
                report.compare(what, mine, theirs, least=least)
        finally:
            site.stop(running)
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:2])))
