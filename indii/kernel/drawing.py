"""Draws what a recording sounds like: generated covers, row waveforms, readable colours.

Pure functions of the sound: no I/O, no clock, no randomness beyond the seed. A cover has no
`id` in it, so any number of them may stand inline in one document.
"""

from __future__ import annotations

import colorsys
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from indii.kernel.colors import (
    contrast,
    luminance,
    mix,
    readable_mix,
    readable_pair,
    to_hex,
    to_rgb,
)
from indii.kernel.cover_families import FAMILIES, SIDE, Palette, Sound, SplitMix64

__all__ = ["BANDS", "COVER_BYTES", "Cover", "contrast", "cover_svg", "readable_pair", "wave_path"]

BANDS = 64
COVER_BYTES = 1600


@dataclass(frozen=True, slots=True)
class Cover:
    """An SVG of at most `COVER_BYTES` and two colours: what lies behind text, what is drawn."""

    svg: str
    colors: tuple[str, str]


# Three inks each. Mostly dark grounds, as a wall of covers on a dark page wants; a few papers.
_PALETTES = (
    Palette("#2b0f1e", "#ff7a59", "#ffd2a8"),
    Palette("#0d2233", "#57c7ff", "#d9f4ff"),
    Palette("#1d2a12", "#b7e34b", "#f3ffd0"),
    Palette("#2a2140", "#b79bff", "#f0e6ff"),
    Palette("#331c0a", "#ffb02e", "#fff0c9"),
    Palette("#10302b", "#3fe0b4", "#dcfff4"),
    Palette("#3a1010", "#ff5d55", "#ffd9d2"),
    Palette("#20242b", "#e9e4d8", "#ff8a5c"),
    Palette("#1c1038", "#ff6fb5", "#ffe0ef"),
    Palette("#13291f", "#ffb48a", "#fff1e4"),
    Palette("#15237a", "#ffd84d", "#ffffff"),
    Palette("#0d4743", "#f6d68f", "#ffffff"),
    Palette("#efe6d2", "#b92f0f", "#1c1917"),
    Palette("#e4e8e4", "#1d46c4", "#0f1220"),
    Palette("#a8381a", "#ffe6cb", "#240d06"),
    Palette("#f2d3cd", "#7a1f3d", "#2a0a18"),
)


def _turned(color: str, degrees: float) -> str:
    h, lightness, s = colorsys.rgb_to_hls(*(v / 255 for v in to_rgb(color)))
    r, g, b = colorsys.hls_to_rgb((h + degrees / 360) % 1, lightness, s)
    return to_hex((round(r * 255), round(g * 255), round(b * 255)))


def _palette(pick: float, turn: float) -> Palette:
    chosen = _PALETTES[int(pick * len(_PALETTES)) % len(_PALETTES)]
    ground, main = (_turned(c, (turn - 0.5) * 24) for c in (chosen.ground, chosen.main))
    dark = luminance(to_rgb(ground)) < 0.18
    return Palette(
        ground, readable_mix(to_rgb(main), 255 if dark else 0, to_rgb(ground)), chosen.spark
    )


@cache
def _weights(trait: int, size: int) -> tuple[float, ...]:
    chance = SplitMix64(0xC0FFEE + trait * 7919)
    raw = [chance(-1, 1) for _ in range(size)]
    # Zero-sum, so that an offset which all embeddings of a model share falls out.
    mean = sum(raw) / size
    return tuple(w - mean for w in raw)


def _traits(vector: Sequence[float], chance: SplitMix64, count: int = 6) -> tuple[float, ...]:
    """Return `count` numbers in 0..1 that move slowly with the vector, near for near sounds."""
    norm = math.sqrt(sum(float(v) * float(v) for v in vector))
    if not norm:
        return tuple(chance() for _ in range(count))
    dots = (
        sum(w * float(v) for w, v in zip(_weights(t, len(vector)), vector, strict=True)) / norm
        for t in range(count)
    )
    # Wrapped round more than once: a catalogue of one genre still uses every palette.
    return tuple((dot * 2.7 + 0.5) % 1.0 for dot in dots)


def _profile(bands: bytes) -> tuple[float, ...]:
    values = [b / 255 for b in bands] or [0.5] * BANDS
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return tuple((v - low) / span for v in values)


def cover_svg(vector: Sequence[float], bands: bytes, seed: str) -> Cover:
    """Draw the cover of a recording: same sound and seed, same bytes; at most `COVER_BYTES`.

    `vector` is an embedding of any length, `bands` the mean energy of 64 bands from low to
    high, `seed` the recording's id, which tells twins apart.
    """
    chance = SplitMix64(int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest()))
    traits = _traits(vector, chance)
    palette = _palette(traits[0], traits[2])
    family = FAMILIES[int(traits[1] * len(FAMILIES)) % len(FAMILIES)]
    body = family(Sound(_profile(bands), traits, chance), palette)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
        f'<path fill="{palette.ground}" d="M0 0h200v200H0z"/>{body}</svg>'
    )
    wash = mix(to_rgb(palette.ground), to_rgb(palette.main), 0.25)
    if luminance(to_rgb(palette.ground)) > 0.18:
        wash = to_rgb(palette.main)
    return Cover(svg, (to_hex(wash), palette.main))


def wave_path(peaks: bytes, bars: int = 64, height: int = 30) -> str:
    """Return the `d` of a row's waveform, one upright line a bar, 4 units apart.

    For `viewBox="0 0 {4 * bars} {height}"`, to be stroked about 2.6 wide with round caps. A bar is
    the mean of its peaks, the tallest as tall as the loudest peak: their maximum would draw every
    mastered recording as one brick.
    """
    room = height - 3
    means = [
        fmean(peaks[i * len(peaks) // bars : (i + 1) * len(peaks) // bars] or b"\0")
        for i in range(bars)
    ]
    scale = max(peaks, default=0) / max(*means, 1) / 255 * room
    talls = [max(1, min(room, round(mean * scale))) for mean in means]
    return "".join(f"M{4 * i + 2} {(height - tall) // 2}v{tall}" for i, tall in enumerate(talls))
