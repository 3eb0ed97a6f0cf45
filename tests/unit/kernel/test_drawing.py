"""Covers and waves are deterministic, small, safe to inline, and can be read in both themes."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indii.kernel.drawing import (
    BANDS,
    COVER_BYTES,
    FAMILIES,
    SplitMix64,
    contrast,
    cover_svg,
    readable_pair,
    wave_path,
)

WAVE_BYTES = 700
SURFACE = {"dark": "#151518", "light": "#fffdf8"}
MUTED = {"dark": "#a5a1a0", "light": "#5d5850"}

hex_colors = st.integers(0, 0xFFFFFF).map(lambda v: f"#{v:06x}")
band_profiles = st.binary(min_size=BANDS, max_size=BANDS)


def vector(seed: int, size: int = 512) -> list[float]:
    chance = SplitMix64(seed)
    raw = [chance(-1, 1) for _ in range(size)]
    norm = sum(v * v for v in raw) ** 0.5
    return [v / norm for v in raw]


def bands(seed: int) -> bytes:
    chance = SplitMix64(seed + 1)
    return bytes(int(chance(0, 256)) for _ in range(BANDS))


def test_same_sound_and_seed_draw_the_same_bytes():
    assert cover_svg(vector(3), bands(3), "a") == cover_svg(vector(3), bands(3), "a")


def test_the_seed_tells_twins_apart_but_keeps_the_family_likeness():
    one, two = (cover_svg(vector(5), bands(5), seed) for seed in ("a", "b"))
    assert one.colors == two.colors
    assert one.svg != two.svg


def test_a_near_sound_keeps_its_colours():
    chance = SplitMix64(9)
    near = [v + chance(-1e-4, 1e-4) for v in vector(8)]
    assert cover_svg(near, bands(8), "a").colors == cover_svg(vector(8), bands(8), "a").colors


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40), band_profiles, st.text(max_size=40))
def test_any_cover_is_small_well_formed_and_free_of_ids_and_text(seed, profile, name):
    svg = cover_svg(vector(seed), profile, name).svg
    assert len(svg.encode()) <= COVER_BYTES
    tags = [node.tag.rpartition("}")[2] for node in ET.fromstring(svg).iter()]
    assert set(tags) <= {"svg", "g", "path", "circle"}
    assert not re.search(r"\bid=|<text|url\(|nan|inf|\d\.\d{3}", svg)


def test_a_catalogue_uses_every_family_and_most_palettes():
    covers = [cover_svg(vector(s), bands(s), str(s)) for s in range(400)]
    grounds = {re.search(r'fill="(#\w+)"', c.svg).group(1)[:4] for c in covers}
    shapes = {re.sub(r"[^a-zA-Z<>]", "", re.sub(r'"[^"]*"', "", c.svg))[:60] for c in covers}
    assert len(grounds) > 30
    assert len(shapes) >= len(FAMILIES) - 2
    assert len(FAMILIES) >= 6


@pytest.mark.parametrize("profile", [b"", bytes(BANDS), b"\xff" * BANDS])
def test_silence_and_an_absent_profile_still_have_a_cover(profile):
    assert cover_svg([0.0] * 512, profile, "quiet").svg.startswith("<svg")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**40), band_profiles)
def test_what_is_drawn_stands_out_from_its_ground(seed, profile):
    cover = cover_svg(vector(seed), profile, "x")
    ground = re.search(r'fill="(#\w+)"', cover.svg).group(1)
    assert contrast(cover.colors[1], ground) >= 4.5


@given(hex_colors, hex_colors, st.sampled_from(["dark", "light"]))
def test_any_pair_becomes_readable(c1, c2, theme):
    behind, ink = readable_pair(c1, c2, theme)
    assert contrast(MUTED[theme], behind) >= 4.5
    assert contrast(ink, SURFACE[theme]) >= 4.5


def test_a_readable_pair_is_left_alone():
    assert readable_pair("#2b0f1e", "#ff7a59", "dark") == ("#2b0f1e", "#ff7a59")


@given(st.binary(max_size=800))
def test_a_wave_is_short_and_stays_inside_its_box(peaks):
    d = wave_path(peaks)
    assert len(d) <= WAVE_BYTES
    bars = re.findall(r"M(\d+) (\d+)v(\d+)", d)
    assert len(bars) == 64
    assert all(int(x) < 256 and int(y) >= 1 and int(y) + int(h) <= 29 for x, y, h in bars)


def test_louder_is_taller():
    heights = [int(h) for h in re.findall(r"v(\d+)", wave_path(bytes(range(256)), bars=16))]
    assert heights == sorted(heights)
    assert heights[-1] == 27
