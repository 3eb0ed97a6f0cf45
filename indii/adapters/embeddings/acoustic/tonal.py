"""Which notes sound: pitch classes from spectral peaks, and the key that explains them.

Sources: harmonic pitch class profiles from interpolated peaks (Gomez 2006), key by correlation
with a profile a mode (Krumhansl 1990). The profiles are our own: natural-minor and major scale
degrees, tonic and fifth strongest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indii.adapters.embeddings.acoustic.spectra import F32, RATE, power

SIZE: Final = 8192
HOP: Final = 4096
BINS: Final = 36
"""Three a semitone; bin 0 is A."""

_LOW: Final = int(40 * SIZE / RATE)
_HIGH: Final = int(3500 * SIZE / RATE)
_ENVELOPE: Final = 101
_STANDS_OUT: Final = 4.0
"""A peak this many times over its surroundings is a note; more makes it no surer."""
_MELODIC_HZ: Final = 55.0
_BASS_HZ: Final = 200.0
_BASS_VOTE: Final = 0.2
"""How much the share of the bass on a tonic adds to a correlation: relative keys share all
notes, and it is the bass that tells them apart."""
_HARMONICS: Final = ((1, 1.0), (2, 0.5), (3, 0.3), (4, 0.2))

# Scale degrees from the tonic, in semitones.
MAJOR: Final = np.array([1.0, 0.02, 0.42, 0.05, 0.60, 0.45, 0.05, 0.80, 0.03, 0.46, 0.08, 0.28])
MINOR: Final = np.array([1.0, 0.05, 0.40, 0.62, 0.04, 0.46, 0.04, 0.78, 0.32, 0.04, 0.46, 0.10])


@dataclass(frozen=True, slots=True, eq=False)
class Tonality:
    """The key of a recording and the pitch classes behind it."""

    key: int
    """0-11 C..B major, 12-23 C..B minor."""
    evidence: F32
    """(correlation with the best key, its lead over the second)."""
    chroma: F32
    """Twelve pitch classes from C, unit norm; zeros when nothing is pitched."""
    texture: F32
    """(sorted pitch-class strengths at ranks 3, 6, 12, 18, mean change from frame to frame)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pitches:
    """Pitch classes of one window; frames with at most 1 in each, bass summed over frames."""

    profile: F32
    """(frames, 36)"""
    strength: F32
    """(frames,): how much was pitched."""
    bass: F32
    """(36,)"""


def pitches(window: F32) -> Pitches:
    """Find the notes of one window, upper partials folded onto possible fundamentals."""
    amplitude = np.sqrt(power(window, SIZE, HOP, bins=slice(_LOW - 2, _HIGH + 2)))
    frame, hz, weight = _peaks(amplitude)
    deep = hz < _BASS_HZ
    bass = _folded(np.zeros(int(deep.sum()), np.intp), hz[deep], weight[deep], 1)[0]
    weight = weight * (hz >= _MELODIC_HZ)
    profile = np.zeros((len(amplitude), BINS))
    for harmonic, share in _HARMONICS:
        ok = hz / harmonic > 50
        profile += _folded(frame[ok], hz[ok] / harmonic, weight[ok] * share, len(amplitude))
    shape = profile / np.maximum(profile.max(axis=1, keepdims=True), 1e-9)
    return Pitches(
        profile=np.asarray(shape, dtype=np.float32),
        strength=np.asarray(profile.sum(axis=1), dtype=np.float32),
        bass=np.asarray(bass, dtype=np.float32),
    )


def _folded(
    frame: NDArray[np.intp], hz: NDArray[np.float64], weight: NDArray[np.float64], frames: int
) -> NDArray[np.float64]:
    """Weights summed by frame and pitch class, each shared between its two nearest bins."""
    place = BINS * np.log2(hz / 440)
    lower = np.floor(place)
    upper_share = place - lower
    out = np.zeros(frames * BINS)
    for step, part in ((0, 1 - upper_share), (1, upper_share)):
        cell = frame * BINS + (lower.astype(int) + step) % BINS
        out += np.bincount(cell, weight * part, minlength=out.size)
    return out.reshape(frames, BINS)


