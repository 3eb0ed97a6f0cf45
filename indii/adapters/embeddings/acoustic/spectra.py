"""From samples to spectra: what part of a recording is heard, and its short-time power.

Everything runs on 22.05 kHz mono. Nothing above 10 kHz is looked at, because lossy encoders
cut there: a 64 kbit/s MP3 must stay beside its master.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indii.ports.errors import AudioRefused

F32 = NDArray[np.float32]

RATE: Final = 22_050
"""Samples a second that this model asks for."""

CEILING_HZ: Final = 10_000.0
"""Highest frequency that enters any feature."""

WINDOW_S: Final = 30.0
MAX_WINDOWS: Final = 8
"""Up to 8 x 30 s every second is heard; beyond that, eight windows spread evenly."""

MIN_HEARD_S: Final = 1.0
LOOPED_TO_S: Final = 8.0
"""Shorter sounds are looped to this length, the "repeatpad" rule of LAION CLAP."""

SILENCE_RMS: Final = 1e-5
"""-100 dBFS: below the noise of any converter, so there is no sound to describe."""

QUIET_WINDOW: Final = 0.01
"""A window 40 dB under the loudest one is a pause, not music."""

_CHUNK: Final = 256  # frames transformed at a time: small enough to stay in the cache


def heard_windows(samples: F32) -> list[F32]:
    """Cut out the windows that are listened to, free of DC, together at RMS 1.

    Rule: `n = min(8, ceil(seconds / 30))` windows of equal length (at most 30 s), the first at
    the start, the last at the end, pauses dropped. Copies nothing but these windows.

    Raises: AudioRefused for too short, silent or not finite audio.
    """
    if samples.ndim != 1:
        raise AudioRefused("This audio could not be read as one channel of samples.")
    if samples.size < MIN_HEARD_S * RATE:
        raise AudioRefused("This recording is shorter than one second: too short to describe.")
    windows = [np.asarray(w, dtype=np.float32) for w in _spread(samples)]
    if not all(np.isfinite(w).all() for w in windows):
        raise AudioRefused("This file holds values that are not sound (NaN or infinity).")
    windows = [_centred(w) for w in windows]
    levels = np.array([np.sqrt(np.mean(np.square(w, dtype=np.float64))) for w in windows])
    if levels.max() < SILENCE_RMS:
        raise AudioRefused("This recording is silent.")
    kept = [i for i, level in enumerate(levels) if level >= QUIET_WINDOW * levels.max()]
    gain = np.float32(1 / np.sqrt(np.mean(levels[kept] ** 2)))
    return [_looped(windows[i] * gain) for i in kept]


def _spread(samples: F32) -> list[F32]:
    seconds = samples.size / RATE
    count = min(MAX_WINDOWS, int(np.ceil(seconds / WINDOW_S)))
    length = min(samples.size // count, int(WINDOW_S * RATE))
    starts = np.linspace(0, samples.size - length, count).astype(int)
    return [samples[s : s + length] for s in starts]


def _centred(window: F32) -> F32:
    """Without DC, and scaled first so that even absurdly loud samples cannot overflow."""
    peak = np.abs(window).max()
    if peak > 1e6:
        raise AudioRefused("This file holds values far beyond full scale: it is not sound.")
    return np.asarray(window - window.mean(dtype=np.float64), dtype=np.float32)


def _looped(window: F32) -> F32:
    wanted = int(LOOPED_TO_S * RATE)
    if window.size >= wanted:
        return window
    return np.tile(window, int(np.ceil(wanted / window.size)))[:wanted]


def power(window: F32, size: int, hop: int, *, bins: slice = slice(None)) -> F32:
    """Short-time power, shape (frames, bins); white noise of RMS 1 gives 1.0 in every bin."""
    frames = np.lib.stride_tricks.sliding_window_view(window, size)[::hop]
    taper = _hann(size)
    width = len(range(*bins.indices(size // 2 + 1)))
    out = np.empty((len(frames), width), dtype=np.float32)
    for i in range(0, len(frames), _CHUNK):
        spectrum = np.fft.rfft(frames[i : i + _CHUNK] * taper, axis=1)[:, bins]
        out[i : i + _CHUNK] = spectrum.real**2 + spectrum.imag**2
    return out


@cache
def _hann(size: int) -> F32:
    taper = np.hanning(size + 1)[:-1]
    return np.asarray(taper / np.sqrt(np.sum(taper**2)), dtype=np.float32)


def below_ceiling(size: int) -> slice:
    """Select the FFT bins of `size` that lie under `CEILING_HZ`."""
    return slice(0, int(CEILING_HZ * size / RATE) + 1)


@cache
def mel_bank(size: int, bands: int, low_hz: float) -> F32:
    """Triangular mel filters from `low_hz` to the ceiling, shape (bins, bands), columns sum to 1.

    Scale: O'Shaughnessy 1987 (the HTK formula). Averaging instead of summing keeps white noise
    flat, so that one dB floor fits all bands.
    """
    mel = np.linspace(_to_mel(low_hz), _to_mel(CEILING_HZ), bands + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    hz = np.arange(below_ceiling(size).stop) * RATE / size
    rise = (hz[:, None] - edges[:-2]) / np.diff(edges)[:-1]
    fall = (edges[2:] - hz[:, None]) / np.diff(edges)[1:]
    weights = np.maximum(0, np.minimum(rise, fall))
    # At low frequencies a triangle can fall between two bins: give it the nearest one.
    empty = weights.sum(axis=0) < 1e-9
    nearest = np.abs(hz[:, None] - edges[1:-1]).argmin(axis=0)
    weights[nearest[empty], np.flatnonzero(empty)] = 1
    return np.asarray(weights / weights.sum(axis=0), dtype=np.float32)


def _to_mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


def decibels(values: F32, floor: float) -> F32:
    """`10 log10(values + floor)`: soft at the bottom, so codec and converter noise fade away."""
    return np.asarray(10 * np.log10(values + np.float32(floor)), dtype=np.float32)
