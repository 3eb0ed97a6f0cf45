"""Harmony: keys, roman numerals, chords and voice leading. Pitches are MIDI numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
MAJOR_PENTATONIC = (0, 2, 4, 7, 9)
MINOR_PENTATONIC = (0, 3, 5, 7, 10)

_DEGREES = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_NUMERAL = re.compile(r"^(b?)([ivIV]+)(.*)$")
_EXTENSIONS: dict[str, tuple[int, ...]] = {
    "": (),
    "6": (9,),
    "7": (10,),
    "9": (10, 14),
    "11": (10, 14, 17),
    "maj7": (11,),
    "maj9": (11, 14),
    "add9": (14,),
}


@dataclass(frozen=True)
class Key:
    """A tonic pitch class with its diatonic and pentatonic scales."""

    tonic: int
    minor: bool

    @classmethod
    def numbered(cls, number: int) -> Key:
        """Read 0..11 as C..B major and 12..23 as C..B minor."""
        return cls(number % 12, number >= 12)

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven diatonic pitch classes, tonic first."""
        return tuple((self.tonic + step) % 12 for step in (MINOR if self.minor else MAJOR))

    @property
    def pentatonic(self) -> tuple[int, ...]:
        """The five pitch classes that clash with no diatonic chord."""
        steps = MINOR_PENTATONIC if self.minor else MAJOR_PENTATONIC
        return tuple((self.tonic + step) % 12 for step in steps)

    def near(self, pitch: int) -> int:
        """Find the tonic closest to a MIDI pitch."""
        return pitch + (self.tonic - pitch + 6) % 12 - 6


@dataclass(frozen=True)
class Chord:
    """A root pitch class and its chord tones, root first."""

    root: int
    tones: tuple[int, ...]

    @property
    def third(self) -> int:
        """The tone that says major or minor (or what replaces it in a suspension)."""
        return self.tones[1]

    @property
    def fifth(self) -> int:
        """The fifth of the chord."""
        return self.tones[2]


def chord(key: Key, numeral: str) -> Chord:
    """Read a roman numeral such as ``i9``, ``bVIImaj7``, ``Vsus4`` or ``iim7b5`` in a key.

    Case gives the quality. Degrees follow the key's own scale, so ``VI`` is Ab in C minor.

    Raises:
        ValueError: the numeral is not understood.
    """
    found = _NUMERAL.match(numeral)
    if found is None or found[2].lower() not in _DEGREES:
        raise ValueError(f"not a roman numeral: {numeral}")
    flat, degree, suffix = found.groups()
    root = (key.scale[_DEGREES[degree.lower()]] - len(flat)) % 12
    third = 3 if degree.islower() else 4
    fifth = 7
    if suffix.startswith("sus"):
        third, suffix = (5 if suffix.startswith("sus4") else 2), suffix[4:]
    elif suffix.startswith("m7b5"):
        fifth, suffix = 6, "7"
    intervals = (0, third, fifth, *_EXTENSIONS[suffix])
    return Chord(root, tuple((root + step) % 12 for step in intervals))


def progression(key: Key, text: str) -> list[Chord]:
    """Read numerals separated by spaces, one a bar unless the style says otherwise."""
    return [chord(key, numeral) for numeral in text.split()]


def _candidates(tones: Sequence[int], low: int, high: int) -> list[tuple[int, ...]]:
    places = [[p for p in range(low, high + 1) if p % 12 == tone] for tone in tones]
    voicings = (tuple(sorted(picks)) for picks in itertools.product(*places))
    return [v for v in voicings if len(set(v)) == len(v)]


def _cost(voicing: tuple[int, ...], before: tuple[int, ...] | None, centre: float) -> float:
    spread = voicing[-1] - voicing[0]
    cost = 0.6 * abs(sum(voicing) / len(voicing) - centre) + 0.4 * max(0, spread - 16)
    cost += 1.2 * max(0, 8 - spread)
    for lower, upper in itertools.pairwise(voicing):
        # Seconds are colour high up and mud low down; a ninth between inner voices is harsh.
        cost += {1: 9.0, 2: 1.2 if lower < 60 else 0.4}.get(upper - lower, 0.0)
    if before is not None:
        moves = [min(abs(p - q) for q in before) for p in voicing]
        cost += sum(moves) + 0.8 * abs(voicing[-1] - before[-1])
    return cost


def voice_lead(
    chords: Sequence[Chord], *, low: int = 52, high: int = 74, voices: int = 4
) -> list[tuple[int, ...]]:
    """Voice each chord so that every line moves as little as it can.

    With more tones than voices the root goes first (the bass has it), then the fifth.
    """
    centre = (low + high) / 2
    result: list[tuple[int, ...]] = []
    before: tuple[int, ...] | None = None
    for each in chords:
        tones = list(dict.fromkeys(each.tones))
        for spare in (each.root, each.fifth):
            if len(tones) > voices:
                tones.remove(spare)
        tones = tones[:voices]
        costs = {v: _cost(v, before, centre) for v in _candidates(tones, low, high)}
        before = min(costs, key=costs.__getitem__)
        result.append(before)
    return result


def nearest(pitch: float, classes: Sequence[int]) -> int:
    """Find the MIDI pitch closest to ``pitch`` whose class is among ``classes``."""
    base = round(pitch)
    return min(
        (base + step for step in range(-6, 7) if (base + step) % 12 in classes),
        key=lambda p: (abs(p - pitch), p),
    )


def ladder(classes: Sequence[int], low: int, high: int) -> list[int]:
    """Every pitch of a scale between two MIDI pitches, rising."""
    return [p for p in range(low, high + 1) if p % 12 in classes]