def _peaks(amplitude: F32) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Spectral peaks as (frame, Hz by parabolic interpolation, weight)."""
    floor = 1e-6 * float(amplitude.max()) + 1e-12
    white = amplitude / (_smooth(amplitude) + np.float32(floor))
    mid, left, right = amplitude[:, 2:-2], amplitude[:, 1:-3], amplitude[:, 3:-1]
    frame, column = np.nonzero((mid > left) & (mid >= right) & (white[:, 2:-2] > 1.5))
    a, b, c = (np.log(x[frame, column].astype(np.float64) + 1e-12) for x in (left, mid, right))
    offset = 0.5 * (a - c) / (a - 2 * b + c - 1e-12)
    hz = (column + _LOW + offset) * RATE / SIZE
    loudest = mid.max(axis=1)[frame] + 1e-12
    standing_out = np.minimum(white[frame, column + 2], _STANDS_OUT) ** 0.7
    weight = standing_out * (mid[frame, column] / loudest) ** 0.8
    return frame, hz, weight.astype(np.float64)


def _smooth(amplitude: F32) -> F32:
    """Average along the spectrum: the envelope that whitening divides by."""
    half = _ENVELOPE // 2
    padded = np.pad(amplitude, ((0, 0), (half + 1, half)), mode="reflect")
    total = np.cumsum(padded, axis=1, dtype=np.float64)
    return np.asarray((total[:, _ENVELOPE:] - total[:, :-_ENVELOPE]) / _ENVELOPE, dtype=np.float32)


def find_key(windows: Sequence[Pitches]) -> Tonality:
    """Find the key of the whole recording from the notes of its windows."""
    profile = np.concatenate([w.profile for w in windows]).astype(np.float64)
    strength = np.concatenate([w.strength for w in windows]).astype(np.float64)
    mean = _mean_profile(profile, strength)
    tuning = int(np.argmax([mean[i::3].sum() for i in range(3)]))
    chroma = _semitones(mean, tuning)
    chroma = chroma / max(float(np.linalg.norm(chroma)), 1e-9)
    bass = _semitones(np.sum([w.bass for w in windows], axis=0, dtype=np.float64), tuning)
    centred = chroma - chroma.mean()
    match = _key_bank() @ centred / max(float(np.linalg.norm(centred)), 1e-9)
    score = match + _BASS_VOTE * np.tile(bass / max(float(bass.sum()), 1e-9), 2)
    order = np.argsort(-score, kind="stable")
    evidence = (match[order[0]], score[order[0]] - score[order[1]])
    ranked = np.sort(profile, axis=1)[:, ::-1].mean(axis=0)[[3, 6, 12, 18]]
    change = np.abs(np.diff(profile, axis=0)).mean() if len(profile) > 1 else 0.0
    return Tonality(
        key=int(order[0]),
        evidence=np.asarray(evidence, dtype=np.float32),
        chroma=np.asarray(chroma, dtype=np.float32),
        texture=np.asarray([*ranked, change], dtype=np.float32),
    )


def _mean_profile(
    profile: NDArray[np.float64], strength: NDArray[np.float64]
) -> NDArray[np.float64]:
    pitched = strength[strength > 0]
    if not pitched.size:
        return np.zeros(BINS)
    weight = np.minimum(strength / np.median(pitched), 2)
    return np.asarray((profile * weight[:, None]).sum(axis=0) / weight.sum())


def _semitones(profile: NDArray[np.float64], tuning: int) -> NDArray[np.float64]:
    """36 bins from A to twelve pitch classes from C, the tuning taken out.

    Which of the three bins a semitone is loudest says how far the piece is from A = 440 Hz.
    """
    centred = np.roll(profile, -(tuning if tuning < 2 else -1))
    beside = np.roll(centred, 1)[0::3] + np.roll(centred, -1)[0::3]
    return np.roll(centred[0::3] + 0.5 * beside, -3)


@cache
def _key_bank() -> NDArray[np.float64]:
    rows = [np.roll(mode, tonic) for mode in (MAJOR, MINOR) for tonic in range(12)]
    bank = np.array(rows) - np.mean(rows, axis=1, keepdims=True)
    return np.asarray(bank / np.linalg.norm(bank, axis=1, keepdims=True))
