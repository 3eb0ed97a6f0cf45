"""What is written before anything sounds: notes, hits, parts, sections and the whole arrangement.

Times are beats (quarter notes) from the start; velocities 0..1; gains are linear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
STEMS = ("drums", "bass", "harmony", "melody", "fx")
BEATS = 4  # a bar


@dataclass(frozen=True)
class PieceSpec:
    """All that a piece depends on: equal specs give equal samples.

    ``key`` is 0..11 for C..B major and 12..23 for C..B minor. ``harmony`` and ``lead`` name
    instruments; empty means that the style chooses.
    """

    style: str
    seed: int
    bpm: float
    key: int
    harmony: str = ""
    lead: str = ""
    seconds: float = 51.0


@dataclass(frozen=True)
class Note:
    """One pitched event; ``glide`` is a MIDI pitch to slide to before the end."""

    start: float
    length: float
    pitch: int
    velocity: float
    glide: int | None = None


@dataclass(frozen=True)
class Hit:
    """One drum stroke of a named voice of the kit."""

    start: float
    voice: str
    velocity: float


@dataclass(frozen=True)
class Section:
    """A stretch of whole bars with a name and an energy 0..1."""

    name: str
    first_bar: int
    bars: int
    energy: float

    @property
    def start(self) -> float:
        """First beat."""
        return self.first_bar * BEATS

    @property
    def end(self) -> float:
        """Beat after the last."""
        return (self.first_bar + self.bars) * BEATS


@dataclass(frozen=True)
class Sweep:
    """A low-pass (or high-pass) filter that moves between two cutoffs in Hz over some beats."""

    start: float
    end: float
    from_hz: float
    to_hz: float
    kind: str = "lowpass"


Voice = Callable[[Note, float], Samples]
"""Turns a note and its gate in seconds into samples, (n,) or (2, n)."""


@dataclass(frozen=True)
class Place:
    """Where a part is heard: pan -1..1, sends 0..1, and how far each kick pushes it down."""

    pan: float = 0.0
    reverb: float = 0.0
    delay: float = 0.0
    duck: float = 0.0


@dataclass
class Part:
    """One instrument's line with its place in the mix."""

    name: str
    stem: str
    voice: Voice
    gain: float
    place: Place
    notes: list[Note] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)


@dataclass(frozen=True)
class Strike:
    """A kit voice: alternating takes of one stroke, its level and its place."""

    takes: Sequence[Samples]
    gain: float = 1.0
    pan: float = 0.0


@dataclass(frozen=True)
class Effect:
    """A finished sound placed at a beat: riser, impact, texture."""

    start: float
    samples: Samples
    gain: float


def balance(drums: float, bass: float, harmony: float, melody: float) -> Mapping[str, float]:
    """Name the loudness of each stem in LUFS; only the differences matter."""
    return {"drums": drums, "bass": bass, "harmony": harmony, "melody": melody}


@dataclass(frozen=True)
class Sound:
    """How the whole piece is finished.

    ``balance`` is each stem's loudness in LUFS before the master (only the differences matter);
    ``tilt_db`` is how much darker (negative) than neutral the master is, per band of 1.3 octaves.
    """

    balance: Mapping[str, float]
    loudness: float = -11.0
    room_s: float = 1.8
    room_hz: float = 6500.0
    delay_beats: float = 0.75
    drum_drive: float = 1.3
    drum_top_hz: float = 17000.0
    wow: float = 0.0
    tilt_db: float = 0.0


@dataclass
class Arrangement:
    """A complete score with its players, ready to be rendered."""

    spec: PieceSpec
    sections: Sequence[Section]
    parts: Sequence[Part]
    hits: Sequence[Hit]
    kit: Mapping[str, Strike]
    effects: Sequence[Effect]
    sound: Sound
    tail_s: float

    @property
    def beat_s(self) -> float:
        """Seconds a beat."""
        return 60.0 / self.spec.bpm

    @property
    def beats(self) -> float:
        """Length in beats without the ringing out."""
        return self.sections[-1].end

    @property
    def seconds(self) -> float:
        """Length with the ringing out."""
        return self.beats * self.beat_s + self.tail_s
