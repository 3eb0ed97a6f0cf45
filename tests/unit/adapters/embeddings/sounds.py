"""Sounds with a known answer, for the tests of the acoustic model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

RATE = 22_050
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def clicks(bpm: float, seconds: float = 20.0, rate: int = RATE) -> F32:
    time = np.arange(int(rate * seconds)) / rate
    since = time % (60 / bpm)
    return np.asarray(0.5 * np.sin(2 * np.pi * 1000 * since) * np.exp(-since * 80), np.float32)


def chord(root: int, shape: Sequence[int], seconds: float, rate: int = RATE) -> F32:
    time = np.arange(int(rate * seconds)) / rate
    out = np.zeros(time.size)
    for step in shape:
        hz = 440 * 2 ** ((root + step - 69) / 12)
        out += sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 7))
    return np.asarray(0.05 * out * np.exp(-time), np.float32)


def cadence(key: int) -> F32:
    """I IV V I, or i iv v i: 0-11 major, 12-23 minor."""
    shape = MAJOR if key < 12 else MINOR
    root = 48 + key % 12
    return np.concatenate([chord(root + step, shape, 2.0) for step in (0, 5, 7, 0)])


def beat(bpm: float = 96.0, seconds: float = 24.0, seed: int = 0) -> F32:
    """Kick, hat and a chord a bar: something like music, up to 11 kHz."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(RATE * seconds)) / RATE
    since, half = time % (60 / bpm), time % (30 / bpm)
    kick = np.sin(2 * np.pi * 52 * since) * np.exp(-since * 15)
    hat = rng.standard_normal(time.size) * np.exp(-half * 70)
    bar = int(RATE * 240 / bpm)
    roots = rng.integers(45, 60, size=time.size // bar + 1)
    pads = np.concatenate([chord(int(r), MINOR, 240 / bpm) for r in roots])
    size = min(pads.size, time.size)
    return np.asarray(0.6 * kick[:size] + 0.1 * hat[:size] + pads[:size], np.float32)


def of(samples: F32) -> Callable[[int], F32]:
    return lambda _rate: samples


def without_top(samples: F32, hz: float) -> F32:
    """A steep low-pass, as lossy encoders make it."""
    spectrum = np.fft.rfft(samples)
    spectrum[int(hz * samples.size / RATE) :] = 0
    return np.fft.irfft(spectrum, samples.size).astype(np.float32)
