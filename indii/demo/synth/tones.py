"""Raw sound: oscillators, partials, noise and envelopes, all vectorised, float32, 44.1 kHz."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indii.demo.synth.score import Samples

SR = 44_100
_TABLE_BITS = 14
_TABLE = 1 << _TABLE_BITS
_WRAP = float(1 << 32)


def f32(x: ArrayLike) -> Samples:
    """Cast anything numeric to the precision all sound here has."""
    return np.asarray(x, dtype=np.float32)


def hz(pitch: float) -> float:
    """Frequency of a MIDI pitch in equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def count(seconds: float) -> int:
    """Count samples in some seconds, at least one."""
    return max(1, round(seconds * SR))


def clock(n: int) -> Samples:
    """Seconds since the start, one value a sample."""
    return (np.arange(n, dtype=np.float64) / SR).astype(np.float32)


@lru_cache(maxsize=64)
def _wavetable(kind: str, harmonics: int) -> Samples:
    """One cycle of a band-limited wave, so that no harmonic folds back over Nyquist."""
    cycle = np.arange(_TABLE) / _TABLE
    k = np.arange(1, harmonics + 1)
    if kind == "saw":
        weights = 1.0 / k
    elif kind == "square":
        weights = np.where(k % 2 == 1, 1.0 / k, 0.0)
    elif kind == "triangle":
        weights = np.where(k % 2 == 1, np.where(k % 4 == 1, 1.0, -1.0) / k**2, 0.0)
    else:
        weights = (k == 1).astype(float)
    # Lanczos sigma factors calm the Gibbs ears of the cut series.
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=complex)
    spectrum[1 : harmonics + 1] = -0.5j * _TABLE * weights * np.sinc(k / (harmonics + 1))
    wave = np.fft.irfft(spectrum, _TABLE) if harmonics > 1 else np.sin(2 * np.pi * cycle)
    return np.asarray(wave / np.abs(wave).max(), dtype=np.float32)


def _harmonics(top_hz: float) -> int:
    allowed = max(1.0, 0.42 * SR / top_hz)
    return int(2 ** (int(2 * np.log2(allowed)) / 2))


def steady(frequency: float, n: int, start: float = 0.0) -> NDArray[np.uint32]:
    """Phase of a constant frequency; 32-bit wrap-around is the modulo, exact for hours."""
    step = np.uint32(round(frequency / SR * _WRAP) % (1 << 32))
    offset = np.uint32(int((start % 1.0) * _WRAP))
    return np.arange(n, dtype=np.uint32) * step + offset


def moving(frequency: NDArray[np.floating], start: float = 0.0) -> NDArray[np.uint32]:
    """Phase of a frequency that changes from sample to sample."""
    cycles = np.cumsum(frequency, dtype=np.float64) / SR + start
    return ((cycles % 1.0) * (_WRAP - 1)).astype(np.uint32)


def oscillate(kind: str, phase: NDArray[np.uint32], top_hz: float) -> Samples:
    """Read a band-limited ``sine``, ``saw``, ``square`` or ``triangle`` at a phase."""
    table = _wavetable(kind, 1 if kind == "sine" else _harmonics(top_hz))
    return f32(table[phase >> np.uint32(32 - _TABLE_BITS)])


def partials(
    frequency: float,
    n: int,
    ratios: ArrayLike,
    levels: ArrayLike,
    decays: ArrayLike,
) -> Samples:
    """Sum of decaying sines; decays are 1/s. Partials beyond hearing or silence cost nothing."""
    out = np.zeros(n, dtype=np.float32)
    table = np.broadcast_arrays(ratios, levels, decays)
    for index, (ratio, height, decay) in enumerate(np.stack(table, axis=-1).tolist()):
        if frequency * ratio > 15_000 or abs(height) < 1e-4:
            continue
        live = min(n, count(7.5 / max(decay, 0.05)))
        tone = oscillate("sine", steady(frequency * ratio, live, 0.37 * index), frequency)
        out[:live] += np.float32(height) * tone * fade(live, decay)
    return out


def fade(n: int, decay: float) -> Samples:
    """Exponential decay from one, ``decay`` in 1/s."""
    return f32(np.exp(np.arange(n, dtype=np.float32) * np.float32(-decay / SR)))


def noise(n: int, seed: int, channels: int = 1) -> Samples:
    """White noise of unit variance, the same for the same seed; (n,) or (channels, n)."""
    shape = (n,) if channels == 1 else (channels, n)
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def swell(n: int, attack_s: float, release_s: float) -> Samples:
    """Shape a rounded rise and fall around a flat middle: no clicks at either end."""
    envelope = np.ones(n, dtype=np.float32)
    rise = min(n // 2, count(attack_s))
    fall = min(n - rise, count(release_s))
    envelope[:rise] = np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    envelope[n - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return envelope


def soften(x: Samples, attack_s: float = 0.002, release_s: float = 0.01) -> Samples:
    """Take the clicks off both ends."""
    return x * swell(x.shape[-1], attack_s, release_s)


def level(x: Samples, peak: float = 1.0) -> Samples:
    """Scale so that the largest sample is ``peak``."""
    return x * np.float32(peak / max(1e-9, float(np.abs(x).max())))


def stereo(x: Samples) -> Samples:
    """(2, n) from (n,) or (2, n)."""
    return x if x.ndim == 2 else np.stack([x, x])
