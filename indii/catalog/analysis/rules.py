"""Decisions about what was measured: what is sure enough, what a digest was made from."""

from typing import Protocol

RELIABLE_CONFIDENCE = 0.5
"""From this confidence on a suggested BPM or key stands in for one that was left empty."""


class MeasuredSound(Protocol):
    """What an embedding model says about a sound; `SoundFacts` of the embeddings port fits."""

    @property
    def bpm(self) -> float | None:
        """Beats a minute, None when no beat is sure enough."""

    @property
    def bpm_confidence(self) -> float:
        """0..1."""

    @property
    def key(self) -> int | None:
        """0..23, None when no key is sure enough."""

    @property
    def key_confidence(self) -> float:
        """0..1."""

    @property
    def energy(self) -> float:
        """0..1."""

    @property
    def brightness(self) -> float:
        """0..1."""

    @property
    def low_end(self) -> float:
        """0..1."""

    @property
    def density(self) -> float:
        """0..1."""

    @property
    def bands(self) -> bytes:
        """64 mel bands, uint8."""


def is_reliable(value: float | None, confidence: float) -> bool:
    """Whether a suggestion may stand in for what was left empty."""
    return value is not None and confidence >= RELIABLE_CONFIDENCE


def digest_source(master_sha256: str, voice_tag_sha256: str) -> str:
    """Name what a preview and a waveform are made from; the same name means the same result."""
    return f"{master_sha256}:{voice_tag_sha256}" if master_sha256 else ""
