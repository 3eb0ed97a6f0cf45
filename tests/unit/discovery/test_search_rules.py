"""Questions in addresses: read back as written, whatever a hostile bar contains."""

from dataclasses import replace
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.business.licensing.enums import LicenseTier
from indii.catalog.recordings.enums import Genre, Mood
from indii.discovery.search import rules
from indii.discovery.search.rules import Cursor, Filters, Sort
from indii.kernel.music_keys import BY_CAMELOT


def subset(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(values)).map(
        lambda chosen: tuple(v for v in values if v in chosen)
    )


@st.composite
def questions(draw: st.DrawFn) -> Filters:
    text = draw(st.sampled_from(["", "dark piano", "Straße", "a & b?c=d#e", "140"]))
    lo, hi = sorted(draw(st.tuples(st.integers(40, 220), st.integers(40, 220))))
    sorts = [s for s in Sort if text or s is not Sort.BEST]
    return Filters(
        text=text,
        genres=draw(subset([str(g) for g in Genre])),
        moods=draw(subset([str(m) for m in Mood])),
        bpm=draw(st.sampled_from([None, (lo, hi)])) if (lo, hi) != (40, 220) else None,
        half_double=draw(st.booleans()),
        key=draw(st.sampled_from([None, *BY_CAMELOT.values()])),
        compatible_keys=draw(st.booleans()),
        price_max=draw(st.sampled_from([None, 1, 30, 99_999])),
        tier=draw(st.sampled_from(["", *(str(t) for t in LicenseTier)])),
        is_free=draw(st.booleans()),
        sort=draw(st.sampled_from(sorts)),
        after=draw(st.sampled_from(["", f"12~{uuid4()}"])),
    )


@given(questions())
def test_an_address_is_read_back_as_it_was_written(question: Filters) -> None:
    assert rules.parse(parse_qsl(rules.to_query(question))) == question


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=300)), max_size=80))
def test_any_address_is_a_question(params: list[tuple[str, str]]) -> None:
    question = rules.parse(params)
    assert rules.parse(parse_qsl(rules.to_query(question))) == question


names = st.sampled_from(
    ["q", "genre", "mood", "bpm", "half", "key", "near", "max", "tier", "free", "sort", "after"]
)


@given(st.lists(st.tuples(names, st.text(max_size=300)), max_size=30))
def test_known_names_with_any_value_are_a_question(params: list[tuple[str, str]]) -> None:
    rules.tsquery(rules.parse(params).text)


def test_half_and_double_time_are_ranges_of_their_own() -> None:
    question = Filters(bpm=(70, 75), half_double=True)
    assert question.bpm_ranges == ((70, 75), (35, 37.5), (140, 150))


def test_compatible_keys_are_the_neighbours_and_the_relative() -> None:
    question = Filters(key=BY_CAMELOT["8A"], compatible_keys=True)
    assert set(question.keys) == {BY_CAMELOT[k] for k in ("8A", "7A", "9A", "8B")}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("dark trap", "'dark' & 'trap':*"),
        ("Straße", "'strasse':*"),
        ("crème brûlée", "'creme' & 'brulee':*"),
        ("it's & !(a|b):*", "'its' & 'a' & 'b':*"),
        ("'; DROP TABLE recording; --", "'drop' & 'table' & 'recording':*"),
        ("   ", ""),
        ("--", ""),
    ],
)
def test_words_become_a_query_that_postgres_can_read(text: str, query: str) -> None:
    assert rules.tsquery(text) == query


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [("metor", "metro", 1), ("piano", "piano", 0), ("pinao", "piano", 1), ("drll", "drill", 1),
     ("ambeint", "ambient", 1), ("ambinte", "ambient", 2), ("trap", "drill", 4), ("", "abc", 3)],
)  # fmt: skip
def test_swapped_letters_are_one_slip(a: str, b: str, slips: int) -> None:
    allowed = 1 if len(a) <= 4 else 2
    assert rules.nearest_word(a, [(b, 1)]) == (b if slips <= allowed else None)


def test_the_nearest_word_is_the_more_common_of_two_as_near() -> None:
    assert rules.nearest_word("pianp", [("piano", 3), ("pians", 9)]) == "pians"
    assert rules.nearest_word("metor", [("meteor", 1), ("metro", 5)]) == "metro"
    assert rules.nearest_word("zzzzzz", [("piano", 3)]) is None


def test_a_short_word_may_differ_by_one_letter_only() -> None:
    assert rules.nearest_word("trpa", [("trap", 1)]) == "trap"
    assert rules.nearest_word("abcd", [("trap", 1)]) is None


def test_a_cursor_is_read_back_or_dropped() -> None:
    cursor = Cursor("2026-11-20T12:00:00+00:00", uuid4())
    assert rules.parse_cursor(str(cursor)) == cursor
    assert rules.parse_cursor("12~not-a-uuid") is None
    assert rules.parse_cursor("") is None


def test_words_sort_by_match_and_none_by_date() -> None:
    assert rules.parse([("q", "piano")]).sort is Sort.BEST
    assert rules.parse([("q", ""), ("sort", "best")]).sort is Sort.NEW
    assert rules.href(replace(Filters(), text="piano", sort=Sort.BEST)) == "/explore?q=piano"
