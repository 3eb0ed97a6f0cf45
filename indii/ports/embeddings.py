"""Embedding models: they say in numbers how a recording sounds.

Several models can be installed at once. Each owns one vector space, known by its name;
vectors of two models are never compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from indii.ports.errors import PortError

EMBEDDING_DIM: Final = 512
"""Length of every stored vector; smaller spaces are padded with zeros, which keeps cosines."""

BAND_COUNT: Final = 64
"""Number of mel bands in `SoundFacts.bands`."""

KEY_COUNT: Final = 24
"""0-11 are C..B major, 12-23 are C..B minor."""

PcmSource = Callable[[int], NDArray[np.float32]]
"""Ask it for the whole recording as mono samples (`(n,)`, nominally -1..1) at a rate in Hz."""


class UnknownModel(PortError):
    """No installed model has this name."""

    def __init__(self, model: str) -> None:
        super().__init__(f"No embedding model called {model!r} is installed.", retryable=False)
        self.model = model


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """One installed model: its vector space (`name`), exact build (`version`), public name."""

    name: str
    version: str
    label: str
    embeds_text: bool


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What can be said about a recording in words; suggestions, never the artist's own values.

    `bpm` is None when no beat is sure enough, `key` (0..23, see `KEY_COUNT`) when no key is.
    Confidences are estimated probabilities of being right and are given even for a None.
    The other floats are 0..1 and do not depend on loudness. `bands` holds 64 mel bands as
    uint8, 255 the loudest band of the recording and 0 whatever lies 60 dB or more below it.
    """

    bpm: float | None
    bpm_confidence: float
    key: int | None
    key_confidence: float
    energy: float
    brightness: float
    low_end: float
    density: float
    bands: bytes


@dataclass(frozen=True, slots=True, eq=False)
class AudioAnalysis:
    """The facts of a recording, and one unit-norm `(512,)` vector for each model asked for."""

    facts: SoundFacts
    vectors: Mapping[str, NDArray[np.float32]]


class Embeddings(Protocol):
    """All embedding models of this installation; equal samples give equal answers."""

    @property
    def models(self) -> tuple[EmbeddingModel, ...]:
        """The installed models, the default one first."""
        ...

    def analyse(self, pcm: PcmSource, models: Sequence[str]) -> AudioAnalysis:
        """Analyse once for all `models`; the vectors come in the order asked for.

        Raises: AudioRefused when there is nothing to hear, UnknownModel.
        """
        ...

    def embed_text(self, text: str, model: str) -> NDArray[np.float32] | None:
        """Return the unit-norm `(512,)` vector of a description; None if the model takes no text.

        Raises: UnknownModel.
        """
        ...

    def check(self) -> None:
        """Analyse known sounds and compare.

        Raises: PortError when a model gives wrong answers.
        """
        ...
