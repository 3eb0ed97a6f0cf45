"""Lo-fi: slow, swung, jazz chords on tape, a soft kit, a tune that takes its time."""

from __future__ import annotations

from indii.demo.synth import drums, transitions
from indii.demo.synth.palette import INSTRUMENTS
from indii.demo.synth.score import Arrangement, PieceSpec, Sound, Strike, balance
from indii.demo.synth.song import Song

_MAJOR = (
    "iim9 V9 Imaj9 vi9",
    "Imaj9 vi9 ii9 V9",
    "IVmaj9 iii7 ii9 Imaj9",
    "Imaj9 iii7 IVmaj9 V9",
)
_MINOR = ("i9 iv9 VImaj7 v7", "VImaj9 v7 i9 i9", "i9 VImaj9 IIImaj7 VII", "iv9 VII IIImaj9 VImaj7")
_CELLS = (
    "..x-x--- x---....",
    "x--x--x- --x-....",
    "....x-x- x-----..",
    "x-x-x--- ....x---",
    "..x---x- x-x-----",
)
_COMPS = ("x-------..x-----", "x-----x-........", "x---------x-x---", "..x-------x-----")


def _kit(song: Song) -> dict[str, Strike]:
    low = float(song.rng.uniform(52, 60))
    tone = float(song.rng.uniform(165, 195))
    dust = float(song.rng.uniform(4200, 5600))
    return {
        "kick": drums.one(drums.grit(drums.kick(low, 2.4, 0.09, 0.12)), 0.74),
        "snare": drums.many(
            lambda t: drums.in_room(drums.grit(drums.snare(tone, 0.08, dust, t, 0.7)), 0.25), 0.42
        ),
        "rim": drums.one(drums.in_room(drums.rim(640.0), 0.3), 0.30, -0.15),
        "hat": drums.many(lambda t: drums.grit(drums.hat(0.028, t, 0.3, 5600.0), 12), 0.17, 0.2),
        "open": drums.many(lambda t: drums.grit(drums.hat(0.12, t, 0.3, 5600.0), 12), 0.10, 0.2),
        "shaker": drums.many(drums.shaker, 0.10, -0.35),
    }


def _drums(song: Song) -> None:
    kicks = song.pick(
        ("X.........X.....", "X......x..X....."),
        ("X.....x...X.....", "X.........X..o.."),
        ("X......o..x.....", "X......o..x...o."),
    )
    back = song.pick("snare", "snare", "rim")
    for section in song.sections:
        if section.name in ("verse", "hook"):
            song.beat(section, "kick", *kicks)
            song.beat(section, back, "....X.......X...", "....X..-....X..-")
            song.beat(section, "hat", "x.o.x.o-x.o.x.o.", "x.o.x-o.x.o.x.oo")
            if section.name == "hook":
                song.beat(section, "shaker", "o-x-o-x-o-x-o-x-")
                song.beat(section, "open", "................", "..............o.")
            song.grid(section.end - 4, "snare", "...........-.-xo", level=0.6)
        elif section.name == "intro":
            song.beat(section, "hat", "x...x...x.o.x.o.", level=0.6)
        elif section.name == "break":
            song.beat(section, "hat", "x.o.x.o.x.o.x.o.", level=0.7)
            song.beat(section, "rim", "....x.......x...", level=0.7)
        elif section.name == "outro":
            song.beat(section, "kick", *kicks, level=0.85)
            song.beat(section, back, "....X.......X...", level=0.8)
    song.hit(song.end, "kick", 0.8)
    song.hit(song.end, "open", 0.6)


def _bass(song: Song) -> None:
    name = song.pick("upright", "sub", "finger bass")
    low = song.part("bass", "bass", name, 0.52, duck=0.25)
    for section in (s for s in song.sections if s.name != "intro"):
        for beat in song.slots(section):
            root = song.root(beat, 31)
            song.note(low, beat, 1.4, root, 0.85)
            if section.name == "break":
                continue
            fifth = root + (song.chord_at(beat).fifth - root) % 12
            song.note(low, beat + 2.5, 0.9, song.pick(root, fifth, root + 12), 0.7)
            if song.rng.random() < 0.5:
                toward = song.root(beat + 4, 31)
                step = -1 if toward < root else 1
                near = [p for p in (toward - step, toward - 2 * step) if p % 12 in song.key.scale]
                song.note(low, beat + 3.5, 0.45, near[0] if near else root, 0.6)
    song.note(low, song.end, song.ring, song.root(song.end, 31), 0.8)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("rhodes", "felt", "guitar")
    keys = song.part("chords", "harmony", name, 0.19, reverb=0.16, duck=0.3)
    pattern = song.pick(*_COMPS)
    for section in song.sections:
        touch = 0.58 + 0.12 * section.energy
        still = section.name in ("intro", "break")
        song.comp(keys, section, "x-------x-------" if still else pattern, touch)
    song.sweep(keys, song.sections[0].start, song.sections[0].end, (700.0, 5000.0))
    song.strum(keys, song.end, song.ring, 0.62, spread=0.05)
    if not INSTRUMENTS[name].sustained:
        bed = song.part("bed", "harmony", "pad", 0.05, reverb=0.3, duck=0.4)
        for section in (s for s in song.sections if s.name in ("hook", "break")):
            for beat in song.slots(section):
                song.strum(bed, beat, 3.9, 0.6)


def _lead(song: Song) -> None:
    name = song.spec.lead or song.pick("guitar", "vibes", "felt", "flute")
    lead = song.part("lead", "melody", name, 0.28, pan=0.1, reverb=0.25, delay=0.18)
    tune = song.tune(_CELLS, song.key.pentatonic, 72, reach=8, arc=(0, 2, 0, -2))
    for section in song.sections:
        if section.name == "intro":
            song.sing(lead, section, tune, velocity=0.45)
        elif section.name in ("hook", "outro"):
            song.sing(lead, section, tune, velocity=0.95)
        elif section.name in ("verse", "break"):
            song.sing(lead, section, tune, velocity=0.62)
    song.note(lead, song.end, song.ring, song.key.near(72), 0.6)


def compose(spec: PieceSpec) -> Arrangement:
    """Write a lo-fi piece."""
    swing = 0.26 + 0.12 * (spec.seed % 5) / 4
    song = Song(spec, tail_s=4.2, swing=swing, loose_s=0.009)
    text = song.pick(*(_MINOR if song.key.minor else _MAJOR)).replace("iim", "ii")
    song.harmonise(text, low=54, high=73)
    kit = _kit(song)
    _drums(song)
    _bass(song)
    _harmony(song)
    _lead(song)
    seconds = song.end * song.beat_s + song.tail_s
    song.effect(0, transitions.crackle(seconds, spec.seed + 3), 5.0)
    sound = Sound(
        balance=balance(-18, -19, -18.5, -17.5),
        loudness=-12.0,
        tilt_db=-0.8,
        room_s=1.4,
        room_hz=4200.0,
        drum_drive=1.5,
        drum_top_hz=9000.0,
        wow=0.0016,
        delay_beats=1.5,
    )
    return song.finish(kit, sound)
