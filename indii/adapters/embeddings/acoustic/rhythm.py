"""When things happen: onsets, the beat, and how loudness fluctuates in each register.

Sources: spectral flux on log-mel bands (Boeck & Widmer 2013 without the vibrato filter);
tempo by a comb over the autocorrelation with a log-normal prior (Ellis 2007; Percival &
Tzanetakis 2014); fluctuation patterns (Pampalk, Rauber & Merkl 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from indii.adapters.embeddings.acoustic.spectra import (
    F32,
    RATE,
    below_ceiling,
    mel_bank,
    power,
)

ONSET_SIZE: Final = 1024
ONSET_HOP: Final = 220
ONSET_FPS: Final = RATE / ONSET_HOP
ONSET_BANDS: Final = 40

SLOWEST_BPM: Final = 50.0
FASTEST_BPM: Final = 210.0
PRIOR_BPM: Final = 125.0
"""Centre of the log-normal tempo prior: literature uses 110-120 for popular music, and beats
written at 140 and felt at 70 pull it up a little. Half and double stay partly undecidable."""
PRIOR_OCTAVES: Final = 0.75

_COMB: Final = ((1.0, 1.0), (2.0, 0.8), (3.0, 0.35), (4.0, 0.9), (0.5, 0.35))
"""(multiple of the beat, weight): a true beat repeats after 2 and 4 beats and is halved."""
_REGISTER_WEIGHTS: Final = np.array([1.0, 1.0, 1.0, 2.0]) / 5
"""Bass, middle, treble, all bands together."""
_FAINT: Final = 0.025
_LAGS: Final = int(ONSET_FPS * 60 / SLOWEST_BPM * 4.2) + 2
_BEAT_S: Final = np.arange(60 / FASTEST_BPM, 60 / SLOWEST_BPM, 0.0005)

BEAT_FRACTIONS: Final = np.array(
    [0.25, 0.333, 0.5, 0.667, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4]
)
TEMPO_GRID: Final = np.geomspace(SLOWEST_BPM, 200, 24)

FLUCTUATION_REGISTERS: Final = 8
FLUCTUATION_RATES: Final = np.geomspace(0.5, 12, 11)
"""Edges of ten modulation bands in Hz."""
_FLUCTUATION_FRAMES: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Tempo:
    """The beat of a recording. `evidence` feeds the calibrated confidence."""

    bpm: float
    evidence: F32
    """(how far the winning comb stands above the median tempo,), about 0 without a beat."""
    scores: F32
    """Comb score at each tempo of `TEMPO_GRID`."""
    pattern: F32
    """Autocorrelation of each register at each of `BEAT_FRACTIONS` of the beat, shape (56,)."""


def onset_flux(window: F32) -> F32:
    """How much each of 40 mel bands rises, shape (frames, 40), at `ONSET_FPS`."""
    spectrum = power(window, ONSET_SIZE, ONSET_HOP, bins=below_ceiling(ONSET_SIZE))
    level = np.log1p(np.float32(1000) * (spectrum @ mel_bank(ONSET_SIZE, ONSET_BANDS, 30.0)))
    return np.asarray(np.maximum(level[2:] - level[:-2], 0), dtype=np.float32)


def periodicity(flux: F32) -> F32:
    """Autocorrelation of the onsets of each register, shape (4, `_LAGS`), about 1 at lag 0."""
    bass, treble = ONSET_BANDS // 5, 3 * ONSET_BANDS // 5
    registers = (flux[:, :bass], flux[:, bass:treble], flux[:, treble:], flux)
    return np.stack([_autocorrelation(_accents(r.mean(axis=1))) for r in registers])


def _accents(envelope: F32) -> F32:
    """Keep what rises above the half second around it, with mean 0."""
    width = int(ONSET_FPS * 0.5) | 1
    around = np.convolve(envelope, np.ones(width, dtype=np.float32) / width, "same")
    above = np.maximum(envelope - around, 0)
    return np.asarray(above - above.mean(), dtype=np.float32)


def _autocorrelation(signal: F32) -> F32:
    size = 1 << int(np.ceil(np.log2(2 * signal.size)))
    spectrum = np.fft.rfft(signal, size)
    raw = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[: min(_LAGS, signal.size)]
    # Long lags of a short sound rest on few samples: never divide by less than a quarter.
    share = np.maximum(signal.size - np.arange(raw.size), signal.size / 4) / signal.size
    out = np.zeros(_LAGS, dtype=np.float32)
    # Accents fainter than this are the beating of held tones, not onsets.
    out[: raw.size] = raw / share / (raw[0] + _FAINT**2 * signal.size)
    return out


def find_tempo(cycles: F32) -> Tempo:
    """Find the tempo whose beat, bar and half beat explain the periodicity best."""
    cycle = np.asarray(_REGISTER_WEIGHTS @ cycles, dtype=np.float32)
    at = np.arange(_LAGS)
    lag = _BEAT_S * ONSET_FPS
    score = sum(w * np.interp(lag * k, at, cycle) for k, w in _COMB)
    score = np.asarray(score / sum(w for _, w in _COMB))
    tempo = 60 / _BEAT_S
    prior = np.exp(-0.5 * (np.log2(tempo / PRIOR_BPM) / PRIOR_OCTAVES) ** 2)
    best = int(np.argmax(score * prior))
    places = lag[best] * BEAT_FRACTIONS
    beats = np.concatenate([np.interp(places, at, register) for register in cycles])
    grid = np.interp(np.log2(TEMPO_GRID), np.log2(tempo[::-1]), score[::-1])
    return Tempo(
        bpm=60 * ONSET_FPS / _sharpened(cycle, float(lag[best])),
        evidence=np.asarray([score[best] - np.median(score)], dtype=np.float32),
        scores=np.asarray(grid, dtype=np.float32),
        pattern=np.asarray(beats, dtype=np.float32),
    )


def _sharpened(cycle: F32, lag: float) -> float:
    """Return the beat's length in frames, read off its furthest clear repetition.

    One beat is about 50 frames long, so a peak read to a whole frame is up to 1 % off; the peak
    after eight beats, placed by a parabola, is good to a few hundredths of a percent.
    """
    for repetition in (1, 2, 4, 8):
        middle = round(lag * repetition)
        if middle + 3 >= cycle.size:
            break
        peak = middle - 2 + int(np.argmax(cycle[middle - 2 : middle + 3]))
        before, top, after = (float(v) for v in cycle[peak - 1 : peak + 2])
        if not before < top >= after or top < 0.3 * float(cycle[round(lag)]):
            break
        lag = (peak + 0.5 * (before - after) / (before - 2 * top + after)) / repetition
    return lag


def onset_statistics(fluxes: Sequence[F32]) -> F32:
    """(spread, 90th and 99th percentile, share of strong frames, onsets a second)."""
    envelope = np.concatenate([f.sum(axis=1) for f in fluxes])
    envelope = envelope / (envelope.mean() + np.float32(1e-9))
    high = envelope > 2
    starts = int(np.count_nonzero(high[1:] & ~high[:-1]))
    p90, p99 = np.percentile(envelope, (90, 99))
    values = (envelope.std(), p90, p99, np.mean(envelope > 2.5), starts / envelope.size * ONSET_FPS)
    return np.asarray(values, dtype=np.float32)


def fluctuation(mel_db: F32, fps: float) -> F32:
    """Loudness modulation of 8 registers at ten rates, shape (80,); needs 6 s of frames."""
    width = mel_db.shape[1] // FLUCTUATION_REGISTERS
    amplitude = np.power(np.float32(10), mel_db / np.float32(20))
    registers = amplitude.reshape(len(amplitude), FLUCTUATION_REGISTERS, width).mean(axis=2)
    loudness = np.log1p(registers)
    pieces = np.lib.stride_tricks.sliding_window_view(loudness, _FLUCTUATION_FRAMES, axis=0)[::64]
    pieces = pieces - pieces.mean(axis=2, keepdims=True)
    taper = np.hanning(_FLUCTUATION_FRAMES).astype(np.float32)
    modulation = np.abs(np.fft.rfft(pieces * taper, axis=2)).mean(axis=0)
    rate = np.arange(modulation.shape[1]) * fps / _FLUCTUATION_FRAMES
    columns = []
    for low, high in pairwise(FLUCTUATION_RATES):
        inside = (rate >= low) & (rate < high)
        columns.append(modulation[:, inside].mean(axis=1))
    return np.asarray(np.log1p(np.stack(columns, axis=1)).ravel(), dtype=np.float32)
