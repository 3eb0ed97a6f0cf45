"""All groups of features of a recording, and the vector and facts made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from indii.adapters.embeddings.acoustic import rhythm, timbre, tonal
from indii.adapters.embeddings.acoustic.constants import Constants
from indii.adapters.embeddings.acoustic.spectra import F32, RATE, heard_windows
from indii.ports.embeddings import EMBEDDING_DIM

WEIGHTS: Final[Mapping[str, float]] = {
    "mel": 1.0,
    "cepstral": 1.0,
    "spectral": 0.5,
    "contrast": 0.5,
    "onset": 0.5,
    "rhythm": 2.0,
    "tempo": 0.5,
    "fluctuation": 2.0,
    "tonal": 0.5,
}
"""How loud each group speaks, after it is scaled by 1/sqrt(its length)."""

_CLIP: Final = 4.0
"""No single feature may shout: real music leaves the range of any corpus somewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Raw groups in the order of `WEIGHTS`, with the beat and key behind them."""

    groups: Mapping[str, F32]
    tempo: rhythm.Tempo
    tonality: tonal.Tonality
    seconds: float
    mel_profile_db: F32
    onsets_per_s: float
    bass_share: float
    centroid_hz: float
    flux: float


def describe(samples: F32) -> Features:
    """Listen to mono samples at 22.05 kHz.

    Raises: AudioRefused.
    """
    windows = heard_windows(samples)
    timbres = [timbre.listen(w) for w in windows]
    fluxes = [rhythm.onset_flux(w) for w in windows]
    tempo = rhythm.find_tempo(np.mean([rhythm.periodicity(f) for f in fluxes], axis=0))
    tonality = tonal.find_key([tonal.pitches(w) for w in windows])
    sound = timbre.joined(timbres)
    onset = rhythm.onset_statistics(fluxes)
    motion = [rhythm.fluctuation(t.mel_db, timbre.FPS) for t in timbres]
    groups = {
        "mel": timbre.mean_and_spread(sound.mel_db),
        "cepstral": timbre.cepstral(sound.mel_db),
        "spectral": timbre.spectral(sound.shape),
        "contrast": timbre.mean_and_spread(sound.contrast),
        "onset": onset,
        "rhythm": tempo.pattern,
        "tempo": np.append(tempo.scores, np.float32(np.log2(tempo.bpm / 100))),
        "fluctuation": np.asarray(np.mean(motion, axis=0), dtype=np.float32),
        "tonal": _tonal(tonality),
    }
    return Features(
        groups=groups,
        tempo=tempo,
        tonality=tonality,
        seconds=samples.size / RATE,
        mel_profile_db=_mean_power_db(sound.mel_db),
        onsets_per_s=float(onset[-1]),
        bass_share=float(sound.shape[:, 2].mean()),
        centroid_hz=float(np.exp(sound.shape[:, 0].mean())),
        flux=float(np.mean([f.mean() for f in fluxes])),
    )


def vector(features: Features, constants: Constants) -> F32:
    """Make the unit-norm `(512,)` vector: z-scored, weighed by group, padded with zeros."""
    raw = np.concatenate([features.groups[name] for name in WEIGHTS]).astype(np.float64)
    scores = np.clip((raw - constants.mean) / constants.std, -_CLIP, _CLIP)
    out = np.zeros(EMBEDDING_DIM, dtype=np.float64)
    out[: raw.size] = scores * group_scale({n: features.groups[n].size for n in WEIGHTS})
    return np.asarray(out / np.linalg.norm(out), dtype=np.float32)


def group_scale(sizes: Mapping[str, int]) -> F32:
    """Give the factor of every dimension: the weight of its group over the root of its length."""
    parts = [np.full(size, WEIGHTS[name] / np.sqrt(size)) for name, size in sizes.items()]
    return np.asarray(np.concatenate(parts), dtype=np.float32)


def _tonal(tonality: tonal.Tonality) -> F32:
    """Key-free harmony: degrees from the tonic, circle spectrum, mode, certainty, texture."""
    degrees = np.roll(tonality.chroma, -(tonality.key % 12))
    circle = np.abs(np.fft.rfft(tonality.chroma))[1:]
    mode = (float(tonality.key < 12), float(tonality.evidence[1]))
    parts = (degrees, circle, np.array(mode), tonality.texture)
    return np.asarray(np.concatenate(parts), dtype=np.float32)


def _mean_power_db(mel_db: F32) -> F32:
    mean = np.mean(10 ** (mel_db.astype(np.float64) / 10), axis=0)
    return np.asarray(10 * np.log10(mean), dtype=np.float32)
