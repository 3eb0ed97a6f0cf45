"""The embedding model's evaluation corpus: labelled pieces with everything else made to vary.

Eight genres from the same instruments, so that timbre alone gives nothing away; key, tempo,
tuning, room, tone, level and noise are drawn at random. Trap and drill, lo-fi and boom bap, house
and techno share tempo ranges and instruments on purpose.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from indii.demo.synth.fx import biquad, chain, drive, reverberate, room
from indii.demo.synth.render import mix_stems
from indii.demo.synth.score import Arrangement, PieceSpec, Samples
from indii.demo.synth.styles import STYLES
from indii.demo.synth.tones import level

RATE = 22_050
TEMPI = {
    "trap": (128, 152),
    "drill": (136, 148),
    "lofi": (68, 94),
    "boombap": (82, 100),
    "house": (118, 130),
    "techno": (124, 140),
    "ambient": (58, 92),
    "afrobeat": (96, 116),
}
_MINOR_SHARE = {"house": 0.5, "afrobeat": 0.4, "lofi": 0.5, "ambient": 0.45}
_HARMONY = ("rhodes", "piano", "felt", "guitar", "pad", "strings", "choir", "organ")
_FOUNDATION = frozenset(
    {"bass", "808", "drone", "chords", "chops", "keys", "stab", "bed", "lead", "voice"}
)
_LEADS = ("bell", "pluck", "flute", "vibes", "guitar", "kalimba", "piano", "synth lead")


@dataclass(frozen=True)
class Labelled:
    """A piece and the truth about it; samples are mono float32 at 22 050 Hz.

    ``key`` is 0..11 for C..B major, 12..23 for C..B minor.
    """

    genre: str
    bpm: float
    key: int
    instruments: tuple[str, ...]
    samples: NDArray[np.float32]
    seed: int

    def pcm(self, rate: int, /) -> NDArray[np.float32]:
        """Give the samples at any rate, as a model asks for them."""
        if rate == RATE:
            return self.samples
        return np.asarray(resample_poly(self.samples, rate, RATE), dtype=np.float32)


def corpus(count_per_genre: int = 6, seconds: float = 20.0) -> Iterator[Labelled]:
    """Every genre in turn, the same pieces in the same order each time."""
    for number in range(count_per_genre):
        for genre in STYLES:
            yield labelled(genre, 1000 + number, seconds)


def fitting(count_per_genre: int = 12, seconds: float = 20.0) -> Iterator[Labelled]:
    """Compose the pieces that the model's constants are fitted on; none of them is in `corpus`."""
    for number in range(count_per_genre):
        for genre in STYLES:
            yield labelled(genre, 5000 + number, seconds)


def labelled(genre: str, seed: int, seconds: float = 20.0) -> Labelled:
    """One piece of a genre with its nuisances; equal arguments give equal samples."""
    rng = np.random.default_rng([zlib.crc32(genre.encode()), seed, 77])
    low, high = TEMPI[genre]
    bpm = float(rng.uniform(low, high))
    key = int(rng.integers(12)) + (12 if rng.random() < _MINOR_SHARE.get(genre, 0.85) else 0)
    harmony, lead = str(rng.choice(_HARMONY)), str(rng.choice(_LEADS))
    spec = PieceSpec(genre, seed, bpm, key, harmony, lead, seconds + 16)
    piece = _excerpt(STYLES[genre](spec), rng, seconds)
    names = dict.fromkeys((harmony, lead, *("drums" for _ in piece.hits[:1])))
    mix = np.sum(list(mix_stems(piece).values()), axis=0)
    cents = float(rng.normal(0, 12))
    samples = _spoiled(mix, rng, 2 ** (cents / 1200))[: int(seconds * RATE)]
    return Labelled(genre, bpm * 2 ** (cents / 1200), key, tuple(names), samples, seed)


def _excerpt(piece: Arrangement, rng: np.random.Generator, seconds: float) -> Arrangement:
    """From the first full section on, side parts dropped at random: density is a nuisance too."""
    start = next(s.start for s in piece.sections if s.name in ("verse", "hook"))
    end = start + seconds / piece.beat_s
    for part in piece.parts:
        kept = rng.random() < 0.7 or part.name in _FOUNDATION
        part.sweeps = []
        part.notes = [
            replace(note, start=max(0.0, note.start - start))
            for note in part.notes
            if kept and start - 0.1 <= note.start < end
        ]
    hits = [
        replace(hit, start=max(0.0, hit.start - start))
        for hit in piece.hits
        if start - 0.1 <= hit.start < end
    ]
    # Half a second more than asked, because detuning may shorten it.
    tail_s = seconds + 0.5 - piece.beats * piece.beat_s
    return replace(piece, hits=hits, effects=[], tail_s=tail_s)


def _spoiled(mix: Samples, rng: np.random.Generator, speed: float) -> NDArray[np.float32]:
    """Room, tilt, clipping, detuning, level and noise; mono at half the rate."""
    if rng.random() < 0.4:
        wet = reverberate(mix, room(float(rng.choice([0.8, 1.6, 2.8])), 5000.0, 23))
        mix = mix + np.float32(rng.uniform(0.1, 0.35)) * wet
    tilt = float(rng.uniform(-4, 4))
    mono = chain(
        mix.mean(axis=0),
        biquad("lowshelf", 250.0, 0.6, -tilt),
        biquad("highshelf", 2500.0, 0.6, tilt),
    )
    mono = drive(level(mono), float(rng.uniform(1.0, 2.2)))
    half = resample_poly(mono, 1, 2).astype(np.float32)
    at = np.arange(int(len(half) / speed)) * speed
    moved = np.interp(at, np.arange(len(half)), half).astype(np.float32)
    loud = level(moved, float(rng.uniform(0.35, 0.95)))
    hiss = rng.standard_normal(len(loud), dtype=np.float32)
    return loud + hiss * np.float32(10 ** (rng.uniform(-75, -50) / 20))
