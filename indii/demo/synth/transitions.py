"""Sounds between sections and under them: risers, impacts, crackle, air. All (2, n)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from indii.demo.synth.drums import crash, in_room
from indii.demo.synth.fx import biquad, chain, lowpass, sweep
from indii.demo.synth.score import Samples
from indii.demo.synth.tones import clock, count, fade, level, moving, noise, oscillate, soften


@lru_cache(maxsize=8)
def riser(seconds: float, seed: int) -> Samples:
    """Noise through an opening filter, growing, cut just before it lands."""
    n = count(seconds)
    path = np.geomspace(350.0, 6500.0, n)
    rising = sweep(noise(n, seed, 2), path, "bandpass")
    growth = np.linspace(0, 1, n, dtype=np.float32) ** 2.2
    return soften(level(rising * growth, 0.35), 0.05, 0.03)


def fall(seconds: float, seed: int) -> Samples:
    """Answer the riser: noise that sinks away."""
    n = count(seconds)
    sinking = sweep(noise(n, seed, 2), np.geomspace(5000.0, 220.0, n), "lowpass")
    return soften(level(sinking * fade(n, 3.2 / seconds), 0.3), 0.002, 0.2)


@lru_cache(maxsize=8)
def impact(seed: int) -> Samples:
    """Boom low with a room around it."""
    n = count(1.4)
    t = clock(n)
    boom = oscillate("sine", moving(44.0 * (1 + 1.2 * np.exp(-t * 18))), 90.0) * fade(n, 3.0)
    dust = lowpass(noise(n, seed), 1200.0) * fade(n, 9.0) * np.float32(0.25)
    return in_room(level((boom + dust).astype(np.float32), 0.5), 0.3, 1.2)


def reversed_cymbal(seconds: float, seed: int) -> Samples:
    """Play a cymbal backwards into the beat."""
    n = count(seconds)
    ring = crash(seed)[:, :n]
    return soften(np.ascontiguousarray(ring[:, ::-1]) * np.float32(0.5), 0.1, 0.01)


def crackle(seconds: float, seed: int, density: float = 9.0) -> Samples:
    """Vinyl: sparse clicks of many sizes and a breath of groove noise."""
    n = count(seconds)
    rng = np.random.default_rng(seed)
    clicks = np.zeros((2, n), dtype=np.float32)
    number = int(density * seconds)
    at = rng.integers(0, n, number)
    size = rng.pareto(2.6, number).clip(0, 6) * rng.choice([-1, 1], number)
    clicks[rng.integers(0, 2, number), at] = size
    clicks[:, at] += np.float32(0.4) * size.astype(np.float32)
    ticks = chain(clicks, biquad("highpass", 700.0), biquad("lowpass", 5200.0))
    groove = chain(noise(n, seed + 1, 2), biquad("lowpass", 2200.0), biquad("highpass", 120.0))
    # Settles and lifts with the needle: no abrupt end.
    return soften(ticks * np.float32(0.05) + groove * np.float32(0.0022), 0.4, 1.5)


def air(seconds: float, seed: int) -> Samples:
    """Wind or distant rain: slow, dark, moving noise."""
    n = count(seconds)
    grains = chain(noise(n, seed, 2), biquad("bandpass", 900.0, 0.4), biquad("lowpass", 3000.0))
    t = clock(n)
    sway = np.stack([1 + 0.5 * np.sin(0.5 * t + turn) for turn in (0.0, 1.7)])
    return soften((grains * sway * 0.05).astype(np.float32), 3.0, 3.0)
