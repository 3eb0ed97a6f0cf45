"""Draws what a recording sounds like: generated covers, row waveforms, readable colours.

Pure functions of the sound: no I/O, no clock, no randomness beyond the seed. A cover has no
`id` in it, so any number of them may stand inline in one document.
"""

from __future__ import annotations

import colorsys
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
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

__all__ = ["BANDS", "COVER_BYTES", "Cover", "contrast", "cover_svg", "readable_pair", "wave_path"]

BANDS = 64
COVER_BYTES = 1600


SIDE = 200
"""A cover is a square of so many units; each family draws one body on it."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Three inks as `#rrggbb`: what is drawn on, what it is drawn with, what stands out."""

    ground: str
    main: str
    spark: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What a family draws from: the profile (0..1 by band), six traits in 0..1, and chance."""

    profile: tuple[float, ...]
    traits: tuple[float, ...]
    chance: SplitMix64

    def at(self, share: float) -> float:
        """Return the profile at `share` (0..1) of the spectrum, interpolated."""
        x = min(max(share, 0.0), 1.0) * (len(self.profile) - 1)
        low = int(x)
        high = min(low + 1, len(self.profile) - 1)
        return self.profile[low] + (self.profile[high] - self.profile[low]) * (x - low)


class SplitMix64:
    """SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def __call__(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return the next number in `low`..`high`."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return low + (high - low) * ((z ^ (z >> 31)) >> 11) / (1 << 53)


_MASK = (1 << 64) - 1


def _path(d: str, stroke: str, width: float, *, fill: str = "none") -> str:
    return f'<path d="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>'


def _lines(points: Sequence[tuple[int, int]], command: str) -> str:
    """Return relative coordinates after `command`, with no character that SVG can do without."""
    out = command
    for x, y in points:
        for value in (x, y):
            out += str(value) if value < 0 or not out[-1].isdigit() else f" {value}"
    return out


def _steps(ys: Sequence[int], dx: int) -> str:
    return _lines([(dx, b - a) for a, b in pairwise(ys)], "l")


def _ridges(s: Sound, p: Palette) -> str:
    """Draw horizons behind horizons, each the spectrum once more."""
    center, out = 60 + 80 * s.traits[3], ""
    for k in range(12):
        base = 52 + k * 11
        ys = []
        for i in range(17):
            bell = math.exp(-((i * 13 - center - 14 * math.sin(k * 1.3)) ** 2) / 1900)
            lift = s.at(((i * 3 + k * 5) % 34) / 33) * 0.6 + s.chance(0.1, 0.7)
            ys.append(round(base - bell * lift * 44 - s.chance(0, 2)))
        out += f'<path d="M-2 {ys[0]}{_steps(ys, 13)}V210H-2z"'
        out += f' stroke="{p.spark}"/>' if k % 5 == 2 else "/>"
    return f'<g fill="{p.ground}" stroke="{p.main}" stroke-width="2">{out}</g>'


def _burst(s: Sound, p: Palette) -> str:
    """Draw rays around an open middle; bass upward, air downward, both sides alike."""
    rays, inner = 66, 22 + round(16 * s.traits[3])
    strokes = {p.main: "", p.spark: ""}
    for k in range(rays):
        angle = 2 * math.pi * k / rays
        share = abs((k / rays * 2 + s.traits[4]) % 2 - 1)
        far = (12 + 52 * s.at(share) ** 0.8) * s.chance(0.72, 1.12)
        x, y = (100 + inner * f(angle) for f in (math.sin, math.cos))
        ray = _lines([(round(far * math.sin(angle)), round(far * math.cos(angle)))], "l")
        strokes[p.spark if k % 7 == 0 else p.main] += f"M{round(x)} {round(y)}{ray}"
    body = "".join(f'<path stroke="{c}" d="{d}"/>' for c, d in strokes.items())
    return f'<g stroke-width="3.4" stroke-linecap="round">{body}</g>'


def _dots(s: Sound, p: Palette) -> str:
    """Draw a lit field: columns are bands, rows fall away from a centre of their own."""
    sizes: dict[int, str] = {}
    sparks = ""
    a, b = 0.45 + s.traits[3] * 0.5, 0.4 + s.traits[4] * 0.5
    for i in range(11):
        for j in range(11):
            wave = math.sin(i * a + s.traits[5] * 6) * math.cos(j * b + s.traits[3] * 6)
            size = round(5.5 + 5 * wave + 5 * (s.at(i / 10) - 0.4) + s.chance(-1, 1))
            dot = f"M{20 + 16 * i} {20 + 16 * j}h0"
            if size > 3 and (i * 3 + j * 5) % 17 == 0:
                sparks += dot
            else:
                step = min(14, max(2, size - size % 3 + 2))
                sizes[step] = sizes.get(step, "") + dot
    body = "".join(f'<path stroke-width="{w}" d="{d}"/>' for w, d in sorted(sizes.items()))
    lit = f'<path stroke="{p.spark}" stroke-width="9" d="{sparks}"/>'
    return f'<g stroke="{p.main}" stroke-linecap="round">{body}{lit}</g>'


def _rings(s: Sound, p: Palette) -> str:
    """Draw a record cut into arcs, each as long as its band is loud."""
    out = ""
    for k in range(11):
        radius = 12 + k * 8
        around = 2 * math.pi * radius
        arc = around * (0.3 + 0.55 * s.at(k / 10) + s.chance(-0.1, 0.1))
        turn = round(360 * (s.traits[4] + k * (0.05 + 0.2 * s.traits[5]) + s.chance(0, 0.1))) % 360
        ink = f' stroke="{p.spark}"' if k % 4 == 1 else ""
        out += (
            f'<circle r="{radius}" stroke-dasharray="{round(arc)} {round(around - arc)}"'
            f' transform="rotate({turn})"{ink}/>'
        )
    return (
        f'<g fill="none" stroke="{p.main}" stroke-width="{4 if s.traits[3] < 0.5 else 5.5}"'
        f' stroke-linecap="round" transform="translate(100 100)">{out}</g>'
    )


def _contours(s: Sound, p: Palette) -> str:
    """Draw the height lines of a hill whose outline is the spectrum's first few harmonics."""
    low = [s.at(k / 6) for k in range(1, 6)]
    shift = [s.chance(0, 6.283) for _ in low]
    cx, cy = 100 + round(40 * (s.traits[3] - 0.5)), 100 + round(40 * (s.traits[4] - 0.5))
    out = ""
    for k in range(9):
        corners = []
        for i in range(11):
            t = 2 * math.pi * i / 11
            wave = sum(
                v * math.sin((n + 1) * t + f + k * 0.09) / (n + 2)
                for n, (v, f) in enumerate(zip(low, shift, strict=True))
            )
            r = (9 + 13.5 * k) * (1 + 0.42 * wave)
            corners.append((cx + r * math.cos(t), cy + r * math.sin(t)))
        out += f'<path d="{_closed(corners)}"' + (f' stroke="{p.spark}"/>' if k % 4 == 1 else "/>")
    return f'<g fill="none" stroke="{p.main}" stroke-width="2.6">{out}</g>'


def _closed(corners: Sequence[tuple[float, float]]) -> str:
    """Return a closed quadratic B-spline (rounded corners) through the middles of the sides."""
    around = [*corners[1:], corners[0]]
    middles = [
        (round((a[0] + b[0]) / 2), round((a[1] + b[1]) / 2))
        for a, b in zip(corners, around, strict=True)
    ]
    x, y = middles[-1]
    points = []
    for corner, middle in zip(corners, middles, strict=True):
        points += [(round(corner[0]) - x, round(corner[1]) - y), (middle[0] - x, middle[1] - y)]
        x, y = middle
    return f"M{middles[-1][0]} {middles[-1][1]}{_lines(points, 'q')}"


def _weave(s: Sound, p: Palette) -> str:
    """Draw cloth: warp in one ink, weft in the other, over and under in turn."""
    count = 5
    gap = SIDE // count
    wide = [round(9 + 20 * s.at(k / (count - 1))) for k in range(count)]
    warp = weft = over = ""
    for i in range(count):
        x = gap * i + gap // 2
        warp += f'<path d="M{x} -9v218" stroke-width="{wide[i]}"/>'
        weft += f'<path d="M-9 {x}h218" stroke-width="{wide[-1 - i]}"/>'
        crossings = [gap * j for j in range(count) if (i + j) % 2]
        shadow = "".join(f"M{x} {y + 3}v{gap - 6}" for y in crossings)
        # Longer than its shadow, or the edge of the shadow shows through as a hairline.
        over += f'<path d="{shadow}" stroke="{p.ground}" stroke-width="{wide[i] + 7}"/>'
        marks = "".join(f"M{x} {y}v{gap}" for y in crossings)
        over += f'<path d="{marks}" stroke-width="{wide[i]}"/>'
    turn = round(s.traits[3] * 3) * 45
    # Laid askew it has to reach the corners.
    large = "scale(1.45)" if turn % 90 else ""
    cloth = f'{warp}<g stroke="{p.spark}">{weft}</g>{over}'
    return (
        f'<g stroke="{p.main}" transform="translate(100 100)rotate({turn}){large}'
        f'translate(-100 -100)">{cloth}</g>'
    )


def _tiles(s: Sound, p: Palette) -> str:
    """Draw quarter turns laid at the sound's will (Truchet's tiles, as Smith drew them)."""
    inks = {p.main: "", p.spark: ""}
    for i in range(5):
        for j in range(5):
            x, y = 40 * i, 40 * j
            flip = s.at((i * 5 + j) / 24) * 0.5 + s.chance(0, 0.6) > 0.45
            pair = (
                f"M{x + 20} {y}q0 20-20 20M{x + 40} {y + 20}q-20 0-20 20"
                if flip
                else f"M{x + 20} {y}q0 20 20 20M{x} {y + 20}q20 0 20 20"
            )
            inks[p.spark if s.chance() < 0.16 else p.main] += pair
    width = 7 + round(8 * s.traits[3])
    body = "".join(f'<path d="{d}" stroke="{c}"/>' for c, d in inks.items())
    return f'<g fill="none" stroke-linecap="round" stroke-width="{width}">{body}</g>'


def _strata(s: Sound, p: Palette) -> str:
    """Draw a coast at dusk: layers from far to near, a sun as high as the sound is bright."""
    ground, main = to_rgb(p.ground), to_rgb(p.main)
    bright = max(
        range(len(s.profile)), key=lambda k: s.profile[k] + 0.3 * k / len(s.profile)
    ) / len(s.profile)
    sun = f'<circle cx="{round(40 + 120 * s.traits[3])}" cy="{round(88 - 50 * bright)}"'
    out = f'{sun} r="{round(17 + 12 * s.traits[4])}" fill="{p.spark}"/>'
    for k in range(7):
        base = 78 + 19 * k
        ys = [
            round(base - 26 * s.at((k * 0.13 + i / 9) % 1) * (1 - k / 11) + s.chance(-6, 6))
            for i in range(10)
        ]
        d = f"M-10 {ys[0]}"
        for i in range(1, 9, 2):
            d += _lines([(28, 2 * (ys[i] - ys[i - 1])), (56, ys[i + 1] - ys[i - 1])], "q")
        tone = to_hex(mix(main, ground, 0.12 + 0.84 * k / 6))
        out += f'<path fill="{tone}" d="{d}V200H-10z"/>'
    return out


def _moire(s: Sound, p: Palette) -> str:
    """Draw two sources at once: their rings meet where the two halves of the spectrum differ."""
    apart = 22 + 34 * s.traits[3]
    angle = 6.283 * s.traits[4]
    out = ""
    for ink, sign, shift in ((p.main, 1, 0.0), (p.spark, -1, 0.5)):
        x, y = (round(100 + sign * apart * f(angle)) for f in (math.cos, math.sin))
        rings = "".join(
            f'<circle r="{round(15 * k + 6 + 7 * s.at((k / 10 + shift) % 1))}"/>' for k in range(11)
        )
        out += f'<g stroke="{ink}" transform="translate({x} {y})">{rings}</g>'
    return f'<g fill="none" stroke-width="4">{out}</g>'


def _pillars(s: Sound, p: Palette) -> str:
    """Draw the spectrum standing up, mirrored, one pillar lit."""
    count = 13
    lit = int(s.traits[3] * count)
    lines = ["", ""]
    for i in range(count):
        half = round(7 + 60 * s.at(i / (count - 1)) * s.chance(0.8, 1.05))
        lean = round(14 * math.sin(i * 0.5 + 6 * s.traits[4]))
        lines[i == lit] += f"M{16 + 14 * i} {100 + lean - half}v{2 * half}"
    return (
        f'<g stroke-width="8" stroke-linecap="round"><path stroke="{p.main}" d="{lines[0]}"/>'
        f'<path stroke="{p.spark}" d="{lines[1]}"/></g>'
    )


FAMILIES: tuple[Callable[[Sound, Palette], str], ...] = (
    _ridges,
    _burst,
    _dots,
    _rings,
    _contours,
    _weave,
    _tiles,
    _strata,
    _moire,
    _pillars,
)


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
