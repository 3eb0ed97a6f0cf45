"""Struck and plucked instruments: pianos, bells, mallets, guitars. Each rings by itself.

Every function takes a frequency in Hz and a strength 0..1 (how hard, not only how loud).
"""

from __future__ import annotations

import numpy as np

from indii.demo.synth.fx import bandpass, biquad, chain, drive, lowpass, widen
from indii.demo.synth.score import Samples
from indii.demo.synth.tones import (
    clock,
    count,
    fade,
    level,
    noise,
    oscillate,
    partials,
    soften,
    steady,
)

TWO_PI = np.float32(2 * np.pi)


def _phase(frequency: float, n: int) -> Samples:
    return steady(frequency, n).astype(np.float32) * np.float32(2 * np.pi / 2**32)


def rhodes(frequency: float, strength: float) -> Samples:
    """Electric piano: a tine struck into a tone bar (two FM pairs), slow stereo tremolo."""
    n = count(3.2)
    t = clock(n)
    bar = _phase(frequency, n)
    bite = np.float32(0.55 + 1.5 * strength**1.5) * fade(n, 2.2) + np.float32(0.25)
    tone = np.sin(bar + bite * np.sin(bar)) * fade(n, 0.9 + frequency / 900)
    tine = np.sin(_phase(frequency * 14.0, n)) if frequency * 14 < 9000 else np.zeros_like(t)
    tone += np.float32(0.16 * strength) * tine * fade(n, 22.0)
    tone += np.float32(0.12) * np.sin(2 * bar) * fade(n, 2.5)
    warm = drive(tone * np.float32(0.9), 1.4)
    warm = chain(warm, biquad("lowpass", 6000.0), biquad("peak", 300.0, 0.8, -2.0))
    sway = np.float32(0.16) * np.sin(TWO_PI * np.float32(4.4) * t)
    return soften(np.stack([warm * (1 + sway), warm * (1 - sway)]) * np.float32(0.75))


def _strings_of_piano(frequency: float, strength: float, dark: float, ring: float) -> Samples:
    n = count(ring)
    k = np.arange(1, 17)
    stiff = 0.00035 * (frequency / 260) ** 0.9
    ratios = k * np.sqrt(1 + stiff * k**2)
    slope = 0.85 + 0.8 * dark + 0.6 * (1 - strength) + frequency / 3000
    levels = np.abs(np.sin(np.pi * k / 8.3)) / k**slope
    decays = (0.55 + frequency / 650) + (0.22 + 0.25 * dark) * k**1.1
    quick = partials(frequency * 1.0004, n, ratios, 0.75 * levels, 2.6 * decays)
    slow = partials(frequency * 0.9997, n, ratios, 0.55 * levels, decays)
    return quick + slow


def piano(frequency: float, strength: float) -> Samples:
    """Upright piano: stiff strings in detuned pairs, two-stage decay, a felt hammer."""
    tone = level(_strings_of_piano(frequency, strength, 0.0, 3.6), 0.8)
    knock = lowpass(noise(len(tone), 11), 1400.0) * fade(len(tone), 70.0)
    tone += np.float32(0.05 + 0.06 * strength) * knock
    place = np.float32(np.clip((np.log2(frequency / 260)) * 0.12, -0.25, 0.25))
    near, far = tone * (1 - place), lowpass(tone, 5200.0) * (1 + place)
    return soften(np.stack([near, far]), 0.001)


def felt(frequency: float, strength: float) -> Samples:
    """Piano with the practice felt down: dark, close, a little mechanical."""
    tone = level(_strings_of_piano(frequency, 0.6 * strength, 0.9, 3.4), 0.85)
    thump = chain(noise(len(tone), 12), biquad("bandpass", 320.0, 0.8)) * fade(len(tone), 38.0)
    tone = lowpass(tone + np.float32(0.08) * thump, 3800.0)
    return soften(widen(tone, 0.008), 0.004)


def guitar(frequency: float, strength: float) -> Samples:
    """Nylon string plucked near the hole: comb of the pick point, quick loss of the highs."""
    n = count(2.2)
    k = np.arange(1, 20)
    levels = np.abs(np.sin(np.pi * k * 0.21)) / k ** (1.05 - 0.35 * strength)
    tone = partials(frequency, n, k * (1 + 0.00006 * k**2), levels, 1.3 + 0.42 * k**1.2)
    finger = bandpass(noise(n, 13), 1900.0, 0.6) * fade(n, 130.0)
    body = bandpass(tone, 210.0, 1.2)
    tone = level(tone + 0.35 * body, 0.8) + np.float32(0.08 * strength) * finger
    return soften(widen(tone, 0.010), 0.001)


def muted_guitar(frequency: float, strength: float) -> Samples:
    """Electric guitar under the palm, the interlocking kind; short and round."""
    n = count(0.55)
    k = np.arange(1, 14)
    levels = np.abs(np.sin(np.pi * k * 0.13)) / k**0.9
    tone = partials(frequency, n, k, levels, 9.0 + 2.2 * k)
    tone = drive(level(tone, 0.9), 1.0 + strength)
    tone = chain(tone, biquad("highpass", 140.0), biquad("lowpass", 4200.0))
    return soften(widen(tone, 0.012), 0.001)


