"""What it sounds like at any moment: mel bands, cepstra, spectral shape and contrast.

Sources: MFCC statistics (Logan 2000; Mandel & Ellis 2005), octave-based spectral contrast
(Jiang et al. 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np

from indii.adapters.embeddings.acoustic.spectra import (
    CEILING_HZ,
    F32,
    RATE,
    below_ceiling,
    decibels,
    mel_bank,
    power,
)
from indii.ports.embeddings import BAND_COUNT

SIZE: Final = 2048
HOP: Final = 512
FPS: Final = RATE / HOP

FLOOR: Final = 1e-5
"""50 dB under white noise of the same loudness: below it converters and codecs speak."""
GATE_DB: Final = 40.0
"""Frames this far under the loudest band of the recording are pauses."""

CEPSTRA: Final = 20
_COVARIED: Final = 8
_OCTAVES_HZ: Final = (0, 100, 200, 400, 800, 1600, 3200, 6400, CEILING_HZ)
BASS_HZ: Final = 120.0


@dataclass(frozen=True, slots=True, eq=False)
class Timbre:
    """One row a frame. `shape` columns: see `SHAPES`."""

    mel_db: F32
    shape: F32
    contrast: F32


SHAPES: Final = ("log centroid", "log rolloff", "bass share", "log width", "flatness", "level")


def listen(window: F32) -> Timbre:
    """All frame-wise timbre of one window."""
    spectrum = power(window, SIZE, HOP, bins=below_ceiling(SIZE))
    mel_db = decibels(spectrum @ mel_bank(SIZE, BAND_COUNT, 30.0), FLOOR)
    return Timbre(mel_db, _shape(spectrum, mel_db), _contrast(spectrum))


def joined(timbres: Sequence[Timbre]) -> Timbre:
    """Join the sounding frames of several windows; pauses are left out."""
    mel_db = np.concatenate([t.mel_db for t in timbres])
    sounding = mel_db.max(axis=1) > mel_db.max() - GATE_DB
    return Timbre(
        mel_db[sounding],
        np.concatenate([t.shape for t in timbres])[sounding],
        np.concatenate([t.contrast for t in timbres])[sounding],
    )


def _shape(spectrum: F32, mel_db: F32) -> F32:
    hz = (np.arange(spectrum.shape[1]) * RATE / SIZE).astype(np.float32)
    total = spectrum.sum(axis=1) + np.float32(1e-6)
    moments = spectrum @ np.stack([hz, hz**2], axis=1) / total[:, None]
    centroid = moments[:, 0]
    width = np.sqrt(np.maximum(moments[:, 1] - centroid**2, 0))
    cumulated = np.cumsum(spectrum, axis=1)
    rolloff = hz[np.minimum((cumulated < 0.85 * total[:, None]).sum(axis=1), hz.size - 1)]
    bass = spectrum[:, : int(BASS_HZ * SIZE / RATE)].sum(axis=1) / total
    # Geometric over arithmetic mean, in dB over mel bands: cheaper than over bins, and holes
    # that a codec punches into single bins do not move it.
    flatness = mel_db.mean(axis=1) - 10 * np.log10(np.mean(10 ** (mel_db / 10), axis=1))
    level = 10 * np.log10(total)
    columns = (np.log(centroid + 1), np.log(rolloff + 1), bass, np.log(width + 1), flatness, level)
    return np.asarray(np.stack(columns, axis=1), dtype=np.float32)


def _contrast(spectrum: F32) -> F32:
    """Peak minus valley in eight octaves, dB: how much stands out of the mass."""
    edges = [int(hz * SIZE / RATE) for hz in _OCTAVES_HZ]
    columns = []
    for low, high in pairwise(edges):
        band = spectrum[:, low : max(high, low + 4)]
        count = max(1, band.shape[1] // 10)
        ordered = np.partition(band, (count - 1, band.shape[1] - count), axis=1)
        peak = decibels(ordered[:, -count:].mean(axis=1), FLOOR)
        valley = decibels(ordered[:, :count].mean(axis=1), FLOOR)
        columns.append(peak - valley)
    return np.stack(columns, axis=1)


def statistics(rows: F32) -> F32:
    """Mean, spread, 10th and 90th percentile of each column."""
    low, high = np.percentile(rows, (10, 90), axis=0)
    values = np.concatenate([rows.mean(axis=0), rows.std(axis=0), low, high])
    return np.asarray(values, dtype=np.float32)


def mean_and_spread(rows: F32) -> F32:
    """Mean and spread of each column."""
    return np.concatenate([rows.mean(axis=0), rows.std(axis=0)])


def cepstral(mel_db: F32) -> F32:
    """Cepstra: means without the level, spreads, spreads of change, upper covariances."""
    cepstra = mel_db @ _cosines()
    change = np.diff(cepstra, axis=0) if len(cepstra) > 1 else np.zeros_like(cepstra)
    low = cepstra[:, 1 : 1 + _COVARIED]
    low = low - low.mean(axis=0)
    covariance = low.T @ low / len(low)
    upper = covariance[np.triu_indices(_COVARIED, 1)] / 50
    parts = (cepstra.mean(axis=0)[1:], cepstra.std(axis=0), change.std(axis=0), upper)
    return np.asarray(np.concatenate(parts), dtype=np.float32)


def spectral(shape: F32) -> F32:
    """Statistics of the spectral shapes; the level only relative to its own mean."""
    relative = shape.copy()
    relative[:, -1] -= relative[:, -1].mean()
    values = statistics(relative)
    return np.delete(values, len(SHAPES) - 1)  # the mean of the relative level: always 0


@cache
def _cosines() -> F32:
    order = np.arange(CEPSTRA)
    place = 2 * np.arange(BAND_COUNT)[:, None] + 1
    table = np.cos(np.pi * order * place / (2 * BAND_COUNT)) * np.sqrt(2 / BAND_COUNT)
    return np.asarray(table, dtype=np.float32)
