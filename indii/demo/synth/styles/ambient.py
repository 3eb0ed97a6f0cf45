"""Ambient: slow chords that overlap, a drone, a few notes with a lot of room, hardly a pulse."""

from __future__ import annotations

import numpy as np

from indii.demo.synth import drums, transitions
from indii.demo.synth.fx import lowpass
from indii.demo.synth.score import BEATS, Arrangement, PieceSpec, Sound, Strike, balance
from indii.demo.synth.song import Song

_MAJOR = ("Imaj9 IVmaj9 vi9 IVmaj9", "Iadd9 iii7 IVmaj9 Iadd9", "IVmaj9 Iadd9 ii9 vi9")
_MINOR = ("iadd9 VImaj9 IIImaj7 VII", "i9 VImaj7 iv9 VImaj7", "VImaj9 iadd9 iv9 iadd9")
_CELLS = ("x-------....x---", "....x---x-------", "x---x-------....", "..x-----x---....")


def _kit() -> dict[str, Strike]:
    return {
        "heart": drums.one(lowpass(drums.kick(46.0, 1.6, 0.14, 0.0, 20.0), 160.0), 0.42),
        "wood": drums.one(drums.in_room(drums.rim(520.0), 1.2, 2.2), 0.08, 0.45),
        "shaker": drums.many(lambda t: drums.in_room(drums.shaker(t), 0.8, 1.6), 0.05, -0.45),
    }


def _pulse(song: Song) -> None:
    for section in (s for s in song.sections if s.name == "hook"):
        song.beat(section, "heart", "X.....o.........")
        song.beat(section, "wood", "..........o.....", "......o......-..")
        song.beat(section, "shaker", "o...-...o...-...")


def _bed(song: Song) -> None:
    name = song.spec.harmony or song.pick("pad", "glass", "choir", "strings")
    bed = song.part("bed", "harmony", name, 0.15, reverb=0.5)
    other = "glass" if name != "glass" else "pad"
    shine = song.part("shine", "harmony", other, 0.09, reverb=0.6)
    for section in song.sections:
        for beat in song.slots(section):
            song.strum(bed, beat, BEATS * 1.12, 0.5 + 0.15 * section.energy, spread=0.12)
            if section.name in ("hook", "break"):
                for pitch in song.voicing_at(beat)[-2:]:
                    song.note(shine, beat + 0.5, BEATS, pitch + 12, 0.5)
    first = song.sections[0]
    song.sweep(bed, first.start, first.end, (500.0, 5000.0))
    song.strum(bed, song.end, song.ring, 0.6, spread=0.15)
    low = song.part("drone", "bass", "drone", 0.30, reverb=0.1)
    for section in song.sections:
        for beat in song.slots(section):
            song.note(low, beat, BEATS * 1.05, song.root(beat, 36), 0.5 + 0.2 * section.energy)
    song.note(low, song.end, song.ring, song.root(song.end, 36), 0.6)


def _voices(song: Song) -> None:
    name = song.spec.lead or song.pick("felt", "bell", "kalimba", "vibes")
    lead = song.part("voice", "melody", name, 0.27, pan=-0.1, reverb=0.6, delay=0.4)
    tune = song.tune(_CELLS, song.key.pentatonic, 74, reach=8, arc=(0, 2, 3, 0))
    for section in song.sections:
        if section.name in ("verse", "hook", "outro"):
            song.sing(lead, section, tune, velocity=0.7 + 0.2 * section.energy)
    song.note(lead, song.end, song.ring, song.key.near(74), 0.55)
    drops = song.part(
        "drops",
        "melody",
        "music box",
        0.09,
        pan=0.3,
        reverb=0.8,
        delay=0.6,
    )
    for section in (s for s in song.sections if s.name in ("intro", "hook", "break")):
        for beat in np.arange(section.start, section.end, 1.0):
            if song.rng.random() < 0.35:
                pitch = int(song.rng.choice(song.voicing_at(float(beat)))) + 12
                song.note(drops, float(beat) + 0.5, 1.0, pitch, 0.5)


def compose(spec: PieceSpec) -> Arrangement:
    """Write an ambient piece."""
    song = Song(spec, tail_s=6.0, loose_s=0.02)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=53, high=74)
    _pulse(song)
    _bed(song)
    _voices(song)
    seconds = song.end * song.beat_s + song.tail_s
    song.effect(0, transitions.air(seconds, spec.seed), 0.5)
    sound = Sound(
        balance=balance(-28, -24, -17, -18.5),
        tilt_db=-1.0,
        loudness=-12.0,
        room_s=4.5,
        room_hz=5200.0,
        delay_beats=1.5,
    )
    return song.finish(_kit(), sound)
