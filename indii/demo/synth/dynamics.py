"""Loudness, compression, limiting and the master chain, on (2, n) float32 at 44.1 kHz."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.signal import lfilter, sosfilt

from indii.demo.synth.fx import Sos, biquad, chain
from indii.demo.synth.score import Samples, Sound
from indii.demo.synth.tones import SR, f32

CEILING = 0.87  # -1.2 dBFS: headroom for peaks between samples
_BLOCK = 44  # 1 ms


def _k_weighting() -> Sos:
    """ITU-R BS.1770-4's two filters, redesigned for this sample rate."""
    shelf = biquad("highshelf", 1681.97, 0.7072, 4.0)
    return np.concatenate([shelf, biquad("highpass", 38.135, 0.5003)])


def loudness(x: Samples) -> float:
    """Integrated loudness in LUFS of (2, n), gated as BS.1770-4 says; -70 for silence."""
    weighted = sosfilt(_k_weighting(), x, axis=-1)
    hop = SR // 10
    hops = weighted.shape[-1] // hop
    if hops < 4:
        return -70.0
    power = (weighted[:, : hops * hop] ** 2).reshape(2, hops, hop).mean(axis=-1).sum(axis=0)
    blocks = np.convolve(power, np.full(4, 0.25), mode="valid")
    loud = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if not loud.size:
        return -70.0
    gated = loud[loud > 0.1 * loud.mean()]
    return float(-0.691 + 10 * np.log10(gated.mean()))


def _spread(gain: NDArray[np.floating], n: int) -> Samples:
    """Block gains to a smooth gain a sample."""
    centres = (np.arange(len(gain)) + 0.5) * _BLOCK
    return f32(np.interp(np.arange(n), centres, gain))


def _blocks(x: Samples) -> Samples:
    """Largest magnitude of each millisecond over both channels."""
    n = x.shape[-1]
    peak = np.maximum(np.abs(x[0]), np.abs(x[1]))
    padded = np.pad(peak, (0, -n % _BLOCK))
    return np.asarray(padded.reshape(-1, _BLOCK).max(axis=-1))


def compress(x: Samples, threshold_db: float, ratio: float, release_s: float = 0.15) -> Samples:
    """Glue: gentle feed-forward compression on a smoothed envelope."""
    pole = np.exp(-_BLOCK / SR / release_s)
    envelope = lfilter([1 - pole], [1, -pole], _blocks(x).astype(np.float64))
    over = np.maximum(0.0, 20 * np.log10(envelope + 1e-6) - threshold_db)
    return x * _spread(10 ** (-over * (1 - 1 / ratio) / 20), x.shape[-1])


def limit(x: Samples, ceiling: float = CEILING) -> Samples:
    """Look-ahead limiting: nothing above ``ceiling``, no audible steps."""
    wanted = np.minimum(1.0, ceiling / np.maximum(_blocks(x), 1e-6))
    held = minimum_filter1d(wanted, 25)
    gain = gaussian_filter1d(held, 4.0, truncate=2.5)
    return f32(np.clip(x * _spread(gain, x.shape[-1]), -ceiling, ceiling))


def clip_softly(x: Samples, knee: float = 0.75) -> Samples:
    """Round off what passes ``knee``; below it nothing changes."""
    size = np.abs(x)
    room = np.float32(1 - knee)
    rounded = np.float32(knee) + room * np.tanh((size - np.float32(knee)) / room)
    return f32(np.where(size > knee, np.copysign(rounded, x), x))


_BANDS = (32.0, 90.0, 220.0, 550.0, 1400.0, 3600.0, 9000.0, 16000.0)
_NEUTRAL = (0.0, -3.0, -6.0, -8.5, -12.0, -15.5, -20.0)  # dB, the slope of well-liked masters
_REACH_DB = 4.0


def _correction(x: Samples, tilt_db: float) -> list[Sos]:
    """Sections that bring the long-term spectrum part of the way to a neutral slope."""
    # A power of two from the middle is quick to transform and hears every kind of section.
    size = 1 << int(np.log2(x.shape[-1]))
    first = (x.shape[-1] - size) // 2
    mono = x[:, first : first + size].mean(axis=0)
    power = np.abs(np.fft.rfft(mono)) ** 2
    edges = np.round(np.array(_BANDS) * len(mono) / SR).astype(int)
    found = np.array([power[a:b].sum() for a, b in itertools.pairwise(edges)])
    measured = 10 * np.log10(found / found.sum() + 1e-9)
    wanted = np.array(_NEUTRAL) + tilt_db * np.arange(len(_NEUTRAL))
    gap = wanted - measured
    # Relative to the midrange, so that the correction is tone and not level.
    gains = np.clip(0.6 * (gap - np.median(gap)), -_REACH_DB, _REACH_DB)
    centres = np.sqrt(np.array(_BANDS[:-1]) * np.array(_BANDS[1:]))
    kinds = ["lowshelf", *["peak"] * (len(centres) - 2), "highshelf"]
    return [
        biquad(kind, float(f), 0.75, float(g))
        for kind, f, g in zip(kinds, centres, gains, strict=True)
    ]


def master(x: Samples, sound: Sound) -> Samples:
    """Finish a stereo mix (2, n): tone, glue, loudness, ceiling."""
    tone = chain(x, biquad("highpass", 28.0), *_correction(x, sound.tilt_db))
    tone *= np.float32(10 ** ((-15.0 - loudness(tone)) / 20))
    glued = compress(tone, -16.0, 2.0)
    aim = sound.loudness
    before = loudness(glued)
    # Limiting costs loudness: aim a little higher by what the first try lost.
    for _ in range(2):
        out = limit(clip_softly(glued * np.float32(10 ** ((aim - before) / 20))))
        lost = sound.loudness - loudness(out)
        if abs(lost) < 0.25:
            break
        aim += lost
    return out
