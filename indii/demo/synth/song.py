"""The composer's desk: form, chords over time, drum grids, swing and hands that are not exact."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from indii.demo.synth import transitions
from indii.demo.synth.melody import Phrase, best_phrase
from indii.demo.synth.palette import gain, player
from indii.demo.synth.score import (
    BEATS,
    Arrangement,
    Effect,
    Hit,
    Note,
    Part,
    PieceSpec,
    Place,
    Samples,
    Section,
    Sound,
    Strike,
    Sweep,
)
from indii.demo.synth.theory import Chord, Key, progression, voice_lead

T = TypeVar("T")
ENERGY = {"intro": 0.3, "verse": 0.6, "hook": 1.0, "break": 0.3, "outro": 0.45}
_FORMS = {
    6: "intro 2 hook 4",
    8: "verse 4 hook 4",
    10: "intro 2 verse 4 hook 4",
    12: "intro 2 verse 2 hook 4 break 2 outro 2",
    14: "intro 2 verse 2 hook 4 break 2 hook 2 outro 2",
    16: "intro 2 verse 4 hook 4 break 2 hook 2 outro 2",
    18: "intro 2 verse 4 hook 4 break 2 hook 4 outro 2",
    20: "intro 2 verse 4 hook 4 break 4 hook 4 outro 2",
    22: "intro 4 verse 4 hook 4 break 4 hook 4 outro 2",
    24: "intro 4 verse 4 hook 8 break 2 hook 4 outro 2",
    26: "intro 4 verse 4 hook 8 break 4 hook 4 outro 2",
    28: "intro 4 verse 8 hook 8 break 2 hook 4 outro 2",
    30: "intro 4 verse 8 hook 8 break 4 hook 4 outro 2",
    32: "intro 4 verse 8 hook 8 break 4 hook 6 outro 2",
    34: "intro 4 verse 8 hook 8 break 4 hook 8 outro 2",
}
_ACCENT = {"X": 1.0, "x": 0.8, "o": 0.58, "-": 0.34}


def form(spec: PieceSpec, tail_s: float) -> list[Section]:
    """Sections in whole bars that come closest to the wanted length."""
    bar_s = BEATS * 60 / spec.bpm
    wanted = (spec.seconds - tail_s) / bar_s
    bars = min(_FORMS, key=lambda b: abs(b - wanted))
    words = _FORMS[bars].split()
    sections: list[Section] = []
    first = 0
    for name, length in zip(words[::2], map(int, words[1::2]), strict=True):
        sections.append(Section(name, first, length, ENERGY[name]))
        first += length
    return sections


class Song:
    """Collects what a style writes and turns it into an Arrangement."""

    def __init__(
        self, spec: PieceSpec, *, tail_s: float = 3.5, swing: float = 0.0, loose_s: float = 0.005
    ) -> None:
        """Swing is how far (in sixteenths) every second sixteenth comes late."""
        self.spec = spec
        self.key = Key.numbered(spec.key)
        self.rng = np.random.default_rng([zlib.crc32(spec.style.encode()), spec.seed])
        self.beat_s = 60 / spec.bpm
        self.tail_s = tail_s
        self.sections = form(spec, tail_s)
        self.parts: list[Part] = []
        self.hits: list[Hit] = []
        self.effects: list[Effect] = []
        self._swing = swing
        self._loose = loose_s / self.beat_s
        self._slots: dict[str, list[Chord]] = {}
        self._voicings: dict[str, list[tuple[int, ...]]] = {}
        self._slot_beats = float(BEATS)

    @property
    def ring(self) -> float:
        """How many beats the last chord is held."""
        return 0.5 * self.tail_s / self.beat_s

    @property
    def end(self) -> float:
        """The downbeat on which everything comes home."""
        return self.sections[-1].end

    def pick(self, *options: T) -> T:
        """One of some options, by the piece's own dice."""
        return options[int(self.rng.integers(len(options)))]

    def harmonise(
        self,
        main: str,
        other: str | None = None,
        *,
        slot: float = BEATS,
        low: int = 52,
        high: int = 73,
        voices: int = 4,
    ) -> None:
        """Set the chords (``other`` for breaks), ``slot`` beats each, voiced in a register."""
        self._slot_beats = slot
        for name, text in (("main", main), ("other", other or main)):
            chords = progression(self.key, text)
            self._slots[name] = chords
            self._voicings[name] = voice_lead(chords, low=low, high=high, voices=voices)

    def section_at(self, beat: float) -> Section:
        """Find the section that a beat belongs to."""
        return next((s for s in self.sections if s.start <= beat < s.end), self.sections[-1])

    def _slot(self, beat: float) -> tuple[str, int]:
        section = self.section_at(beat)
        name = "other" if section.name == "break" else "main"
        if beat >= self.end:
            return "main", 0
        return name, int((beat - section.start) // self._slot_beats) % len(self._slots[name])

    def chord_at(self, beat: float) -> Chord:
        """Find the chord that sounds at a beat."""
        name, index = self._slot(beat)
        return self._slots[name][index]

    def _chord_after(self, origin: float, beat: float) -> Chord:
        return self.chord_at(origin + beat)

    def voicing_at(self, beat: float) -> tuple[int, ...]:
        """Give the chord's pitches in the harmony's register, low to high."""
        name, index = self._slot(beat)
        return self._voicings[name][index]

    def slots(self, section: Section) -> Iterable[float]:
        """First beats of the chords of a section."""
        step = self._slot_beats
        return (section.start + step * k for k in range(int((section.end - section.start) / step)))

    def root(self, beat: float, low: int = 28) -> int:
        """Find the chord's root in the octave above ``low``."""
        return low + (self.chord_at(beat).root - low) % 12

    def part(self, name: str, stem: str, instrument: str, level: float, **place: float) -> Part:
        """Add a player of an instrument; ``place`` is any of pan, reverb, delay and duck."""
        part = Part(name, stem, player(instrument), gain(instrument, level), Place(**place))
        self.parts.append(part)
        return part

    def when(self, beat: float, *, tight: bool = False) -> float:
        """Where a written beat really falls: swung, and as exact as a hand is."""
        step = beat * 4
        swung = beat + (self._swing / 4 if round(step) % 2 == 1 and step % 1 == 0 else 0.0)
        human = 0.0 if tight else float(np.clip(self.rng.normal(0, 1), -2, 2)) * self._loose
        return max(0.0, swung + human)

    def note(  # noqa: PLR0917 - a note is these numbers, and they are written hundreds of times
        self,
        part: Part,
        beat: float,
        length: float,
        pitch: int,
        velocity: float,
        glide: int | None = None,
    ) -> None:
        """Write a note with human time and touch."""
        touch = float(np.clip(velocity + self.rng.normal(0, 0.03), 0.15, 1.0))
        part.notes.append(Note(self.when(beat), length, pitch, touch, glide))

    def strum(
        self, part: Part, beat: float, length: float, velocity: float, *, spread: float = 0.012
    ) -> None:
        """Play the chord of the moment, its notes a touch apart, the top a little louder."""
        pitches = self.voicing_at(beat)
        at = self.when(beat)
        for rank, pitch in enumerate(pitches):
            touch = velocity * (0.86 + 0.14 * (rank == len(pitches) - 1))
            late = rank * spread / self.beat_s * float(self.rng.uniform(0.6, 1.2))
            shade = float(np.clip(touch + self.rng.normal(0, 0.025), 0.1, 1))
            part.notes.append(Note(at + late, length, pitch, shade))

    def comp(self, part: Part, section: Section, pattern: str, velocity: float) -> None:
        """Chords in a written rhythm (sixteenths: x strikes, - holds), bar by bar."""
        steps = pattern.replace(" ", "")
        for at in np.flatnonzero(np.array(list(steps)) == "x"):
            rest = steps[at + 1 :]
            held = (1 + len(rest) - len(rest.lstrip("-"))) / 4
            for beat in np.arange(section.start + at / 4, section.end, len(steps) / 4):
                self.strum(part, float(beat), held * 0.96, velocity)

    def beat(self, section: Section, voice: str, *bars: str, level: float = 1.0) -> None:
        """Drum grids of sixteenths, one string a bar, repeated through the section."""
        for bar in range(section.bars):
            self.grid(section.start + bar * BEATS, voice, bars[bar % len(bars)], level=level)

    def grid(self, start: float, voice: str, steps: str, *, level: float = 1.0) -> None:
        """One bar of a drum grid: X x o - from hard to ghost."""
        tight = voice.startswith("kick")
        for at, step in enumerate(steps.replace(" ", "")):
            if step in _ACCENT:
                touch = level * _ACCENT[step] * (1 + float(self.rng.normal(0, 0.06)))
                self.hit(self.when(start + at / 4, tight=tight), voice, touch)

    def hit(self, beat: float, voice: str, velocity: float) -> None:
        """One stroke, exactly there."""
        self.hits.append(Hit(beat, voice, float(np.clip(velocity, 0.02, 1.1))))

    def silence(self, start: float, end: float, *voices: str) -> None:
        """Take strokes out again: the breath before a drop."""
        self.hits = [
            h
            for h in self.hits
            if not (start - 0.05 <= h.start < end and (not voices or h.voice in voices))
        ]

    def sing(
        self, part: Part, section: Section, phrase: Phrase, *, velocity: float = 1.0, bars: int = 4
    ) -> None:
        """State a phrase through a section; every second statement closes differently."""
        for turn, bar in enumerate(range(0, section.bars, bars)):
            origin = section.start + bar * BEATS
            length = min(bars, section.bars - bar)
            tones = phrase.tones(partial(self._chord_after, origin), length, again=turn % 2 == 1)
            for tone in tones:
                self.note(
                    part, origin + tone.start, tone.length, tone.pitch, velocity * tone.velocity
                )

    def tune(
        self,
        cells: Sequence[str],
        scale: Sequence[int],
        centre: int,
        *,
        reach: int = 8,
        arc: Sequence[int] = (0, 2, 1, -1),
    ) -> Phrase:
        """Write a phrase for this piece: the most singable of several over its hook's chords."""
        origin = next(s.start for s in self.sections if s.name == "hook")
        return best_phrase(
            lambda: Phrase(self.rng, cells, scale, centre, reach, arc),
            partial(self._chord_after, origin),
        )

    def effect(self, beat: float, samples: Samples, gain: float) -> None:
        """Place a finished sound."""
        self.effects.append(Effect(beat, samples, gain))

    def sweep(self, part: Part, start: float, end: float, path: Sequence[float]) -> None:
        """Open or close a low-pass over a part between two beats."""
        part.sweeps.append(Sweep(start, end, path[0], path[1]))

    def transition(self, *, riser: float = 0.5, impact: float = 0.6, cymbal: float = 0.5) -> None:
        """Lead into every hook with noise that rises and land on it."""
        for section in self.sections:
            if section.name != "hook" or section.start == 0:
                continue
            length = min(8.0, section.start) * self.beat_s
            seed = self.spec.seed + section.first_bar
            if riser:
                rise = transitions.riser(length, seed)
                self.effect(section.start - length / self.beat_s, rise, riser)
            if cymbal:
                back = transitions.reversed_cymbal(2 * self.beat_s, seed)
                self.effect(section.start - 2, back, cymbal)
            if impact:
                self.effect(section.start, transitions.impact(seed), impact)

    def finish(self, kit: dict[str, Strike], sound: Sound) -> Arrangement:
        """Hand over the arrangement as written."""
        return Arrangement(
            self.spec,
            self.sections,
            self.parts,
            sorted(self.hits, key=lambda h: (h.start, h.voice)),
            kit,
            self.effects,
            sound,
            self.tail_s,
        )