def bell(frequency: float, strength: float) -> Samples:
    """Soft glassy bell: a clear fundamental, inharmonic partials that die first."""
    n = count(2.6)
    ratios = (1.0, 2.0, 2.76, 4.07, 5.43, 8.2)
    levels = (1.0, 0.42, 0.30 * strength, 0.20, 0.14 * strength, 0.08 * strength)
    tone = partials(frequency, n, ratios, levels, (2.1, 3.2, 5.0, 7.5, 11.0, 18.0))
    beating = partials(frequency * 1.0025, n, ratios[:3], levels[:3], (2.1, 3.2, 5.0))
    return soften(np.stack([tone + 0.5 * beating, 0.5 * tone + beating]) * np.float32(0.6))


def kalimba(frequency: float, strength: float) -> Samples:
    """Thumb piano: nearly a sine, with a woody tick."""
    n = count(1.5)
    tone = partials(frequency, n, (1.0, 2.0, 5.9, 9.1), (1.0, 0.22, 0.22, 0.10), (3.2, 6, 20, 34))
    tick = bandpass(noise(n, 14), 1100.0, 1.0) * fade(n, 160.0)
    tone += np.float32(0.18 * strength) * tick
    return soften(widen(tone, 0.008) * np.float32(0.8), 0.001)


def marimba(frequency: float, strength: float) -> Samples:
    """Rosewood bar: fundamental, the tuned double octave, a soft mallet."""
    n = count(1.3)
    tone = partials(
        frequency, n, (1.0, 3.93, 9.4), (1.0, 0.42 * strength, 0.14 * strength), (4.2, 8.0, 28.0)
    )
    tone += np.float32(0.15) * lowpass(noise(n, 15), 900.0) * fade(n, 140.0)
    return soften(widen(tone, 0.009) * np.float32(0.85), 0.001)


def vibes(frequency: float, strength: float) -> Samples:
    """Vibraphone with its motor on."""
    n = count(3.0)
    tone = partials(
        frequency, n, (1.0, 4.0, 10.1), (1.0, 0.34 * strength, 0.12 * strength), (1.3, 3.0, 12.0)
    )
    turn = np.sin(TWO_PI * np.float32(5.1) * clock(n)) * np.float32(0.22)
    return soften(np.stack([tone * (1 + turn), tone * (1 - turn)]) * np.float32(0.75), 0.003)


def pluck(frequency: float, strength: float) -> Samples:
    """Synth pluck: a saw whose harmonics die the faster the higher they are."""
    n = count(1.2)
    k = np.arange(1, 22)
    decays = 2.6 + (1.5 - 0.8 * strength) * k
    left = partials(frequency * 1.0015, n, k, 1.0 / k**1.1, decays)
    right = partials(frequency * 0.9985, n, k, 1.0 / k**1.1, decays)
    return soften(np.stack([left, right]) * np.float32(0.5), 0.002)


def organ(frequency: float, strength: float) -> Samples:
    """Percussive house organ: drawbars that fall off, a knock of the second harmonic."""
    n = count(1.6)
    ratios = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
    levels = (0.30, 1.0, 0.6, 0.25, 0.3 * strength, 0.16 * strength, 0.1 * strength)
    tone = partials(frequency, n, ratios, levels, (2.0, 2.2, 3.2, 5.0, 7.0, 9.0, 12.0))
    tone = drive(tone * np.float32(0.7), 1.2)
    return soften(widen(tone, 0.015) * np.float32(0.8), 0.002)


def stab(frequency: float, strength: float) -> Samples:
    """Chord stab: three detuned saws behind a filter that snaps shut."""
    n = count(1.0)
    k = np.arange(1, 26)
    decays = 4.5 + (1.6 - 0.8 * strength) * k
    sides = [
        partials(frequency * (1 + cents), n, k, 1.0 / k, decays)
        + partials(frequency * (1 - 0.6 * cents), n, k, 0.7 / k, decays)
        for cents in (0.003, -0.0035)
    ]
    return soften(np.stack(sides) * np.float32(0.34), 0.002)


def house_piano(frequency: float, strength: float) -> Samples:
    """Bright, compressed piano for chords that must be heard over a kick."""
    tone = _strings_of_piano(frequency, 0.5 + 0.5 * strength, -0.25, 1.6)
    tone = drive(level(tone, 1.1), 1.6)
    tone = chain(tone, biquad("peak", 2200.0, 0.7, 2.0), biquad("lowpass", 7500.0))
    return soften(widen(tone, 0.011), 0.001)


def music_box(frequency: float, strength: float) -> Samples:
    """Small comb of steel teeth, slightly out with itself."""
    n = count(1.8)
    tone = partials(frequency, n, (1.0, 2.01, 3.9, 6.3), (1.0, 0.32, 0.28, 0.12), (2.8, 4.5, 9, 20))
    other = partials(frequency * 1.003, n, (1.0, 2.01), (0.5, 0.1), (2.8, 5))
    click = oscillate("sine", steady(2600.0, n), 2600.0) * fade(n, 300.0)
    tone += np.float32(0.06 * strength) * click
    return soften(np.stack([tone + other, tone - 0.4 * other]) * np.float32(0.6), 0.001)
