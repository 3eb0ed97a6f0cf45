"""A reference to measure against, never the product's model: the usual librosa recipe.

MFCC statistics for the vector, `librosa.feature.tempo` for BPM, STFT chroma with Krumhansl's
profiles for the key. librosa is optional (extra `eval`) and imported only here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indii.ports.embeddings import (
    BAND_COUNT,
    EMBEDDING_DIM,
    AudioAnalysis,
    EmbeddingModel,
    PcmSource,
    SoundFacts,
    UnknownModel,
)
from indii.ports.errors import AudioRefused, PortError

MODEL: Final = "librosa-mfcc"
RATE: Final = 22_050

# Krumhansl & Kessler 1982, probe-tone ratings from the tonic.
_MAJOR: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def is_installed() -> bool:
    """Whether the extra `eval` is there."""
    return find_spec("librosa") is not None


class LibrosaModel:
    """The `embeddings` port on librosa, for comparison only.

    Raises: PortError when librosa is absent.
    """

    def __init__(self) -> None:
        if not is_installed():
            raise PortError(
                "librosa is not installed: install the extra `eval` to compare with it.",
                retryable=False,
            )
        import librosa

        self._librosa: Any = librosa
        self._model = EmbeddingModel(MODEL, str(librosa.__version__), "librosa (comparison)", False)

    @property
    def models(self) -> tuple[EmbeddingModel, ...]:
        """Exactly one."""
        return (self._model,)

    def analyse(self, pcm: PcmSource, models: Sequence[str]) -> AudioAnalysis:
        """Follow the usual recipe over the whole recording; it always answers BPM and key.

        Raises: AudioRefused, UnknownModel.
        """
        for model in models:
            self._must_know(model)
        samples = np.asarray(pcm(RATE), dtype=np.float32)
        if samples.size < RATE or not np.isfinite(samples).all() or np.ptp(samples) < 1e-5:
            raise AudioRefused("There is nothing to hear in this recording.")
        facts = SoundFacts(
            bpm=self._bpm(samples),
            bpm_confidence=1.0,
            key=self._key(samples),
            key_confidence=1.0,
            energy=0.0,
            brightness=0.0,
            low_end=0.0,
            density=0.0,
            bands=bytes(BAND_COUNT),
        )
        vector = self._vector(samples)
        return AudioAnalysis(facts, dict.fromkeys(models, vector))

    def embed_text(self, text: str, model: str) -> NDArray[np.float32] | None:  # noqa: ARG002
        """Answer None: librosa does not read.

        Raises: UnknownModel.
        """
        self._must_know(model)
        return None

    def check(self) -> None:
        """Nothing of ours to check: librosa imported."""

    def _must_know(self, model: str) -> None:
        if model != MODEL:
            raise UnknownModel(model)

    def _bpm(self, samples: NDArray[np.float32]) -> float:
        return float(np.atleast_1d(self._librosa.feature.tempo(y=samples, sr=RATE))[0])

    def _key(self, samples: NDArray[np.float32]) -> int:
        chroma = self._librosa.feature.chroma_stft(y=samples, sr=RATE).mean(axis=1)
        profiles = [np.roll(mode, tonic) for mode in (_MAJOR, _MINOR) for tonic in range(12)]
        return int(np.argmax([np.corrcoef(chroma, p)[0, 1] for p in profiles]))

    def _vector(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        mfcc = self._librosa.feature.mfcc(y=samples, sr=RATE, n_mfcc=20)
        change = self._librosa.feature.delta(mfcc)
        # The 0th coefficient is loudness; without frozen constants, each part is scaled alone.
        parts = (mfcc.mean(axis=1)[1:], mfcc.std(axis=1), change.std(axis=1))
        scaled = np.concatenate([p / (np.linalg.norm(p) + 1e-9) for p in parts])
        out = np.zeros(EMBEDDING_DIM, dtype=np.float32)
        out[: scaled.size] = scaled / np.linalg.norm(scaled)
        return out
