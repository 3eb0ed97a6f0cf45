"""Explore's answer through the socket, with 100 000 recordings, against the least it could take.

The floor is the floor app's smallest event plus the hand-written SQL of the same question. A few
hundred different questions, mixed as people ask them; each is put to all three in turn.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psycopg

from indii.catalog.recordings.enums import Mood
from indii.discovery.search.commands import rebuild_word_index
from indii.discovery.search.rules import Filters, Sort, href
from indii.discovery.search.state import ExploreState
from indii.kernel.context import SYSTEM
from indii.kernel.music_keys import KEY_COUNT
from indii.ops.postgres import embedded_postgres
from tests.bench import crowd, sql
from tests.bench.frontends import FLOOR
from tests.bench.report import Figures, Report
from tests.bench.stand import place, start_floor
from tests.runtime import migrate
from tests.security.socket import NAMESPACE, ROOT_STATE, Tab
from tests.serving import serve

RECORDINGS, QUESTIONS, WARM_UP = 100_000, 240, 24
PER_TAB = 80
"""The guard takes more for a flood."""
LOAD = f"{ExploreState.get_full_name()}.load"
TICK = f"{ROOT_STATE}.floor_app____floor_state.tick"
TEXTS = ("piano", "dark piano", "night", "808", "type beat", "gold", "rain guitar", "choir",
         "love", "ice bells", "ghost", "dream", "sad boy", "vinyl", "detroit", "harbour",
         "mira", "ka", "jersey club", "summer")  # fmt: skip


@dataclass
class Times:
    """Milliseconds of one kind of question."""

    ours: list[float] = field(default_factory=list)
    tick: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)

    @property
    def floor(self) -> list[float]:
        """The smallest event and the question's own SQL, question by question."""
        return [a + b for a, b in zip(self.tick, self.sql, strict=True)]


def question(chance: random.Random) -> tuple[str, Filters]:
    """(kind, question) as somebody might ask it."""
    genres = list(crowd.GENRES)
    genre = str(chance.choices(genres, [v[0] for v in crowd.GENRES.values()])[0])
    mood = str(chance.choices(list(crowd.MOODS), list(crowd.MOODS.values()))[0])
    usual = int(crowd.GENRES[genres[[str(g) for g in genres].index(genre)]][1])
    bpm = (max(usual - 8, 45), usual + chance.choice((2, 6, 12)))
    key = chance.randrange(KEY_COUNT)
    price = chance.choice((20, 30, 50))
    tier = chance.choice(("wav_lease", "stems_lease", "exclusive"))
    text = chance.choice(TEXTS)
    order = chance.choice((Sort.POPULAR, Sort.PRICE))
    kinds: dict[str, tuple[int, Filters]] = {
        "nothing": (6, Filters(sort=chance.choice((Sort.NEW, Sort.POPULAR)))),
        "genre": (16, Filters(genres=(genre,))),
        "two genres": (4, Filters(genres=(genre, "jazz"))),
        "genre, mood": (12, Filters(genres=(genre,), moods=(mood,))),
        "mood": (4, Filters(moods=(str(chance.choice(list(Mood))),), sort=order)),
        "genre, tempo": (12, Filters(genres=(genre,), bpm=bpm, half_double=chance.random() < 0.3)),
        "tempo": (5, Filters(bpm=bpm)),
        "key": (6, Filters(key=key, compatible_keys=True)),
        "price": (5, Filters(price_max=price)),
        "license": (3, Filters(tier=tier)),
        "free": (3, Filters(is_free=True)),
        "words": (14, Filters(text=text, sort=Sort.BEST)),
        "words, genre": (4, Filters(text=text, genres=(genre,), sort=Sort.BEST)),
        "all": (6, Filters(genres=(genre,), bpm=bpm, key=key, compatible_keys=True,
                           price_max=price)),
    }  # fmt: skip
    kind = chance.choices(list(kinds), [share for share, _ in kinds.values()])[0]
    return kind, kinds[kind][1]


class Timed(Tab):
    """A tab with a stopwatch."""

    async def time(self, event: str, mark: str) -> float:
        """Send the event; milliseconds until the first frame that has the mark."""
        began = time.perf_counter()
        await self.send(event)
        async with asyncio.timeout(60):
            while True:
                message = await self._ws.receive()
                took = time.perf_counter() - began
                assert message.type is aiohttp.WSMsgType.TEXT, message
                if message.data == "2":
                    await self.send_raw("3")
                elif message.data.startswith(f"42{NAMESPACE},") and mark in message.data:
                    return 1000 * took


async def ask_all(
    ours: str, floor: str, db: psycopg.Connection[Any], asked: list[tuple[str, Filters]]
) -> dict[str, Times]:
    """Put every question to all three in turn; the first ones only warm up."""
    found: dict[str, Times] = {}
    for start in range(0, len(asked), PER_TAB):
        async with Timed(ours) as tab, Timed(floor) as plain:
            for number, (kind, filters) in enumerate(asked[start : start + PER_TAB], start):
                tab.at = href(filters)
                mine = await tab.time(LOAD, "explore_state")
                tick = await plain.time(TICK, "count_rx_state_")
                began = time.perf_counter()
                sql.answer(db, filters)
                took = 1000 * (time.perf_counter() - began)
                if number >= WARM_UP:
                    times = found.setdefault(kind, Times())
                    times.ours.append(mine)
                    times.tick.append(tick)
                    times.sql.append(took)
    return found


def measure(recordings: int, questions: int) -> dict[str, Times]:
    """Fill a database, serve both, and ask."""
    chance = random.Random(7)
    asked = [question(chance) for _ in range(questions + WARM_UP)]
    # Its own server with the product's settings: those of the tests give up parallel plans.
    with place() as folder, embedded_postgres(folder / "crowd", keep=False) as dsn:
        migrate(dsn)
        crowd.fill(dsn, recordings)
        with serve(folder / "indii", database_url=dsn) as site:
            with site.rt.write(SYSTEM) as ctx:
                rebuild_word_index(ctx)
            floor, running = start_floor(site, FLOOR, None)
            try:
                with psycopg.connect(dsn, options=sql.OPTIONS) as db:
                    return asyncio.run(ask_all(site.url, floor, db, asked))
            finally:
                site.stop(running)


def main(recordings: int = RECORDINGS, questions: int = QUESTIONS) -> int:
    """Measure and report."""
    report = Report("events", f"Explore's event with {recordings:,} recordings, {questions} asked")
    found = measure(recordings, questions)
    every = Times()
    for times in found.values():
        every.ours += times.ours
        every.tick += times.tick
        every.sql += times.sql
    ours, floor = Figures.of(every.ours), Figures.of(every.floor)
    report.compare("p95: event / smallest event + SQL by hand", ours, floor, at="p95", most=2)
    report.compare("median", ours, floor)
    report.limit("  the floor's smallest event", Figures.of(every.tick))
    report.limit("  the SQL by hand", Figures.of(every.sql))
    for kind, times in sorted(found.items(), key=lambda f: -len(f[1].ours)):
        report.compare(
            f"  {kind} ({len(times.ours)})", Figures.of(times.ours), Figures.of(times.floor)
        )
    report.note("Counts of the last minute are kept by the web process, as in production.")
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:3])))
