"""The demo catalogue: complete, consistent, legal to publish."""

from __future__ import annotations

import re

from indii.demo.catalogue import EXCLUSIVE, GENRES, MP3, PRODUCERS, RECORDINGS, STEMS, key_number
from indii.demo.synth import STYLES
from indii.demo.synth.palette import INSTRUMENTS
from indii.demo.synth.song import form

TIERS = ("mp3_lease", "wav_lease", "stems_lease", "unlimited_lease", "exclusive")


def test_24_recordings_by_6_producers_in_8_styles() -> None:
    assert len(RECORDINGS) == 24
    assert len(PRODUCERS) == 6
    assert {r.producer for r in RECORDINGS} == {p.slug for p in PRODUCERS}
    assert {r.style for r in RECORDINGS} == set(STYLES) == set(GENRES)
    assert {r.style for r in RECORDINGS[:12]} == set(STYLES)
    assert sum(r.stems for r in RECORDINGS) == 4
    assert all(r.ai_use == "none" for r in RECORDINGS)


def test_names_and_slugs_are_unique_and_clean() -> None:
    for things in (RECORDINGS, PRODUCERS):
        slugs = [thing.slug for thing in things]
        assert len(set(slugs)) == len(slugs)
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)
    assert len({r.title for r in RECORDINGS}) == 24
    assert len({p.email_local for p in PRODUCERS}) == 6
    assert all(1 <= len(r.tags) <= 4 for r in RECORDINGS)


def test_tiers_are_legal_and_rise_in_price() -> None:
    for r in RECORDINGS:
        assert set(r.tiers) <= set(TIERS)
        assert (STEMS in r.tiers) == r.stems
        prices = [r.tiers[tier] for tier in TIERS if tier in r.tiers]
        assert prices == sorted(prices)
        assert all(isinstance(p, int) and p >= 0 for p in prices)
        assert all(price > 0 for tier, price in r.tiers.items() if tier != MP3)
        assert r.tiers.get(EXCLUSIVE, 1) > 0
    assert 3 <= sum(r.tiers[MP3] == 0 for r in RECORDINGS) <= 6


def test_what_a_page_says_is_what_is_rendered() -> None:
    for r in RECORDINGS:
        assert (r.spec.style, r.spec.bpm, r.spec.key) == (r.style, r.bpm, r.key)
        assert {r.spec.harmony, r.spec.lead} <= set(INSTRUMENTS)
    assert len({(r.spec.style, r.spec.seed) for r in RECORDINGS}) == 24
    assert len({(r.bpm, r.key) for r in RECORDINGS}) == 24


def test_all_pieces_last_45_to_60_seconds() -> None:
    for r in RECORDINGS:
        sections = form(r.spec, 4.0)
        seconds = sections[-1].end * 60 / r.bpm
        assert seconds + 3.2 >= 45, r.slug
        assert seconds + 6.0 <= 60, r.slug


def test_key_names_are_read() -> None:
    assert key_number("C major") == 0
    assert key_number("F# minor") == 18
