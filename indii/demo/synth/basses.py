"""Basses: mono (n,) in the centre, harmonics enough to be heard on a small speaker."""

from __future__ import annotations

import numpy as np

from indii.demo.synth.fx import biquad, chain, drive, lowpass
from indii.demo.synth.score import Samples
from indii.demo.synth.tones import (
    clock,
    count,
    fade,
    level,
    moving,
    noise,
    oscillate,
    partials,
    soften,
    steady,
)


def _glide(frequency: float, target: float, n: int) -> Samples:
    """Hold, then slide to the target over the middle of the note (in log frequency)."""
    x = np.clip((np.linspace(0, 1, n) - 0.42) / 0.22, 0, 1)
    eased = x * x * (3 - 2 * x)
    return (frequency * (target / frequency) ** eased).astype(np.float32)


def eight_oh_eight(frequency: float, target: float, seconds: float, strength: float) -> Samples:
    """808: a long sine with a knock in front and saturation on top."""
    n = count(seconds)
    t = clock(n)
    path = _glide(frequency, target, n) * (1 + 1.6 * np.exp(-t * 55))
    body = oscillate("sine", moving(path), frequency) * fade(n, 0.85)
    grit = np.tanh((1.6 + 1.4 * strength) * body)
    grit = chain(grit, biquad("lowpass", 950.0), biquad("peak", 180.0, 0.8, 1.5))
    click = lowpass(noise(n, 31), 2500.0) * fade(n, 260.0) * np.float32(0.12)
    return np.asarray((0.45 * body + 0.55 * grit + click) * np.float32(0.9), dtype=np.float32)


def sub(frequency: float, target: float, seconds: float, strength: float) -> Samples:
    """Round sub bass with a trace of second and third harmonic."""
    n = count(seconds)
    phase = moving(_glide(frequency, target, n))
    tone = oscillate("sine", phase, frequency)
    tone = tone + np.float32(0.28) * oscillate("sine", phase * np.uint32(2), frequency)
    tone = tone + np.float32(0.10 * strength) * oscillate("sine", phase * np.uint32(3), frequency)
    return drive(tone * np.float32(0.8), 1.3) * (0.35 + 0.65 * fade(n, 1.6))


def upright(frequency: float, strength: float) -> Samples:
    """Double bass, plucked: a bloom after the finger, wood around it."""
    n = count(1.8)
    k = np.arange(1, 12)
    levels = np.abs(np.sin(np.pi * k * 0.17)) / k ** (1.5 - 0.3 * strength)
    tone = partials(frequency, n, k, levels, 1.5 + 0.9 * k)
    tone = level(tone * (1 - 0.5 * fade(n, 30.0)), 0.9)
    thump = chain(noise(n, 32), biquad("bandpass", 140.0, 0.8)) * fade(n, 45.0)
    tone = chain(tone + np.float32(0.12) * thump, biquad("peak", 700.0, 1.0, 2.0))
    return soften(lowpass(tone, 2600.0), 0.003)


def finger(frequency: float, strength: float) -> Samples:
    """Electric bass with the fingers, tone half down."""
    n = count(1.6)
    k = np.arange(1, 14)
    levels = np.abs(np.sin(np.pi * k * 0.23)) / k ** (1.25 - 0.25 * strength)
    tone = drive(level(partials(frequency, n, k, levels, 1.6 + 0.8 * k), 1.0), 1.5)
    return soften(lowpass(tone, 1900.0), 0.003)


def rubber(frequency: float, strength: float) -> Samples:
    """House bass: square and sub, the filter closing on each note."""
    n = count(0.9)
    k = np.arange(1, 18)
    levels = np.where(k % 2 == 1, 1.0, 0.45) / k**1.05
    tone = partials(frequency, n, k, levels, 2.6 + (1.5 - 0.7 * strength) * k)
    tone = level(tone, 0.8) + 0.4 * partials(frequency, n, (1.0,), (1.0,), (2.2,))
    return soften(drive(tone, 1.4), 0.003)


def reese(frequency: float, target: float, seconds: float, strength: float) -> Samples:
    """Two saws beating under a low filter over a firm sine."""
    n = count(seconds)
    path = _glide(frequency, target, n)
    saws = sum(oscillate("saw", moving(path * r, 0.3 * r), frequency) for r in (0.996, 1.004))
    cut = 420.0 + 500.0 * strength
    low = chain(
        np.asarray(saws, dtype=np.float32), biquad("lowpass", cut), biquad("highpass", 90.0)
    )
    base = oscillate("sine", moving(path), frequency)
    return (0.75 * base + 0.4 * low).astype(np.float32)


def log_drum(frequency: float, strength: float) -> Samples:
    """Log drum: a tuned knock that falls into its note and distorts on the way."""
    n = count(0.75)
    t = clock(n)
    path = frequency * (1 + 0.9 * np.exp(-t * 60))
    tone = oscillate("sine", moving(path), frequency) * fade(n, 4.2)
    knock = oscillate("sine", steady(frequency * 4.0, n), frequency * 4) * fade(n, 40.0)
    tone = np.tanh((1.8 + strength) * tone) + np.float32(0.25) * knock
    return soften(lowpass(tone.astype(np.float32), 1500.0), 0.002) * np.float32(0.85)


def pulse(frequency: float, strength: float) -> Samples:
    """Techno bass note: short, dark, slightly acid."""
    n = count(0.35)
    k = np.arange(1, 20)
    resonance = 1 + 1.6 * np.exp(-(((k * frequency) - 380.0 - 250 * strength) ** 2) / 16000.0)
    tone = partials(frequency, n, k, resonance / k**1.15, 4.5 + (2.2 - 1.2 * strength) * k)
    return soften(drive(level(tone, 1.0), 1.6), 0.003)
