"""Trap: half-time, an 808 that carries the harmony, hats that roll, one bell-like hook."""

from __future__ import annotations

from indii.demo.synth import drums
from indii.demo.synth.score import Arrangement, PieceSpec, Section, Sound, Strike, balance
from indii.demo.synth.song import Song

_MINOR = ("i VI III VII", "i iv VI v", "iadd9 VImaj7 iv7 v7", "VImaj7 VII i i", "i i VI VII")
_MAJOR = ("vi IV I V", "IVmaj7 V vi iii7", "I vi IV V", "vi7 IVmaj9 I V")
_CELLS = (
    "x--x--x- x---x---",
    "x-x---x- ..x-x---",
    "..x-x-x- x--x----",
    "x--x--x- ......x-",
    "x-x-..x- x-x-----",
)
_KICKS = (
    ("X.....x...X.....", "X.....x.....x.x."),
    ("X..x......X.....", "X..x......X..x.."),
    ("X.........x..x..", "X.....x...X....."),
)


def _kit(song: Song) -> dict[str, Strike]:
    low = float(song.rng.uniform(48, 55))
    bright = float(song.rng.uniform(6800, 8200))
    tone = float(song.rng.uniform(185, 215))
    return {
        "kick": drums.one(drums.kick(low, 3.6, 0.11, 0.35), 0.82),
        "clap": drums.many(lambda t: drums.in_room(drums.clap(0.010, 0.055, t), 0.22), 0.50),
        "snare": drums.many(lambda t: drums.snare(tone, 0.09, 7000.0, t), 0.30),
        "hat": drums.many(lambda t: drums.hat(0.022, t, 0.5, bright), 0.20, 0.12),
        "open": drums.many(lambda t: drums.hat(0.14, t, 0.5, bright), 0.15, 0.12),
        "perc": drums.one(drums.in_room(drums.rim(820.0), 0.4), 0.22, -0.35),
        "snap": drums.many(drums.snap, 0.28, 0.2),
        "crash": drums.one(drums.crash(5), 0.28),
    }


def _hats(song: Song, section: Section) -> None:
    """Eighths with a roll or a triplet somewhere in most bars."""
    dense = section.name == "hook"
    for bar in range(section.bars):
        start = section.start + 4 * bar
        song.grid(start, "hat", "x.o.x.o.x.o.x.oo" if dense else "x.o.x.o.x.o.x.o.")
        if song.rng.random() < (0.75 if dense else 0.4):
            at = start + float(song.pick(1.5, 2.5, 3.0, 3.5))
            strokes, length = song.pick((4, 0.5), (6, 0.5), (3, 0.5), (6, 1.0))
            rising = song.rng.random() < 0.5
            for k in range(strokes):
                shade = 0.35 + 0.4 * (k if rising else strokes - k) / strokes
                song.hit(at + k * length / strokes, "hat", shade)
        if dense and bar % 2 == 1:
            song.hit(start + 3.5, "open", 0.8)


def _drums(song: Song) -> tuple[str, str]:
    kicks = song.pick(*_KICKS)
    backbeat = song.pick("clap", "snare")
    for section in song.sections:
        if section.name in ("verse", "hook"):
            song.beat(section, "kick", *kicks)
            song.beat(section, "clap", "........X.......")
            if backbeat == "snare" or section.name == "hook":
                song.beat(section, "snare", "........X.......", level=0.9)
            _hats(song, section)
            song.beat(section, "perc", "......o......o..", "...o......o...o.", level=0.8)
            song.hit(section.start, "crash", 0.7 if section.name == "hook" else 0.4)
            song.grid(section.end - 4, "snare", "..............xx", level=0.7)
            song.silence(section.end - 0.5, section.end, "kick", "hat")
        elif section.name == "break":
            song.beat(section, "snap", "........X.......")
            song.beat(section, "hat", "o...o...o...o...", level=0.6)
        elif section.name == "outro":
            song.beat(section, "clap", "........X.......", level=0.8)
            song.beat(section, "hat", "x.o.x.o.x.o.x.o.", level=0.7)
    song.hit(song.end, "kick", 0.9)
    song.hit(song.end, "crash", 0.6)
    return kicks


def _bass(song: Song, kicks: tuple[str, str]) -> None:
    low = song.part("808", "bass", "808", 0.62, duck=0.35)
    for section in (s for s in song.sections if s.name in ("verse", "hook", "outro")):
        for bar in range(section.bars):
            start = section.start + 4 * bar
            onsets = [i / 4 for i, step in enumerate(kicks[bar % 2]) if step in "Xx"]
            for at, after in zip(onsets, [*onsets[1:], 4.0], strict=True):
                root = song.root(start + at)
                slide = None
                if after == 4.0 and bar % 2 == 1 and song.rng.random() < 0.7:
                    slide = root + int(song.pick(12, 7, 12))
                length = min(after - at, 2.25) * 0.97
                song.note(low, start + at, length, root, 0.9 - 0.1 * (at > 0), slide)
    song.note(low, song.end, song.ring, song.root(song.end), 0.85)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("pad", "strings", "choir", "felt")
    bed = song.part("chords", "harmony", name, 0.17, reverb=0.3, duck=0.25)
    for section in song.sections:
        touch = 0.5 + 0.2 * section.energy
        for beat in song.slots(section):
            song.strum(bed, beat, 3.9, touch)
        if section.name == "intro":
            song.sweep(bed, section.start, section.end, (500.0, 9000.0))
    song.strum(bed, song.end, song.ring, 0.65)
    soft = song.part("air", "harmony", "glass", 0.06, reverb=0.5)
    for section in (s for s in song.sections if s.name in ("hook", "break")):
        for beat in song.slots(section):
            song.note(soft, beat, 3.8, 12 + song.voicing_at(beat)[-1], 0.6)


def _lead(song: Song) -> None:
    name = song.spec.lead or song.pick("bell", "pluck", "flute", "music box")
    lead = song.part("lead", "melody", name, 0.30, reverb=0.28, delay=0.3)
    hook = song.tune(_CELLS, song.key.pentatonic, 74)
    for section in song.sections:
        if section.name in ("intro", "hook", "break"):
            song.sing(lead, section, hook, velocity=0.8 + 0.2 * section.energy)
        elif section.name == "verse":
            song.sing(lead, section, hook, velocity=0.62)
    song.sweep(lead, song.sections[0].start, song.sections[0].end, (900.0, 7000.0))
    song.note(lead, song.end, song.ring, song.key.near(74), 0.7)
    other = song.part("answer", "melody", "pluck", 0.13, pan=0.35, reverb=0.3)
    for section in (s for s in song.sections if s.name == "hook"):
        for beat in song.slots(section):
            for k, tone in enumerate(song.voicing_at(beat)[:3]):
                song.note(other, beat + 2 + k * 0.5, 0.5, tone + 12, 0.55)


def compose(spec: PieceSpec) -> Arrangement:
    """Write a trap piece."""
    song = Song(spec, tail_s=3.6, loose_s=0.003)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=53, high=72)
    kit = _kit(song)
    kicks = _drums(song)
    _bass(song, kicks)
    _harmony(song)
    _lead(song)
    song.transition(riser=0.5, impact=0.5)
    return song.finish(
        kit,
        Sound(
            balance=balance(-15.5, -15.5, -20, -17.5),
            loudness=-11.0,
            room_s=2.2,
            drum_drive=1.35,
            delay_beats=0.75,
        ),
    )
