"""Techno: a kick and its rumble, a sequence that hardly changes, a filter that always does."""

from __future__ import annotations

import numpy as np

from indii.demo.synth import drums, transitions
from indii.demo.synth.fx import lowpass
from indii.demo.synth.melody import contour
from indii.demo.synth.score import Arrangement, PieceSpec, Sound, Strike, balance
from indii.demo.synth.song import Song
from indii.demo.synth.theory import ladder

_MINOR = ("i i i i VI VI VII VII", "i i VI i", "i i iv i", "i i i v7", "iadd9 iadd9 VImaj7 VImaj7")
_MAJOR = ("vi vi IV IV", "I I IVmaj7 I", "vi vi iii7 IV")
_SEQUENCES = ("x.xx.x.xx.x.xx.x", "xx.xx.xx.xx.x.xx", "x.x.xx.xx.xx.x.x", "x..x..x.x..x.xx.")
_STABS = ("..x.....x.......", "...x......x.....", "......x......x..", "..x..x.....x....")


def _kit(song: Song) -> dict[str, Strike]:
    low = float(song.rng.uniform(46, 51))
    boom = drums.kick(low, 4.6, 0.15, 0.3, 48.0)
    return {
        "kick": drums.one(boom, 0.95),
        "rumble": drums.one(
            lowpass(drums.in_room(drums.kick(low, 1.3, 0.12, 0.0), 1.6, 0.7), 130.0), 0.55
        ),
        "clap": drums.many(lambda t: drums.in_room(drums.clap(0.011, 0.05, t), 0.45, 0.8), 0.26),
        "hat": drums.many(lambda t: drums.hat(0.016, t, 0.65, 8200.0), 0.13, 0.15),
        "open": drums.many(lambda t: drums.hat(0.085, t, 0.6, 7000.0), 0.17),
        "ride": drums.many(drums.ride, 0.12, -0.2),
        "rim": drums.one(drums.in_room(drums.rim(1250.0), 0.6, 0.9), 0.16, 0.35),
        "tom": drums.one(drums.in_room(drums.tom(98.0), 0.3), 0.30, -0.2),
        "snare": drums.many(lambda t: drums.snare(230.0, 0.05, 6000.0, t), 0.2),
        "crash": drums.one(drums.crash(10), 0.24),
    }


def _drums(song: Song) -> None:
    toms = song.pick("......x.....x...", "...x......x.....", "..........x..x..")
    rims = song.pick("...o..o....o....", "....o..o..o....o", "..o....o..o.....")
    for section in song.sections:
        if section.name in ("verse", "hook", "outro"):
            song.beat(section, "kick", "X...X...X...X...")
            song.beat(section, "rumble", "..x...x...x...x.", level=0.9)
            song.beat(section, "hat", "o-x-o-x-o-x-o-x-", level=0.9)
            song.beat(section, "rim", rims)
        if section.name == "hook":
            song.beat(section, "open", "..x...x...x...x.")
            song.beat(section, "clap", "....x.......x...")
            song.beat(section, "ride", "x...x...x...x...", level=0.8)
            song.beat(section, "tom", toms, level=0.9)
            song.hit(section.start, "crash", 0.7)
        elif section.name == "verse":
            song.beat(section, "tom", "................", toms, level=0.8)
            song.silence(section.end - 2, section.end, "kick", "rumble")
        elif section.name in ("intro", "break"):
            song.beat(section, "hat", "o-x-o-x-o-x-o-x-", level=0.7)
            for k in range(32):
                song.hit(section.end - 4 + k / 8, "snare", 0.08 + 0.5 * (k / 32) ** 1.5)
    song.hit(song.end, "kick", 0.95)
    song.hit(song.end, "crash", 0.6)


def _bass(song: Song) -> None:
    low = song.part("bass", "bass", "pulse bass", 0.42, duck=0.6)
    for section in (s for s in song.sections if s.name in ("verse", "hook", "outro")):
        for beat in np.arange(section.start, section.end, 0.25):
            if beat % 1 == 0:
                continue
            root = song.root(float(beat), 33)
            octave = 12 if beat % 4 == 2.75 else 0
            song.note(low, float(beat), 0.22, root + octave, 0.6 + 0.2 * (beat % 1 == 0.5))
    song.note(low, song.end, song.ring, song.root(song.end, 33), 0.8)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("stab", "supersaw", "organ")
    stab = song.part("stab", "harmony", name, 0.14, reverb=0.35, delay=0.5, duck=0.4)
    pattern = song.pick(*_STABS)
    for section in song.sections:
        for bar in range(section.bars):
            for step in (i for i, mark in enumerate(pattern) if mark == "x"):
                beat = section.start + 4 * bar + step / 4
                song.strum(stab, beat, 0.4, 0.5 + 0.2 * section.energy, spread=0.0)
        if section.name in ("intro", "break", "verse"):
            song.sweep(stab, section.start, section.end, (450.0, 5000.0))
    song.strum(stab, song.end, song.ring, 0.7, spread=0.0)
    bed = song.part("pad", "harmony", "pad", 0.085, reverb=0.5, duck=0.7)
    for section in (s for s in song.sections if s.name in ("intro", "hook", "break")):
        for beat in song.slots(section):
            song.strum(bed, beat, 3.95, 0.6)
    song.strum(bed, song.end, song.ring, 0.6)


def _lead(song: Song) -> None:
    """Sixteen steps that go round; which of them sound changes with the sections."""
    name = song.spec.lead or song.pick("pluck", "synth lead", "bell")
    lead = song.part("sequence", "melody", name, 0.23, reverb=0.25, delay=0.3, duck=0.35)
    line = contour(song.rng, 16, leap=0.4)
    pattern = song.pick(*_SEQUENCES)
    steps = ladder(song.key.pentatonic, 57, 84)
    for section in (s for s in song.sections if s.name != "intro"):
        for bar in range(section.bars):
            lift = (0, 0, 1, 2)[bar % 4] if section.name == "hook" else 0
            for at, mark in enumerate(pattern):
                if mark != "x" or (section.name == "verse" and at % 3 == 1):
                    continue
                pitch = steps[min(len(steps) - 1, 4 + line[at] + lift)]
                accent = 0.85 if at % 4 == 0 else 0.6
                song.note(lead, section.start + 4 * bar + at / 4, 0.22, pitch, accent)
        path = (600.0, 2400.0) if section.name == "verse" else (2400.0, 6500.0)
        song.sweep(lead, section.start, section.end, path)
    song.note(lead, song.end, song.ring, song.key.near(69), 0.7)


def compose(spec: PieceSpec) -> Arrangement:
    """Write a techno piece."""
    song = Song(spec, tail_s=3.6, swing=0.04, loose_s=0.001)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=53, high=70, voices=3)
    kit = _kit(song)
    _drums(song)
    _bass(song)
    _harmony(song)
    _lead(song)
    song.transition(riser=0.55, impact=0.5)
    for section in (s for s in song.sections if s.name in ("verse", "break")):
        song.effect(section.start, transitions.fall(8 * song.beat_s, spec.seed), 0.4)
    return song.finish(
        kit,
        Sound(
            balance=balance(-14, -18.5, -20, -18.5),
            loudness=-11.0,
            room_s=2.6,
            drum_drive=1.5,
            delay_beats=0.75,
        ),
    )
