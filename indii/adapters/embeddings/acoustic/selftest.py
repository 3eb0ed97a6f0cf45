"""Four sounds with a known answer: does the model measure what it must on this machine?"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indii.ports.embeddings import EMBEDDING_DIM, AudioAnalysis, Embeddings, PcmSource
from indii.ports.errors import PortError

_SECONDS: Final = 10
_BPM: Final = 120.0
_A_MINOR: Final = 21


def run(embeddings: Embeddings) -> None:
    """Compare the default model with what was played.

    Raises: PortError naming the first thing that is not as it must be.
    """
    model = embeddings.models[0].name
    heard = {name: embeddings.analyse(play, [model]) for name, play in _SOUNDS.items()}
    again = embeddings.analyse(_drums, [model])
    vectors = {name: h.vectors[model] for name, h in heard.items()}
    for name, vector in vectors.items():
        _expect(vector.shape == (EMBEDDING_DIM,), f"the vector of {name} has the wrong length")
        _expect(abs(float(vector @ vector) - 1) < 1e-4, f"the vector of {name} is not a unit")
    same = np.array_equal(again.vectors[model], vectors["drums"])
    _expect(same, "the same sound is heard differently twice")
    for one, other in combinations(vectors, 2):
        close = float(vectors[one] @ vectors[other])
        _expect(close < 0.95, f"{one} and {other} sound the same to it ({close:.3f})")
    _facts(heard)


def _facts(heard: dict[str, AudioAnalysis]) -> None:
    bpm = heard["drums"].facts.bpm
    beat = bpm is not None and abs(bpm / _BPM - 1) < 0.02
    _expect(beat, f"a drum loop at {_BPM:g} BPM is heard as {bpm}")
    key = heard["chords"].facts.key
    _expect(key == _A_MINOR, f"chords in A minor are heard as key {key}")
    _expect(heard["noise"].facts.bpm is None, "a beat is heard in plain noise")


def _expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise PortError(f"The sound model fails its self-test: {otherwise}.", retryable=False)


def _noise(rate: int) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(1).standard_normal(rate * _SECONDS)).astype(np.float32)


def _drums(rate: int) -> NDArray[np.float32]:
    """Kick on the beat, hat between, both short decays."""
    time = np.arange(rate * _SECONDS) / rate
    beat = time % (60 / _BPM)
    between = (time + 30 / _BPM) % (60 / _BPM)
    kick = np.sin(2 * np.pi * 55 * beat) * np.exp(-beat * 18)
    hat = np.random.default_rng(2).standard_normal(time.size) * np.exp(-between * 60)
    return np.asarray(0.6 * kick + 0.15 * hat, dtype=np.float32)


def _chords(rate: int) -> NDArray[np.float32]:
    """Play A minor, D minor, E minor, A minor: two seconds each."""
    time = np.arange(rate * _SECONDS) / rate
    out = np.zeros(time.size)
    for bar, root in enumerate((57, 62, 64, 57, 57)):
        playing = (time >= 2 * bar) & (time < 2 * bar + 2)
        for note in (root, root + 3, root + 7):
            hz = 440 * 2 ** ((note - 69) / 12)
            out += playing * sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 6))
    return np.asarray(0.05 * out, dtype=np.float32)


def _hum(rate: int) -> NDArray[np.float32]:
    time = np.arange(rate * _SECONDS) / rate
    return np.asarray(0.3 * np.sin(2 * np.pi * 110 * time), dtype=np.float32)


_SOUNDS: Final[dict[str, PcmSource]] = {
    "noise": _noise,
    "drums": _drums,
    "chords": _chords,
    "hum": _hum,
}
