"""Instruments that last as long as they are held: pads, strings, choir, winds, leads.

Every function takes a frequency in Hz, seconds and a strength 0..1, and gives (2, n).
"""

from __future__ import annotations

import numpy as np

from indii.demo.synth.fx import Sos, bandpass, biquad, chain, highpass, widen
from indii.demo.synth.score import Samples
from indii.demo.synth.tones import clock, count, f32, level, moving, noise, oscillate, steady, swell

TAU = 2 * np.pi
_DARK_VOWEL = ((420.0, 1.6, 1.0), (800.0, 2.2, 0.9), (2500.0, 3.0, 0.4), (3400.0, 4.0, 0.2))


def _vibrato(frequency: float, n: int, rate: float, depth: float, turn: float = 0.0) -> Samples:
    """Let a frequency sway after a moment, as a player would."""
    t = clock(n)
    onset = np.clip((t - 0.18) / 0.5, 0, 1)
    return np.asarray(frequency * (1 + depth * onset * np.sin(TAU * (rate * t + turn))))


def _unison(
    kind: str, frequency: float, n: int, *, cents: float, voices: int, seed: int
) -> Samples:
    """Detuned copies across the stereo field, (2, n), about unit level."""
    rng = np.random.default_rng(seed)
    out = np.zeros((2, n), dtype=np.float32)
    for voice in range(voices):
        place = voice / (voices - 1) * 2 - 1
        tuned = frequency * 2 ** (cents * (place + 0.2 * rng.uniform(-1, 1)) / 1200)
        wave = oscillate(kind, steady(tuned, n, float(rng.uniform())), tuned)
        # Alternating sides keep the left and right equally rich.
        side = 0.6 * place * (-1) ** voice
        out[0] += np.float32(np.sqrt((1 - side) / 2)) * wave
        out[1] += np.float32(np.sqrt((1 + side) / 2)) * wave
    return out / np.float32(np.sqrt(voices))


def _formants(x: Samples, bands: tuple[tuple[float, float, float], ...]) -> Samples:
    """Parallel resonances (Hz, Q, level): a mouth."""
    parts = [np.float32(gain) * bandpass(x, centre, q) for centre, q, gain in bands]
    return np.asarray(sum(parts))


def _tracked(frequency: float, ratio: float, low: float, high: float) -> Sos:
    return biquad("lowpass", float(np.clip(frequency * ratio, low, high)), 0.6)


def warm_pad(frequency: float, seconds: float, strength: float) -> Samples:
    """Analogue pad: five detuned saws behind a low filter."""
    n = count(seconds)
    wide = _unison("saw", frequency, n, cents=11.0, voices=5, seed=round(frequency))
    cut = _tracked(frequency, 5 + 4 * strength, 900.0, 3200.0)
    top = _tracked(frequency, 14.0, 3000.0, 6000.0)
    return chain(wide, cut, top, biquad("highpass", 120.0)) * np.float32(0.8)


def glass_pad(frequency: float, seconds: float, strength: float) -> Samples:
    """Still, bright pad of slowly beating sines."""
    n = count(seconds)
    out = np.zeros((2, n), dtype=np.float32)
    for ratio, gain in ((1, 1.0), (2, 0.5), (3, 0.32), (4, 0.22), (6, 0.14 * strength), (8, 0.08)):
        for side, cents in ((0, 3.0), (1, -3.0)):
            tuned = frequency * ratio * 2 ** (cents / 1200)
            if tuned < 9000:
                tone = oscillate("sine", steady(tuned, n, 0.3 * ratio), tuned)
                sway = 1 + 0.35 * np.sin(TAU * (0.11 * ratio + 0.07 * side) * clock(n) + ratio)
                out[side] += np.float32(gain) * tone * sway.astype(np.float32)
                # A third leaks over: wide, and still there in mono.
                out[1 - side] += np.float32(0.45 * gain) * tone
    return out * np.float32(0.35)


def strings(frequency: float, seconds: float, strength: float) -> Samples:
    """Section of strings: players who differ in pitch, vibrato and time."""
    n = count(seconds)
    rng = np.random.default_rng(round(frequency * 10))
    out = np.zeros((2, n), dtype=np.float32)
    for player in range(4):
        tuned = frequency * 2 ** (rng.normal(0, 5) / 1200)
        sway = _vibrato(tuned, n, rng.uniform(4.8, 5.9), 0.0035, player / 4)
        wave = oscillate("saw", moving(sway, float(rng.uniform())), tuned * 1.01)
        side = (player / 3 * 2 - 1) * 0.7
        out[0] += np.float32(np.sqrt((1 - side) / 2)) * wave
        out[1] += np.float32(np.sqrt((1 + side) / 2)) * wave
    return chain(
        out * np.float32(0.45),
        biquad("highpass", 170.0),
        biquad("peak", 480.0, 0.9, 2.0),
        biquad("peak", 2600.0, 1.0, -3.0),
        _tracked(frequency, 10 + 6 * strength, 3000.0, 7000.0),
    )


