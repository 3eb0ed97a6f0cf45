"""Melody: a motif, stated, varied, stated again and answered, bent to the chords below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from indii.demo.synth.score import BEATS
from indii.demo.synth.theory import Chord, ladder, nearest

GRID = 4  # steps a beat


@dataclass(frozen=True)
class Tone:
    """One note of a phrase: beats from its start, MIDI pitch, velocity."""

    start: float
    length: float
    pitch: int
    velocity: float


def rhythm(text: str) -> list[tuple[float, float]]:
    """Read ``x`` as an onset, ``-`` as holding and ``.`` as rest, in sixteenths."""
    steps = text.replace(" ", "")
    cells: list[tuple[float, float]] = []
    for at, step in enumerate(steps):
        if step == "x":
            held = len(steps[at + 1 :]) - len(steps[at + 1 :].lstrip("-"))
            cells.append((at / GRID, (1 + held) / GRID))
    return cells


def contour(rng: np.random.Generator, notes: int, *, leap: float = 0.25) -> list[int]:
    """Walk on a scale from 0: mostly by step, a leap is answered the other way."""
    steps = [0]
    owed = 0
    for _ in range(notes - 1):
        if owed:
            move, owed = -owed, 0
        elif rng.random() < leap:
            move = int(rng.choice([-3, -2, 2, 3, 4]))
            owed = 1 if move > 0 else -1
        else:
            move = int(rng.choice([-2, -1, -1, 0, 1, 1, 2]))
        if abs(steps[-1] + move) > 4:
            move = -move
        steps.append(steps[-1] + move)
    return steps


def varied(rng: np.random.Generator, steps: Sequence[int]) -> list[int]:
    """Keep the gesture, change its ending."""
    kept = max(1, len(steps) - max(1, len(steps) // 3))
    tail = [step + int(rng.choice([-2, -1, 1, 2])) for step in steps[kept:]]
    return [*steps[:kept], *tail]


@dataclass
class Phrase:
    """Four bars grown from one or two rhythms: A A' A B."""

    rng: np.random.Generator
    cells: Sequence[str]
    scale: Sequence[int]
    centre: int
    reach: int = 8
    arc: Sequence[int] = (0, 2, 1, -1)

    def __post_init__(self) -> None:
        """Decide the gesture once; every statement of the phrase uses it."""
        picked = self.rng.permutation(len(self.cells))
        self.first = rhythm(self.cells[picked[0]])
        self.answer = rhythm(self.cells[picked[-1]])
        self.gesture = contour(self.rng, len(self.first))
        self.turned = varied(self.rng, self.gesture)
        self.closing = contour(self.rng, len(self.answer), leap=0.15)

    def tones(
        self, chord_at: Callable[[float], Chord], bars: int, *, again: bool = False
    ) -> list[Tone]:
        """Lay the phrase over ``bars`` bars of chords; ``again`` changes how it closes."""
        steps = ladder(self.scale, self.centre - self.reach, self.centre + self.reach)
        out: list[Tone] = []
        for bar in range(bars):
            place = bar % 4
            last = place == 3 or bar == bars - 1
            cell, shape = self._bar(place, last=last, again=again)
            lift = self.arc[place] + (2 if again and last else 0)
            anchor = nearest(self.centre + lift, chord_at(bar * BEATS).tones)
            home = int(np.argmin(np.abs(np.array(steps) - anchor)))
            for (start, length), step in zip(cell, shape, strict=True):
                at = bar * BEATS + start
                pitch = steps[int(np.clip(home + step, 0, len(steps) - 1))]
                out.append(self._placed(at, length, pitch, chord_at(at), out))
        if out:
            end = out[-1]
            resting = nearest(end.pitch, chord_at(end.start).tones[:3])
            out[-1] = Tone(end.start, max(end.length, 1.0), resting, end.velocity)
        return out

    def _bar(
        self, place: int, *, last: bool, again: bool
    ) -> tuple[list[tuple[float, float]], list[int]]:
        if last:
            return self.answer, self.closing
        if place == 1 or (again and place == 2):
            return self.first, self.turned
        return self.first, self.gesture

    def _placed(
        self, at: float, length: float, pitch: int, chord: Chord, before: Sequence[Tone]
    ) -> Tone:
        strong = at % 2 == 0 or length >= 1
        if strong:
            pitch = nearest(pitch, chord.tones)
        if before and abs(pitch - before[-1].pitch) > 9:
            pitch += 12 if pitch < before[-1].pitch else -12
        velocity = 0.62 + 0.16 * (at % 1 == 0) + 0.08 * strong + float(self.rng.normal(0, 0.04))
        return Tone(at, length, pitch, float(np.clip(velocity, 0.4, 0.95)))


def awkwardness(tones: Sequence[Tone]) -> float:
    """Score how hard a phrase is to hum: wide leaps, dwelling on a note, too little, too much.

    A single leap is welcome, which is what makes a tune more than a scale.
    """
    pitches = np.array([tone.pitch for tone in tones])
    if len(pitches) < 3:
        return 100.0
    steps = np.diff(pitches)
    wide = float(np.maximum(0, np.abs(steps) - 4).sum())
    stuck = 1.5 * max(0.0, float((steps == 0).sum()) - 0.2 * len(steps))
    pairs = (steps[1:] * steps[:-1] > 0) & (np.abs(steps[1:]) > 4)
    spread = int(pitches.max() - pitches.min())
    range_ = max(0, spread - 13) + 1.5 * max(0, 6 - spread)
    plain = 2.0 if np.abs(steps).max() < 4 else 0.0
    few = 2.0 * max(0, 5 - len(set(pitches.tolist())))
    return wide + stuck + 2.0 * float(pairs.sum()) + range_ + plain + few


def best_phrase(
    make: Callable[[], Phrase], chord_at: Callable[[float], Chord], *, tries: int = 16
) -> Phrase:
    """Choose the most singable of several phrases over the chords they will be sung to."""
    phrases = [make() for _ in range(tries)]
    return min(phrases, key=lambda phrase: awkwardness(phrase.tones(chord_at, 4)))
