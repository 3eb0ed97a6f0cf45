"""`AcousticModel`: the `embeddings` port on plain signal processing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indii.adapters.embeddings.acoustic import selftest
from indii.adapters.embeddings.acoustic.constants import Constants, shipped_constants
from indii.adapters.embeddings.acoustic.features import Features, describe, vector
from indii.adapters.embeddings.acoustic.spectra import RATE
from indii.ports.embeddings import (
    AudioAnalysis,
    EmbeddingModel,
    PcmSource,
    SoundFacts,
    UnknownModel,
)

MODEL: Final = "acoustic-v1"

BPM_SURE_ENOUGH: Final = 0.5
KEY_SURE_ENOUGH: Final = 0.2
"""Below these a value would be wrong more often than helpful: the answer is None."""

SHORTEST_BEAT_S: Final = 4.0
"""Shorter sounds are looped before listening, and the loop itself would be heard as a beat."""

_DENSE: Final = 10.0  # onsets a second: sixteenth notes at 150 BPM
_LIVELY: Final = 0.6  # mean flux of a pumping four-to-the-floor
_DARK_HZ: Final = 100.0
_BRIGHT_HZ: Final = 2500.0  # power centroids of a bass solo and of a cymbal
_BANDS_RANGE_DB: Final = 60.0


class AcousticModel:
    """Hears timbre, rhythm and harmony without any trained weights; does not read text."""

    def __init__(self, constants: Constants | None = None) -> None:
        self._constants = constants or shipped_constants()
        self._model = EmbeddingModel(
            MODEL, self._constants.version, "Acoustic (signal processing)", False
        )

    @property
    def models(self) -> tuple[EmbeddingModel, ...]:
        """Exactly one."""
        return (self._model,)

    def analyse(self, pcm: PcmSource, models: Sequence[str]) -> AudioAnalysis:
        """Listen once; see `spectra.heard_windows` for what part of long audio is heard.

        Raises: AudioRefused, UnknownModel.
        """
        for model in models:
            self._must_know(model)
        features = describe(np.asarray(pcm(RATE), dtype=np.float32))
        vectors = {model: vector(features, self._constants) for model in models}
        return AudioAnalysis(facts(features, self._constants), vectors)

    def embed_text(self, text: str, model: str) -> NDArray[np.float32] | None:  # noqa: ARG002
        """Answer None: this model does not read.

        Raises: UnknownModel.
        """
        self._must_know(model)
        return None

    def check(self) -> None:
        """Listen to sounds made here and compare.

        Raises: PortError.
        """
        selftest.run(self)

    def _must_know(self, model: str) -> None:
        if model != MODEL:
            raise UnknownModel(model)


def facts(features: Features, constants: Constants) -> SoundFacts:
    """Put a recording into words and numbers, every confidence calibrated."""
    tempo, tonality = features.tempo, features.tonality
    long_enough = features.seconds >= SHORTEST_BEAT_S
    bpm_confidence = constants.bpm.of(tempo.evidence) if long_enough else 0.0
    key_confidence = constants.key.of(tonality.evidence)
    density = _unit(features.onsets_per_s / _DENSE)
    bright = np.log(features.centroid_hz / _DARK_HZ) / np.log(_BRIGHT_HZ / _DARK_HZ)
    return SoundFacts(
        bpm=round(tempo.bpm, 2) if bpm_confidence >= BPM_SURE_ENOUGH else None,
        bpm_confidence=bpm_confidence,
        key=tonality.key if key_confidence >= KEY_SURE_ENOUGH else None,
        key_confidence=key_confidence,
        energy=(density + _unit(features.flux / _LIVELY)) / 2,
        brightness=_unit(float(bright)),
        low_end=_unit(features.bass_share),
        density=density,
        bands=_bands(features.mel_profile_db),
    )


def _unit(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))


def _bands(mel_profile_db: NDArray[np.float32]) -> bytes:
    relative = (mel_profile_db - mel_profile_db.max()) / _BANDS_RANGE_DB + 1
    return bytes(np.round(np.clip(relative, 0, 1) * 255).astype(np.uint8))
