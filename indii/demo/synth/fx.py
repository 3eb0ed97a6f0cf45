"""Filters, space, colour and modulation on (n,) or (2, n) float32 arrays at 44.1 kHz.

Biquads follow Bristow-Johnson's Audio EQ Cookbook.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve, sosfilt

from indii.demo.synth.score import Samples
from indii.demo.synth.tones import SR, clock, count, f32, fade, noise

Sos = NDArray[np.float64]


@lru_cache(maxsize=4096)
def biquad(kind: str, hz: float, q: float = 0.7071, gain_db: float = 0.0) -> Sos:
    """One second-order section: lowpass, highpass, bandpass, peak, lowshelf or highshelf."""
    w = 2 * np.pi * min(hz, 0.45 * SR) / SR
    cos, alpha = np.cos(w), np.sin(w) / (2 * q)
    a = 10 ** (gain_db / 40)
    if kind in ("lowpass", "highpass"):
        edge = 1 - cos if kind == "lowpass" else 1 + cos
        b = [edge / 2, edge if kind == "lowpass" else -edge, edge / 2]
        d = [1 + alpha, -2 * cos, 1 - alpha]
    elif kind == "bandpass":
        b, d = [alpha, 0.0, -alpha], [1 + alpha, -2 * cos, 1 - alpha]
    elif kind == "peak":
        b = [1 + alpha * a, -2 * cos, 1 - alpha * a]
        d = [1 + alpha / a, -2 * cos, 1 - alpha / a]
    else:
        s = 1 if kind == "lowshelf" else -1
        r = 2 * np.sqrt(a) * alpha
        b = [
            a * ((a + 1) - s * (a - 1) * cos + r),
            s * 2 * a * ((a - 1) - s * (a + 1) * cos),
            a * ((a + 1) - s * (a - 1) * cos - r),
        ]
        d = [
            (a + 1) + s * (a - 1) * cos + r,
            -s * 2 * ((a - 1) + s * (a + 1) * cos),
            (a + 1) + s * (a - 1) * cos - r,
        ]
    return np.asarray(np.array([*b, *d])[None, :] / d[0])


def chain(x: Samples, *sections: Sos) -> Samples:
    """Run biquads one after another over the last axis."""
    return f32(sosfilt(np.concatenate(sections), x, axis=-1))


def lowpass(x: Samples, hz: float, q: float = 0.7071) -> Samples:
    """12 dB an octave above ``hz`` removed."""
    return chain(x, biquad("lowpass", hz, q))


def highpass(x: Samples, hz: float, q: float = 0.7071) -> Samples:
    """12 dB an octave below ``hz`` removed."""
    return chain(x, biquad("highpass", hz, q))


def bandpass(x: Samples, hz: float, q: float = 1.0) -> Samples:
    """Only what lies around ``hz``."""
    return chain(x, biquad("bandpass", hz, q))


def sweep(x: Samples, cutoff: NDArray[np.floating], kind: str = "lowpass") -> Samples:
    """Filter with a cutoff that moves: coefficients change every 512 samples, state carries on."""
    block = 512
    out = np.empty_like(x)
    state = np.zeros((1, *x.shape[:-1], 2))
    for start in range(0, x.shape[-1], block):
        # Rounded to a thirtieth of an octave, so that coefficients come from the cache.
        hz = 2 ** (round(30 * float(np.log2(cutoff[start]))) / 30)
        piece = slice(start, start + block)
        out[..., piece], state = sosfilt(biquad(kind, hz, 0.9), x[..., piece], axis=-1, zi=state)
    return out


def drive(x: Samples, amount: float) -> Samples:
    """Tape-like saturation that keeps small signals where they are."""
    return f32(np.tanh(x * np.float32(amount)) / np.float32(amount))


def crush(x: Samples, bits: int = 12, hold: int = 2) -> Samples:
    """Sound like an early sampler: fewer bits, every sample held ``hold`` times."""
    steps = np.float32(2 ** (bits - 1))
    held = np.repeat(x[..., ::hold], hold, axis=-1)[..., : x.shape[-1]]
    return f32(np.round(held * steps) / steps)


@lru_cache(maxsize=32)
def room(seconds: float, top_hz: float, seed: int = 7) -> Samples:
    """Make a stereo impulse response (2, n): early reflections, a tail that darkens as it dies."""
    n = count(seconds * 1.25)
    grains = noise(n, seed, 2)
    decay = 6.91 / seconds
    body = lowpass(grains, 900.0) * fade(n, decay) * np.float32(1.5)
    sheen = lowpass(highpass(grains, 900.0), top_hz) * fade(n, 1.9 * decay)
    tail = (body + sheen) * (1 - fade(n, 90.0))
    rng = np.random.default_rng(seed + 1)
    for channel in (0, 1):
        for at in rng.uniform(0.006, 0.07, 9):
            tail[channel, count(float(at))] += np.float32(rng.choice([-1, 1]) * 9 * (0.08 - at))
    tail = chain(tail, biquad("highpass", 220.0), biquad("peak", 3200.0, 0.8, -3.0))
    tail *= np.linspace(1, 0, n, dtype=np.float32) ** 0.5
    return f32(tail / np.sqrt((tail**2).sum(axis=-1, keepdims=True)))


def reverberate(x: Samples, impulse: Samples, predelay_s: float = 0.018) -> Samples:
    """Answer (2, n) as the room would: same length, without the direct sound."""
    wet = oaconvolve(x, impulse, axes=-1)[:, : x.shape[-1]].astype(np.float32)
    return delayed(wet, count(predelay_s))


def delayed(x: Samples, samples: int) -> Samples:
    """Shift later, same length."""
    out = np.zeros_like(x)
    if samples < x.shape[-1]:
        out[..., samples:] = x[..., : x.shape[-1] - samples]
    return out


def echo(x: Samples, period_s: float, feedback: float = 0.45, taps: int = 5) -> Samples:
    """Ping-pong repeats of (2, n), each darker and softer, without the direct sound."""
    source = chain(x, biquad("highpass", 300.0), biquad("lowpass", 3600.0))
    out = np.zeros_like(x)
    step = count(period_s)
    for tap in range(1, taps + 1):
        flipped = source[::-1] if tap % 2 else source
        start = step * tap
        if start >= x.shape[-1]:
            break
        out[:, start:] += np.float32(feedback**tap) * flipped[:, : x.shape[-1] - start]
    return out


def bend(x: Samples, offset_s: NDArray[np.floating]) -> Samples:
    """Read with a moving delay (seconds, >= 0): chorus, vibrato, tape wow."""
    at = np.arange(x.shape[-1]) - offset_s * SR
    grid = np.arange(x.shape[-1])
    rows = x if x.ndim == 2 else x[None]
    bent = np.stack([np.interp(at, grid, row) for row in rows]).astype(np.float32)
    return bent if x.ndim == 2 else bent[0]


def chorus(x: Samples, rate: float = 0.6, depth_s: float = 0.0025, mix: float = 0.5) -> Samples:
    """Two slowly moving copies, one a side: (n,) or (2, n) to (2, n)."""
    t = clock(x.shape[-1])
    rows = x if x.ndim == 2 else np.stack([x, x])
    sides = [
        bend(row, 0.008 + depth_s * (1 + np.sin(2 * np.pi * (rate * t + turn))))
        for row, turn in zip(rows, (0.0, 0.37), strict=True)
    ]
    return f32((rows + np.float32(mix) * np.stack(sides)) / np.float32(1 + 0.5 * mix))


def widen(x: Samples, delay_s: float = 0.009, amount: float = 0.28) -> Samples:
    """(n,) to (2, n) by adding a late copy to one side and taking it from the other.

    Summed to mono the copies vanish: nothing is lost on a phone.
    """
    late = delayed(x, count(delay_s)) * np.float32(amount)
    return np.stack([x + late, x - late])


def wow(x: Samples, depth: float, seed: int) -> Samples:
    """Tape that does not run quite true; ``depth`` is the largest pitch error (0.002 = 3 cents)."""
    t = clock(x.shape[-1])
    slow, quick = np.random.default_rng(seed).uniform(0.4, 0.7), 5.3
    # Delay is the integral of the pitch error, so each rate gets its depth divided by it.
    sway = depth / (2 * np.pi * slow) * (1 - np.cos(2 * np.pi * slow * t))
    return bend(x, sway + 0.15 * depth / (2 * np.pi * quick) * (1 - np.cos(2 * np.pi * quick * t)))


def ducking(n: int, kicks: Iterable[int], depth: float, recover_s: float = 0.16) -> Samples:
    """Gain (n,) that drops by ``depth`` (0..1) at each kick and comes back."""
    length = count(recover_s * 3)
    dip = np.float32(depth) * fade(length, 1.8 / recover_s)
    attack = min(length, count(0.004))
    dip[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
    hole = np.zeros(n, dtype=np.float32)
    for at in kicks:
        piece = hole[at : at + length]
        np.maximum(piece, dip[: len(piece)], out=piece)
    return 1 - hole