def choir(frequency: float, seconds: float, strength: float) -> Samples:
    """Small choir on a dark vowel."""
    n = count(seconds)
    rng = np.random.default_rng(round(frequency * 7))
    out = np.zeros((2, n), dtype=np.float32)
    for singer in range(4):
        sway = _vibrato(frequency * 2 ** (rng.normal(0, 6) / 1200), n, rng.uniform(4.5, 5.6), 0.005)
        wave = oscillate("saw", moving(sway, float(rng.uniform())), frequency * 1.02)
        out[singer % 2] += wave
        out[1 - singer % 2] += np.float32(0.4) * wave
    sung = _formants(out, _DARK_VOWEL)
    breath = highpass(noise(n, 21, 2), 3000.0) * np.float32(0.004 + 0.004 * strength)
    return level(highpass(sung, 160.0), 0.6) + breath


def vox(frequency: float, seconds: float, strength: float) -> Samples:
    """Sing a syllable without words: slides in, opens from "oo" to "ah"."""
    n = count(seconds)
    t = clock(n)
    slide = _vibrato(frequency, n, 5.4, 0.006) * (1 - 0.045 * np.exp(-t * 28))
    source = oscillate("saw", moving(slide), frequency * 1.05)
    closed = _formants(source, ((360.0, 3.0, 1.0), (820.0, 4.0, 0.6), (2300.0, 5.0, 0.25)))
    opened = _formants(source, ((720.0, 3.0, 1.0), (1150.0, 4.0, 0.8), (2600.0, 4.0, 0.45)))
    mouth = np.clip(t * (3.0 + 3 * strength), 0, 1)
    sung = closed * (1 - mouth) + opened * mouth
    sung = level(highpass(sung, 150.0), 0.7)
    return widen(sung)


def flute(frequency: float, seconds: float, strength: float) -> Samples:
    """Wooden flute: few harmonics, breath that follows them, late vibrato."""
    n = count(seconds)
    phase = moving(_vibrato(frequency, n, 5.0, 0.005) * (1 - 0.012 * np.exp(-clock(n) * 22)))
    tone = oscillate("sine", phase, frequency)
    for k, gain in ((2, 0.32 * strength), (3, 0.16), (4, 0.04)):
        tone = tone + np.float32(gain) * oscillate("sine", phase * np.uint32(k), frequency)
    air = bandpass(noise(n, 22), min(6000.0, frequency * 3), 0.8)
    chiff = 0.08 + 0.3 * np.exp(-clock(n) * 16)
    tone = tone + air * chiff.astype(np.float32)
    tone *= swell(n, 0.05, 0.08) * np.float32(0.55)
    return widen(tone, 0.012)


def brass(frequency: float, seconds: float, strength: float) -> Samples:
    """Muted horns: the harder, the brighter, and brighter as the note speaks."""
    n = count(seconds)
    wide = _unison("saw", frequency, n, cents=7.0, voices=3, seed=round(frequency) + 3)
    dark = chain(wide, _tracked(frequency, 2.2, 300.0, 1500.0), biquad("highpass", 110.0))
    bright = chain(wide, _tracked(frequency, 7 + 6 * strength, 1800.0, 5500.0))
    t = clock(n)
    open_ = (np.clip(t / 0.07, 0, 1) * (0.35 + 0.65 * np.exp(-t * 2.2))).astype(np.float32)
    return f32((dark + (0.4 + 0.6 * strength) * open_ * bright) * 0.5)


def super_saw(frequency: float, seconds: float, strength: float) -> Samples:
    """Seven wide saws, filtered enough to stay kind."""
    n = count(seconds)
    wide = _unison("saw", frequency, n, cents=17.0, voices=7, seed=round(frequency) + 5)
    cut = _tracked(frequency, 8 + 8 * strength, 2500.0, 7000.0)
    return chain(wide, cut, biquad("highpass", 180.0)) * np.float32(0.55)


def soft_lead(frequency: float, seconds: float, strength: float) -> Samples:
    """Monophonic synth lead between triangle and square, late vibrato."""
    n = count(seconds)
    phase = moving(_vibrato(frequency, n, 5.2, 0.0045))
    tone = 0.7 * oscillate("triangle", phase, frequency) + 0.3 * oscillate(
        "square", phase, frequency
    )
    tone = chain(tone.astype(np.float32), _tracked(frequency, 6 + 5 * strength, 1800.0, 5000.0))
    return widen(tone) * np.float32(0.7)


def drone(frequency: float, seconds: float, strength: float) -> Samples:
    """Lay a low bed: fundamental, fifth and octave drifting against each other."""
    n = count(seconds)
    t = clock(n)
    out = np.zeros((2, n), dtype=np.float32)
    for index, (ratio, gain) in enumerate(((1, 1.0), (1.4983, 0.22), (2, 0.30), (3, 0.10))):
        for side in (0, 1):
            # Below, both sides agree: a bass that beats against itself is gone in mono.
            tuned = frequency * ratio * (1 + 0.0011 * (side - 0.5) * (ratio > 1))
            sway = 0.75 + 0.25 * np.sin(TAU * (0.05 + 0.023 * index) * t + 2 * side + index)
            tone = oscillate("sine", steady(tuned, n, 0.2 * index), tuned)
            out[side] += np.float32(gain) * tone * sway.astype(np.float32)
    return out * np.float32(0.5 + 0.1 * strength)
