"""One event of explore with a large catalogue, against the least event and the SQL alone.

The floor of a question is one event that counts to one, plus the same question written by hand
and asked with psycopg. Both go through real sockets of a granian of the same kind.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable

import psycopg

from tests.bench.crowd import fill
from tests.bench.report import Figures, Report
from tests.bench.stand import stand
from tests.security.socket import Tab

RECORDINGS = 100_000
ROUNDS = 25
LOAD = "reflex___state____state.indii___discovery___search___state____explore_state.load"
TICK = "reflex___state____state.floor_app____floor_state.tick"

# The address of a question, and what narrows it in SQL.
QUESTIONS = {
    "/explore": "true",
    "/explore?genre=trap": "genre = 'trap'",
    "/explore?genre=house&mood=dark": "genre = 'house' AND mood = 'dark'",
    "/explore?bpm=138-142": "bpm BETWEEN 138 AND 142",
    "/explore?bpm=138-142&key=8A&max=30": "bpm BETWEEN 138 AND 142 AND key = 21"
    " AND price_from_minor <= 3000",
    "/explore?free=1": "price_from_minor = 0",
}
BY_HAND = """
WITH page AS (
  SELECT id FROM recording WHERE state = 'live' AND {where}
  ORDER BY published_at DESC, id DESC LIMIT 25
)
SELECT r.*, p.name, p.slug FROM page
JOIN recording r USING (id) JOIN profile p ON p.id = r.producer_id
ORDER BY r.published_at DESC, r.id DESC
"""
COUNTS_BY_HAND = """
SELECT grouping(genre, mood, key, tiers, free), genre, mood, key, tiers, free, count(*)
FROM (
  SELECT genre, mood, key, tiers, price_from_minor = 0 AS free
  FROM recording WHERE state = 'live' AND {where}
) hits
GROUP BY GROUPING SETS ((genre), (mood), (key), (tiers), (free))
"""


async def timed(tab: Tab, name: str, mark: str) -> float:
    """Milliseconds from sending the event to the update that answers it."""
    seen = len(tab.updates)
    began = time.perf_counter()
    await tab.send(name)
    await tab.until(lambda: any(mark in str(update) for update in tab.updates[seen:]))
    return 1000 * (time.perf_counter() - began)


def by_hand(dsn: str) -> Callable[[str], float]:
    """Milliseconds that the hand-written SQL of a question takes."""
    db = psycopg.connect(dsn, autocommit=True, prepare_threshold=None)
    db.execute("SET jit = off")

    def ask(where: str) -> float:
        began = time.perf_counter()
        for statement in (BY_HAND, COUNTS_BY_HAND):
            db.execute(statement.format(where=where)).fetchall()  # type: ignore[arg-type]
        return 1000 * (time.perf_counter() - began)

    return ask


async def measure(ours: str, floor: str, dsn: str, rounds: int) -> tuple[list[float], list[float]]:
    """Ask every question in turn, ours and the floor's side by side."""
    sql, mine, theirs = by_hand(dsn), [], []
    order = [q for _ in range(rounds) for q in QUESTIONS]
    random.Random(7).shuffle(order)
    async with Tab(ours) as tab, Tab(floor) as least:
        for address in [*QUESTIONS, *order]:
            tab.at = address
            mine.append(await timed(tab, LOAD, "explore_state"))
            theirs.append(await timed(least, TICK, "count") + sql(QUESTIONS[address]))
    warm = len(QUESTIONS)
    return mine[warm:], theirs[warm:]


def main(rounds: int = ROUNDS, recordings: int = RECORDINGS) -> int:
    """Measure and report."""
    report = Report("events", f"Explore's event with {recordings:,} recordings")
    with stand(is_filled=False) as stood:
        dsn = stood.site.rt.engine.url.render_as_string(hide_password=False)
        dsn = dsn.replace("postgresql+psycopg://", "postgresql://")
        fill(dsn, recordings)
        ours, floor = asyncio.run(measure(stood.ours, stood.floor, dsn, rounds))
    report.compare("p95 of mixed questions", Figures.of(ours), Figures.of(floor), at="p95", most=2)
    report.compare("median of mixed questions", Figures.of(ours), Figures.of(floor))
    report.note("floor: an event that counts to one, plus page and counts asked by hand")
    report.note("ours keeps counts for a minute in a catalogue this large; the floor counts anew")
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:3])))
