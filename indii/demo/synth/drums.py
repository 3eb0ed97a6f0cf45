"""Drum kits: every stroke synthesised once, in a few takes, then only copied."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import fftconvolve

from indii.demo.synth.fx import bandpass, biquad, chain, crush, drive, highpass, lowpass, room
from indii.demo.synth.score import Samples, Strike
from indii.demo.synth.tones import (
    clock,
    count,
    f32,
    fade,
    level,
    moving,
    noise,
    oscillate,
    soften,
    steady,
    stereo,
)


def kick(
    low: float, punch: float, decay_s: float, click: float = 0.3, bend: float = 38.0
) -> Samples:
    """Kick: a sine falling to ``low`` Hz from ``punch`` times that, a click in front."""
    n = count(min(0.9, decay_s * 5))
    t = clock(n)
    path = low * (1 + (punch - 1) * np.exp(-t * bend))
    body = oscillate("sine", moving(path), low) * fade(n, 1 / decay_s)
    snap = chain(noise(n, 41), biquad("bandpass", 2600.0, 0.6)) * fade(n, 320.0)
    return soften(drive(body * np.float32(1.3), 1.5) + np.float32(click) * snap, 0.0005, 0.03)


def snare(tone: float, decay_s: float, bright: float, take: int, wires: float = 0.8) -> Samples:
    """Snare: two modes of the skin, wires of shaped noise, a hard front."""
    n = count(max(0.18, decay_s * 5))
    skin = oscillate("sine", steady(tone, n), tone) * fade(n, 26.0)
    skin = skin + 0.6 * oscillate("sine", steady(tone * 1.62, n), tone) * fade(n, 38.0)
    rattle = chain(
        noise(n, 51 + take), biquad("highpass", 900.0), biquad("lowpass", bright, 0.6)
    ) * fade(n, 1 / decay_s)
    front = bandpass(noise(n, 57 + take), 3000.0, 0.5) * fade(n, 170.0)
    out = 0.7 * skin + np.float32(wires) * 0.5 * rattle + 0.45 * front
    return soften(level(drive(out.astype(np.float32), 1.6), 0.9), 0.0005, 0.03)


def clap(spread_s: float, tail_s: float, take: int) -> Samples:
    """Clap: a few hands almost together and the room after them; stereo."""
    n = count(0.35)
    t = clock(n)
    hands = np.zeros((2, n), dtype=np.float32)
    rng = np.random.default_rng(61 + take)
    for hand in range(4):
        for side in (0, 1):
            at = hand * spread_s + float(rng.uniform(0, 0.003))
            last = 90.0 if hand < 3 else 1 / tail_s
            hands[side] += np.where(t >= at, np.exp(-(t - at) * last), 0).astype(np.float32)
    grains = noise(n, 65 + take, 2)
    shaped = chain(grains, biquad("bandpass", 1350.0, 0.7), biquad("highpass", 500.0))
    return soften(level(drive(shaped * hands, 1.8), 0.85), 0.0005, 0.05)


def hat(decay_s: float, take: int, metal: float = 0.55, tilt_hz: float = 7200.0) -> Samples:
    """Hi-hat: six square waves that share no interval, and noise, high-passed."""
    n = count(max(0.06, decay_s * 6))
    ring = np.zeros(n, dtype=np.float32)
    for index, frequency in enumerate((2030.0, 3045.0, 3695.0, 4115.0, 5225.0, 6010.0)):
        tuned = frequency * (1 + 0.004 * take)
        ring += oscillate("square", steady(tuned, n, 0.17 * index * (take + 1)), tuned)
    mixed = np.float32(metal * 0.16) * ring + np.float32(1 - metal) * 0.5 * noise(n, 71 + take)
    top = chain(mixed, biquad("highpass", tilt_hz, 0.8), biquad("lowpass", 13_500.0))
    return soften(level(top * fade(n, 1 / decay_s), 0.8), 0.0008, 0.02)


def ride(take: int) -> Samples:
    """Ride cymbal: a ping over a wash."""
    n = count(1.3)
    ping = sum(
        oscillate("sine", steady(f, n, 0.2 * f % 1), f) * fade(n, 6.0 + f / 2500)
        for f in (3120.0, 4270.0, 5530.0, 7410.0, 9120.0)
    )
    wash = highpass(noise(n, 81 + take), 6500.0) * fade(n, 4.5)
    return soften(level(np.asarray(0.25 * ping + 0.12 * wash, dtype=np.float32), 0.7), 0.001, 0.2)


def crash(seed: int) -> Samples:
    """Crash cymbal, stereo, soft in the highest octave."""
    n = count(2.6)
    wash = chain(noise(n, seed, 2), biquad("highpass", 3200.0), biquad("lowpass", 10_500.0))
    swell_ = 1 - 0.6 * fade(n, 60.0)
    return soften(level(wash * fade(n, 1.9) * swell_, 0.6), 0.002, 0.6)


def shaker(take: int) -> Samples:
    """Shaker: beads that arrive, then stop."""
    n = count(0.11)
    shape = np.sin(np.linspace(0, 3.14, n, dtype=np.float32)) ** (1.2 + 0.3 * take)
    beads = chain(noise(n, 91 + take), biquad("bandpass", 6400.0, 0.7))
    return soften(level(f32(beads * shape), 0.6), 0.004, 0.02)


def rim(tone: float) -> Samples:
    """Rim shot: wood and a hollow ring."""
    n = count(0.12)
    ring = oscillate("sine", steady(tone, n), tone) * fade(n, 60.0)
    ring = ring + 0.7 * oscillate("sine", steady(tone * 2.37, n), tone) * fade(n, 95.0)
    tick = bandpass(noise(n, 95), 3600.0, 0.7) * fade(n, 260.0)
    return soften(level((ring + 0.6 * tick).astype(np.float32), 0.8), 0.0005)


def conga(tone: float, slap: float) -> Samples:
    """Conga: a skin that drops slightly in pitch; ``slap`` 0 open .. 1 closed."""
    n = count(0.4)
    path = tone * (1 + 0.12 * np.exp(-clock(n) * 40))
    skin = oscillate("sine", moving(path), tone) * fade(n, 9.0 + 30 * slap)
    hand = bandpass(noise(n, 97), 1200.0 + 1500 * slap, 0.8) * fade(n, 120.0)
    return soften(level((skin + (0.25 + 0.5 * slap) * hand).astype(np.float32), 0.8), 0.001, 0.05)


def tom(tone: float) -> Samples:
    """Round tom for fills."""
    n = count(0.5)
    path = tone * (1 + 0.5 * np.exp(-clock(n) * 28))
    skin = oscillate("sine", moving(path), tone) * fade(n, 8.0)
    return soften(level(skin + 0.08 * lowpass(noise(n, 98), 2500.0) * fade(n, 40.0), 0.85))


def snap(take: int) -> Samples:
    """Finger snap with a small room around it; stereo."""
    n = count(0.2)
    click = chain(noise(n, 99 + take), biquad("bandpass", 2300.0, 1.6)) * fade(n, 75.0)
    return soften(level(np.stack([click, np.roll(click, 60)]), 0.7), 0.0005, 0.03)


def in_room(x: Samples, amount: float, seconds: float = 0.5) -> Samples:
    """Bake a short room into a stroke, once, so that no bus reverb is needed for drums."""
    impulse = room(seconds, 5200.0, 17)
    n = x.shape[-1] + count(seconds * 0.8)
    dry = np.zeros((2, n), dtype=np.float32)
    dry[:, : x.shape[-1]] = x
    wet = fftconvolve(stereo(x), impulse, axes=-1)[:, :n].astype(np.float32)
    wet = np.pad(wet, ((0, 0), (0, n - wet.shape[-1])))
    return soften(dry + np.float32(amount) * wet, 0.0002, 0.1)


def grit(x: Samples, bits: int = 11) -> Samples:
    """Play through a worn sampler with its dull top."""
    return lowpass(crush(x, bits, 2), 9000.0)


def takes(make: Callable[[int], Samples], number: int = 3) -> tuple[Samples, ...]:
    """Several takes of one stroke, so that repeats are never identical."""
    return tuple(make(take) for take in range(number))


def one(x: Samples, gain: float = 1.0, pan: float = 0.0) -> Strike:
    """Make a stroke with a single take."""
    return Strike((x,), gain, pan)


def many(make: Callable[[int], Samples], gain: float = 1.0, pan: float = 0.0) -> Strike:
    """Make a stroke with three takes."""
    return Strike(takes(make), gain, pan)
