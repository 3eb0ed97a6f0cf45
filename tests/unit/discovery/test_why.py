"""Reasons come from numbers, and only from numbers that hold."""

from hypothesis import given
from hypothesis import strategies as st

from indii.discovery.similar.rules import CLOSE_BPM, Traits, why
from indii.kernel.music_keys import BY_CAMELOT, camelot, compatible

share = st.floats(0, 1)
traits = st.builds(
    Traits,
    bpm=st.none() | st.floats(40, 220),
    key=st.none() | st.integers(0, 23),
    energy=share,
    brightness=share,
    low_end=share,
    density=share,
    tags=st.lists(st.sampled_from(["dark", "808", "piano"]), unique=True),
)


def plain(**facts: object) -> Traits:
    middle = {"energy": 0.5, "brightness": 0.5, "low_end": 0.5, "density": 0.5}
    return Traits(**({"bpm": None, "key": None} | middle | facts))  # type: ignore[arg-type]


@given(traits, traits)
def test_no_reason_is_claimed_that_the_numbers_do_not_bear_out(a: Traits, b: Traits) -> None:
    said = why(a, b)
    assert said.count(",") <= 2
    if "same key" in said:
        assert a.key == b.key is not None
    if "compatible key" in said:
        assert a.key is not None
        assert b.key in compatible(a.key)
    if "bpm apart" in said or "same tempo" in said:
        assert a.bpm is not None
        assert b.bpm is not None
        assert min(abs(a.bpm * f - b.bpm) for f in (0.5, 1, 2)) <= CLOSE_BPM
    if "both" in said:
        assert set(a.tags) & set(b.tags)
    if "heavy low end" in said:
        assert a.low_end + b.low_end > 1


def test_the_first_reasons_are_key_and_tempo() -> None:
    a = plain(bpm=140.0, key=BY_CAMELOT["4A"], tags=["dark"])
    b = plain(bpm=144.0, key=BY_CAMELOT["4A"], tags=["dark", "808"])
    assert why(a, b) == "same key (4A), 4 bpm apart, both tagged dark"


def test_double_time_is_named() -> None:
    assert "at double time" in why(plain(bpm=70.0), plain(bpm=141.0))


def test_shared_instruments_come_before_other_tags() -> None:
    one, other = plain(tags=["dark", "808", "piano"]), plain(tags=["piano", "808", "dark"])
    assert why(one, other) == "both use 808s and piano"
    assert why(one, plain(tags=["808"])) == "both use 808s"


def test_without_any_shared_fact_the_overall_sound_is_said() -> None:
    assert why(plain(), plain()) == "similar overall sound"


def test_every_key_has_one_place_on_the_wheel() -> None:
    assert len({camelot(key) for key in range(24)}) == 24
    assert all(key in compatible(key) and len(set(compatible(key))) == 4 for key in range(24))
