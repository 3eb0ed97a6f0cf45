"""Finding: every filter, the words, the order, the pages; and what a takedown does to all of it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from indii.catalog.access.commands import count_play
from indii.catalog.recordings.commands import mark_taken_down, withdraw
from indii.discovery.search import queries
from indii.discovery.search.commands import rebuild_word_index
from indii.discovery.search.rules import Filters, Sort, parse
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.music_keys import BY_CAMELOT
from indii.kernel.runtime import Runtime
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan
from tests.runtime import MovableClock

# Fixed: every process of a run names its tests alike.
SOME_ID = "06fed14c-db1b-4b2f-8242-bed1678c4a41"


def titles(rt: Runtime, filters: Filters) -> list[str]:
    with rt.read() as ctx:
        return [row.title for row in queries.explore_page(ctx, filters).rows]


def found(rt: Runtime, filters: Filters) -> set[str]:
    return set(titles(rt, filters))


@pytest.fixture
def catalogue(rt: Runtime, ash: Actor, miko: Actor, clock: MovableClock) -> dict[str, UUID]:
    made: dict[str, UUID] = {}
    for title, producer, facts in (
        ("Cold Harbour", ash, {"genre": "drill", "bpm": 140.0, "key": BY_CAMELOT["4A"],
                               "prices": {"mp3_lease": 2995, "wav_lease": 4995}}),
        ("Paper Lanterns", miko, {"genre": "lo-fi", "mood": "warm", "bpm": 70.0,
                                  "key": BY_CAMELOT["5A"], "prices": {"mp3_lease": 0},
                                  "tags": ("rhodes", "tape")}),
        ("Größe der Straße", miko, {"genre": "house", "mood": "happy", "bpm": 122.0,
                                    "key": BY_CAMELOT["4B"], "tags": ("orgel",)}),
        ("Rust", ash, {"genre": "trap", "mood": "tense", "bpm": 146.0, "key": BY_CAMELOT["4A"],
                       "prices": {"mp3_lease": 3495}, "tags": ("choir",)}),
    ):  # fmt: skip
        clock.move(minutes=1)
        made[title] = make_recording(rt, producer, title=title, **facts)
    with rt.write(SYSTEM) as ctx:
        rebuild_word_index(ctx)
    return made


EVERYTHING = {"Cold Harbour", "Paper Lanterns", "Größe der Straße", "Rust"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("", EVERYTHING),
        ("genre=drill&genre=trap", {"Cold Harbour", "Rust"}),
        ("mood=warm", {"Paper Lanterns"}),
        ("bpm=138-150", {"Cold Harbour", "Rust"}),
        ("bpm=138-150&half=1", {"Cold Harbour", "Rust", "Paper Lanterns"}),
        ("key=4A", {"Cold Harbour", "Rust"}),
        ("key=4A&near=1", {"Cold Harbour", "Rust", "Paper Lanterns", "Größe der Straße"}),
        ("max=30", {"Cold Harbour", "Paper Lanterns", "Größe der Straße"}),
        ("tier=wav_lease", {"Cold Harbour"}),
        ("free=1", {"Paper Lanterns"}),
        ("q=strasse", {"Größe der Straße"}),
        ("q=GROSSE", {"Größe der Straße"}),
        ("q=miko", {"Paper Lanterns", "Größe der Straße"}),
        ("q=tann+rho", {"Paper Lanterns"}),
        ("q=drill+verell", {"Cold Harbour"}),
        ("q=verell&genre=trap&bpm=140-150", {"Rust"}),
        ("genre=techno", set()),
    ],
)
def test_a_question_finds_exactly_what_it_should(
    rt: Runtime, catalogue: dict[str, UUID], question: str, expected: set[str]
) -> None:
    from urllib.parse import parse_qsl

    filters = parse(parse_qsl(question))
    assert found(rt, filters) == expected
    with rt.read() as ctx:
        assert queries.find(ctx, filters).total == len(expected)


@pytest.mark.parametrize(
    ("typed", "meant", "title"),
    [("colt harbor", "cold harbour", "Cold Harbour"), ("laterns", "lanterns", "Paper Lanterns"),
     ("stasse", "strasse", "Größe der Straße"), ("rsut", "rust", "Rust")],
)  # fmt: skip
def test_a_misspelled_word_is_corrected_and_said(
    rt: Runtime, catalogue: dict[str, UUID], typed: str, meant: str, title: str
) -> None:
    with rt.read() as ctx:
        page = queries.explore_page(ctx, parse([("q", typed)]))
    assert (page.corrected, [r.title for r in page.rows]) == (meant, [title])


def test_nonsense_is_not_corrected_into_something_else(
    rt: Runtime, catalogue: dict[str, UUID]
) -> None:
    with rt.read() as ctx:
        page = queries.explore_page(ctx, parse([("q", "xqzvwk")]))
    assert (page.corrected, page.rows) == ("", [])


def test_orders(rt: Runtime, catalogue: dict[str, UUID]) -> None:
    with rt.write(make_fan(rt)) as ctx:
        count_play(ctx, recording_id=catalogue["Paper Lanterns"])
    assert titles(rt, Filters())[0] == "Rust"
    assert titles(rt, Filters(sort=Sort.POPULAR))[0] == "Paper Lanterns"
    by_price = titles(rt, Filters(sort=Sort.PRICE))
    assert (by_price[0], by_price[-1]) == ("Paper Lanterns", "Rust")


def test_counts_do_not_narrow_themselves(rt: Runtime, catalogue: dict[str, UUID]) -> None:
    with rt.read() as ctx:
        counts = queries.facets(ctx, Filters(genres=("drill",), moods=("dark",)))
    assert counts.genres == {"drill": 1}, "other genres have no dark recording"
    with rt.read() as ctx:
        counts = queries.facets(ctx, Filters(genres=("drill",)))
    assert counts.genres == {"drill": 1, "trap": 1, "lo-fi": 1, "house": 1}
    assert counts.moods == {"dark": 1}
    assert counts.keys == {BY_CAMELOT["4A"]: 1}
    assert (counts.tiers["mp3_lease"], counts.tiers["wav_lease"], counts.free) == (1, 1, 0)


@pytest.mark.parametrize("sort", [Sort.NEW, Sort.POPULAR, Sort.PRICE])
def test_pages_show_everything_once(
    rt: Runtime, ash: Actor, clock: MovableClock, sort: Sort
) -> None:
    for number in range(26):
        clock.move(seconds=number % 3)
        prices = {"mp3_lease": 1000 + 100 * (number % 4)}
        make_recording(rt, ash, title=f"Piece {number}", prices=prices, is_digested=False)
    seen: list[UUID] = []
    filters = Filters(sort=sort)
    with rt.read() as ctx:
        for _ in range(2):
            page = queries.find(ctx, filters)
            seen += page.ids
            filters = Filters(sort=sort, after=page.next)
    assert page.next == ""
    assert len(seen) == len(set(seen)) == page.total == 26


def test_ranked_pages_go_on(rt: Runtime, ash: Actor) -> None:
    for number in range(30):
        make_recording(rt, ash, title=f"Harbour {number}", is_digested=False)
    with rt.read() as ctx:
        first = queries.find(ctx, parse([("q", "harbour")]))
        second = queries.find(ctx, parse([("q", "harbour"), ("after", first.next)]))
    assert (len(first.ids), len(second.ids), second.next) == (24, 6, "")
    assert not set(first.ids) & set(second.ids)


@pytest.mark.parametrize(
    "hostile",
    ["x~y", "2026-13-99~" + "0" * 36, "~", "9" * 80, "-1", "1e9", "7", "48", f"0~{SOME_ID}",
     f"2020-01-01T00:00:00+00:00~{SOME_ID}"],
)  # fmt: skip
def test_a_made_up_cursor_begins_at_the_start(
    rt: Runtime, catalogue: dict[str, UUID], hostile: str
) -> None:
    for sort in Sort:
        filters = parse([("q", "verell"), ("sort", str(sort)), ("after", hostile)])
        assert len(found(rt, filters)) == 2


def hide_by_withdrawing(rt: Runtime, ash: Actor, recording_id: UUID) -> None:
    with rt.write(ash) as ctx:
        withdraw(ctx, recording_id=recording_id)


def hide_by_takedown(rt: Runtime, _ash: Actor, recording_id: UUID) -> None:
    with rt.write(make_admin(rt)) as ctx:
        mark_taken_down(ctx, recording_id=recording_id, reason="Uncleared sample.")


@pytest.mark.parametrize("hide", [hide_by_withdrawing, hide_by_takedown])
def test_what_is_hidden_is_found_by_nobody_at_once(
    rt: Runtime,
    ash: Actor,
    catalogue: dict[str, UUID],
    hide: Callable[[Runtime, Actor, UUID], None],
) -> None:
    found(rt, Filters())  # now the counts of the plain list are kept for a minute
    hide(rt, ash, catalogue["Rust"])
    assert "Rust" not in found(rt, Filters())
    assert found(rt, parse([("q", "rust")])) == set()
    with rt.read() as ctx:
        assert not [s for s in queries.suggest(ctx, "rus") if s.title == "Rust"]


def test_suggestions_are_people_and_recordings(rt: Runtime, catalogue: dict[str, UUID]) -> None:
    with rt.read() as ctx:
        said = queries.suggest(ctx, "mik")
    assert (said[0].kind, said[0].title) == ("producer", "Mikó Tänn")
    assert {s.title for s in said if s.kind == "recording"} == {
        "Paper Lanterns",
        "Größe der Straße",
    }
    with rt.read() as ctx:
        assert queries.suggest(ctx, "'); --") == ()


def test_explore_asks_few_questions(
    rt: Runtime, catalogue: dict[str, UUID], query_count: Callable[[int], object]
) -> None:
    with query_count(6), rt.read() as ctx:  # type: ignore[attr-defined]
        queries.explore_page(ctx, Filters(genres=("drill",)))


def test_the_lexicon_is_made_of_live_recordings_only(
    rt: Runtime, miko: Actor, catalogue: dict[str, UUID], clock: MovableClock
) -> None:
    hide_by_withdrawing(rt, miko, catalogue["Paper Lanterns"])
    clock.now += timedelta(minutes=1)
    with rt.write(SYSTEM) as ctx:
        rebuild_word_index(ctx)
    with rt.read() as ctx:
        assert queries.correct(ctx, "laterns") == ""
