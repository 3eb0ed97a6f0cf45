"""Colours that can be read: WCAG contrast, and pushing a colour until it has enough of it."""

from __future__ import annotations

import math
from typing import Literal

Rgb = tuple[int, int, int]
Theme = Literal["dark", "light"]

_GROUNDS: dict[Theme, tuple[Rgb, Rgb, int, int]] = {
    # muted text, surface, where a wash is pushed to, where an ink is pushed to
    "dark": ((165, 161, 160), (21, 21, 24), 0, 255),
    "light": ((93, 88, 80), (255, 253, 248), 255, 0),
}
_FLOOR = 4.5
_STEPS = 40


def readable_pair(c1: str, c2: str, theme: Theme) -> tuple[str, str]:
    """Return `c1` fit to lie behind muted text and `c2` fit to be text on a surface (>= 4.5:1).

    The player's colors.js does the same in the browser; the two are tested against each other.
    """
    muted, surface, away, toward = _GROUNDS[theme]
    return readable_mix(to_rgb(c1), away, muted), readable_mix(to_rgb(c2), toward, surface)


def contrast(a: str, b: str) -> float:
    """Return the WCAG 2 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    return _contrast(to_rgb(a), to_rgb(b))


def _contrast(a: Rgb, b: Rgb) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def luminance(rgb: Rgb) -> float:
    """Return the relative luminance of WCAG 2, 0 to 1."""
    r, g, b = (
        s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in (v / 255 for v in rgb)
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def readable_mix(rgb: Rgb, end: int, against: Rgb, floor: float = _FLOOR) -> str:
    """Return the nearest mix of `rgb` toward black or white that reads on `against`."""
    for step in range(_STEPS + 1):
        mixed = mix(rgb, (end, end, end), step / _STEPS)
        if _contrast(mixed, against) >= floor:
            return to_hex(mixed)
    return to_hex((end, end, end))


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """Return `a` moved by `share` (0..1) toward `b`; halves round up, as in the browser's copy."""
    r, g, c = (math.floor(x + (y - x) * share + 0.5) for x, y in zip(a, b, strict=True))
    return r, g, c


def to_rgb(color: str) -> Rgb:
    """Read `#rrggbb`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def to_hex(rgb: Rgb) -> str:
    """Write `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)
