"""The audio port: look into an untrusted sound file, measure it, render what strangers may hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

AudioFormat = Literal["wav", "aiff", "flac", "mp3", "m4a", "ogg", "opus"]

PEAKS: Final = 800
"""Waveform values of one recording, whatever its length."""
MAX_BYTES: Final = 500 * 1024 * 1024
MAX_DURATION_MS: Final = 60 * 60 * 1000
MIN_DURATION_MS: Final = 200
PREVIEW_LUFS: Final = -14.0
PREVIEW_CEILING_DB: Final = -1.0
VOICE_TAG_EVERY_S: Final = 15.0
MAX_COVER_BYTES: Final = 20 * 1024 * 1024
TAG_NAMES: Final = ("title", "artist", "genre", "bpm", "key", "date", "comment")


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file says about itself, checked as far as its first second of sound."""

    format: AudioFormat
    codec: str
    duration_ms: int
    sample_rate: int
    channels: int
    bit_depth: int | None
    """Bits a sample of a lossless codec; None for lossy ones."""
    lossless: bool
    tags: Mapping[str, str] = field(default_factory=dict)
    """Only names of `TAG_NAMES`; no control characters, at most 200 characters each."""
    has_cover: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """What decoding the whole file told; every number measured on its 44.1 kHz stereo form."""

    duration_ms: int
    lufs: float | None
    """Integrated loudness (EBU R 128); None when silent or shorter than one 400 ms gate."""
    true_peak_db: float | None
    """Highest inter-sample peak in dBTP; None when silent."""
    peaks: bytes
    """`PEAKS` uint8 values over the whole length, 255 = the loudest slice of this recording."""
    preview_bytes: int
    preview_gain_db: float
    """Linear gain that was applied to the preview (masters are never changed)."""


class Audio(Protocol):
    """Decode untrusted sound safely. All calls are blocking and safe from several threads.

    Every method raises `AudioRefused` (never accepted as it is, worded for a person) or a
    retryable `PortError` (this machine's trouble: no disk, no memory, too busy).
    """

    def probe(self, path: Path) -> Probe:
        """Say what the content is (the name and its extension are ignored)."""

    def digest(self, path: Path, *, preview_to: Path, voice_tag: Path | None = None) -> Digest:
        """Decode all of it, measure, and write the 128 kbit/s MP3 preview atomically.

        The preview carries no metadata and is brought to `PREVIEW_LUFS` by linear gain, never
        above `PREVIEW_CEILING_DB` true peak; `voice_tag` is mixed in every `VOICE_TAG_EVERY_S`
        with the music ducked under it. Nothing is left at `preview_to` when it raises.
        """

    def mp3(
        self, path: Path, *, to: Path, tags: Mapping[str, str], cover: bytes | None = None
    ) -> int:
        """Decode all of it and write it to `to` as a 320 kbit/s MP3, atomically; return its bytes.

        Mono and stereo stay what they are, more channels become stereo; the loudness is untouched
        and the length is kept to the sample. 32, 44.1 and 48 kHz stay, others become 44.1 or 48.
        `tags` (names of `TAG_NAMES`) and `cover` (JPEG or PNG, at most `MAX_COVER_BYTES`) are all
        that is written about it: nothing of the source's own. The same input gives the same bytes.
        Nothing is left at `to` when it raises.
        """

    def pcm(self, path: Path, rate: int) -> NDArray[np.float32]:
        """Return mono samples (shape (n,), nominal range -1..1) at `rate` Hz (4000..192000).

        The same file and rate always give the same samples; they are backed by an unnamed
        scratch file, so they cost disk cache rather than heap.
        """

    def cover(self, path: Path) -> bytes | None:
        """Return the embedded picture (JPEG, PNG or WebP by content, at most 20 MB), if any."""

    def check(self) -> None:
        """Raise `PortError` unless a tone made on the spot can be probed and decoded."""
