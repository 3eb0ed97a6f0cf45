"""How long the server writes the first HTML of a page, against the JSON of the same view.

No database and no browser: the views are made up, the functions are those that the site compiles
when it starts. The JSON is what the socket would send for the same page.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from indii import app
from indii.catalog.recordings.enums import Genre, Mood
from indii.catalog.recordings.queries import RecordingRow
from indii.discovery.browse.queries import HomePage, ProducerCard
from indii.discovery.search import rules
from indii.discovery.search.queries import ExplorePage
from indii.discovery.search.rules import Filters
from indii.ui.drawn.values import dumps
from tests.bench.report import Figures, Report

ROUNDS, WARM_UP = 400, 40
MOST_MS = 1.5


def rows(number: int) -> list[RecordingRow]:
    """Recordings with everything that a row can show."""
    wave = "".join(f"M{2 + 4 * i} {8 - i % 7}v{2 * (i % 7) + 1}" for i in range(64))
    return [
        RecordingRow(
            **dict.fromkeys(RecordingRow.__dataclass_fields__, "")
            | {
                "id": f"0198c0de-0000-7000-8000-{n:012}", "slug": f"cold-harbour-{n}",
                "title": f"Cold & Harbour {n}", "producer_name": "Ash <Verell>",
                "producer_slug": "ash-verell", "cover_url": f"/media/cover/{n}?v=1",
                "cover_small": f"/media/cover/{n}?v=1&s=96", "wave": wave, "bpm": "140",
                "camelot": "4A", "key_name": "F minor", "tags": "drill, dark", "meta": "140 · 4A",
                "price_prefix": "from", "price": "$29.95", "duration": "2:31",
                "price_words": f"Licenses for Cold Harbour {n}, from $29.95",
                "seconds": 151.23,
            }
        )
        for n in range(number)
    ]  # fmt: skip


def explore(number: int) -> ExplorePage:
    """The explore page with every filter."""
    filters = Filters(text="cold", bpm=(130, 150), key=4)
    genres = dict.fromkeys(map(str, Genre), 7)
    moods = dict.fromkeys(map(str, Mood), 5)
    return ExplorePage(
        rows=rows(number),
        total="2,310",
        chips=rules.chips(filters),
        genres=rules.choices(filters, "genres", Genre, genres, genres),
        moods=rules.choices(filters, "moods", Mood, moods, moods),
        wheel=rules.key_choices(filters, dict.fromkeys(range(24), 3)),
        prices=rules.price_choices(filters, 4, has_free=True),
        sorts=rules.sorts(filters),
        next_href="/explore?after=x",
    )


def home() -> HomePage:
    """The front page, filled."""
    cards = [ProducerCard(f"Ash {n}", f"ash-{n}", "", "4 recordings") for n in range(6)]
    some = rows(12)
    return HomePage(some, some[:8], some[:4], [], cards, "2,310 recordings")


def timed(call: Callable[[], object]) -> Figures:
    """Milliseconds of this thread in each of many calls, with no garbage collected meanwhile."""
    found = []
    gc.collect()
    gc.disable()
    for turn in range(ROUNDS + WARM_UP):
        began = time.thread_time()
        call()
        if turn >= WARM_UP:
            found.append((time.thread_time() - began) * 1000)
    gc.enable()
    return Figures.of(found)


def main() -> int:
    """Measure and report."""
    report = Report("drawn", f"First HTML of a page, written {ROUNDS} times")
    began = time.thread_time()
    drawn = app.drawn_pages()
    report.note(f"{len(drawn)} pages compiled in {time.thread_time() - began:.2f} s")
    views: tuple[tuple[str, str, Any], ...] = (
        ("explore, 24 rows", "/explore", explore(24)),
        ("explore, no rows", "/explore", explore(0)),
        ("home, 24 rows and cards", "/", home()),
    )
    for what, route, view in views:
        draw = drawn[route]
        ours = timed(lambda: draw(page=view, is_ready=True))  # noqa: B023 - called at once
        floor = timed(lambda: dumps(asdict(view)))  # noqa: B023 - called at once
        report.limit(what, ours, MOST_MS)
        report.compare(f"{what} / its JSON", ours, floor)
        report.note(f"{what}: {len(draw(page=view, is_ready=True)):,} characters")
    report.done()
    return 0


if __name__ == "__main__":
    sys.exit(main())
