"""Afrobeats: three against four in the percussion, a talking bass, guitars that interlock."""

from __future__ import annotations

from indii.demo.synth import drums
from indii.demo.synth.score import Arrangement, Part, PieceSpec, Section, Sound, Strike, balance
from indii.demo.synth.song import Song

_MAJOR = ("I vi IV V", "vi IV I V", "Imaj7 iii7 IVmaj7 V", "IVmaj7 V iii7 vi")
_MINOR = ("i VI III VII", "VImaj7 VII i7 i7", "i7 iv7 VII IIImaj7", "i v7 VI VII")
_CELLS = (
    "x--x--x- ..x-x---",
    "..x-x-x- x--x----",
    "x-x--x-- x-x-....",
    "x--x--.. x--x--x-",
)
_GUITARS = ("x..x..x.x..x..x.", "..x.xx....x.xx..", "x.xx..x..xx...x.", ".x.xx...x.x.x...")
_BASSES = ("x-----x-..x-x---", "x--x----..x--x--", "x-..x-x---..x-x-")


def _kit(song: Song) -> dict[str, Strike]:
    low = float(song.rng.uniform(52, 58))
    return {
        "kick": drums.one(drums.kick(low, 2.8, 0.10, 0.2), 0.80),
        "rim": drums.one(drums.in_room(drums.rim(780.0), 0.25), 0.36, 0.05),
        "snare": drums.many(
            lambda t: drums.in_room(drums.snare(240.0, 0.05, 6800.0, t), 0.2), 0.26
        ),
        "hat": drums.many(lambda t: drums.hat(0.018, t, 0.35, 7600.0), 0.12, 0.25),
        "open": drums.many(lambda t: drums.hat(0.09, t, 0.35, 7000.0), 0.12, 0.25),
        "shaker": drums.many(drums.shaker, 0.20, -0.35),
        "conga": drums.one(drums.in_room(drums.conga(215.0, 0.1), 0.25), 0.24, -0.4),
        "slap": drums.one(drums.in_room(drums.conga(320.0, 0.7), 0.25), 0.20, -0.45),
        "clave": drums.one(drums.in_room(drums.rim(1480.0), 0.35), 0.10, 0.45),
        "tom": drums.one(drums.in_room(drums.tom(120.0), 0.25), 0.30, 0.2),
        "crash": drums.one(drums.crash(12), 0.2),
    }


def _drums(song: Song) -> None:
    kicks = song.pick(
        ("X.....o.X.......", "X.....o.X.....x."),
        ("X...X...X...X...", "X...X...X...X.o."),
        ("X......xX.......", "X......xX...o..."),
    )
    congas = song.pick(
        ("....x..x......xx", "....x..x...x..x."), ("..x...x...x..xx.", "..x...x.x...x.x.")
    )
    for section in song.sections:
        if section.name in ("verse", "hook", "outro"):
            song.beat(section, "kick", *kicks)
            song.beat(section, "rim", "...x..x....x..x.", "...x..x...x..x..")
            song.beat(section, "shaker", "x-o-x-o-x-o-x-o-", "x-o-x-oox-o-x-o-")
        if section.name == "hook":
            song.beat(section, "conga", *congas)
            song.beat(section, "slap", "..o...o...o...o.")
            song.beat(section, "hat", "..x...x...x...x.")
            song.beat(section, "clave", "x..x..x...x.x...")
            song.beat(section, "snare", "......o.....x...", "......o...o.x...")
            song.hit(section.start, "crash", 0.6)
        if section.name in ("intro", "break"):
            song.beat(section, "shaker", "x-o-x-o-x-o-x-o-", level=0.8)
            song.beat(section, "conga", *congas, level=0.8)
        if section.name != "outro":
            song.grid(section.end - 4, "tom", "..........x.xx.x", level=0.75)
    song.hit(song.end, "kick", 0.85)
    song.hit(song.end, "crash", 0.5)


def _bass(song: Song) -> None:
    name = "log drum" if song.spec.seed % 2 else "finger bass"
    low = song.part("bass", "bass", name, 0.52, duck=0.3)
    pattern = song.pick(*_BASSES)
    steps = [i for i, step in enumerate(pattern) if step == "x"]
    for section in (s for s in song.sections if s.name in ("verse", "hook", "outro")):
        for beat in song.slots(section):
            chord = song.chord_at(beat)
            root = song.root(beat, 31)
            line = [root, root, root + (chord.fifth - root) % 12, root + 12, root + 12]
            for k, step in enumerate(steps):
                after = steps[k + 1] if k + 1 < len(steps) else 16
                length = min(0.9, (after - step) / 4 * 0.9)
                song.note(low, beat + step / 4, length, line[min(k, 4)], 0.85 - 0.08 * (k % 2))
    song.note(low, song.end, song.ring, song.root(song.end, 31), 0.85)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("rhodes", "pad", "organ", "guitar")
    keys = song.part("keys", "harmony", name, 0.15, pan=-0.1, reverb=0.25, duck=0.25)
    for section in song.sections:
        touch = 0.52 + 0.14 * section.energy
        song.comp(keys, section, "x-----x-----x---", touch)
        if section.name == "intro":
            song.sweep(keys, section.start, section.end, (600.0, 7000.0))
    song.strum(keys, song.end, song.ring, 0.6)
    left = song.part(
        "guitar",
        "harmony",
        "muted guitar",
        0.17,
        pan=-0.45,
        reverb=0.12,
    )
    right = song.part(
        "guitar 2",
        "harmony",
        "muted guitar",
        0.14,
        pan=0.5,
        reverb=0.15,
    )
    figures = [str(p) for p in song.rng.permutation(_GUITARS)[:2]]
    for section in (s for s in song.sections if s.name != "break"):
        for part, figure, lift in ((left, figures[0], 0), (right, figures[1], 12)):
            if part is right and section.name != "hook":
                continue
            _weave(song, part, section, figure, lift)


def _weave(song: Song, part: Part, section: Section, figure: str, lift: int) -> None:
    """One guitar's figure: chord tones in a turning order."""
    order = (0, 2, 1, 3, 2, 1)
    for bar in range(section.bars):
        beat = section.start + 4 * bar
        strokes = [i / 4 for i, mark in enumerate(figure) if mark == "x"]
        for turn, at in enumerate(strokes):
            tones = song.voicing_at(beat + at)
            pitch = tones[order[turn % len(order)] % len(tones)] + lift
            song.note(part, beat + at, 0.24, pitch, 0.6 + 0.12 * (at % 1 == 0))


def _lead(song: Song) -> None:
    name = song.spec.lead or song.pick("marimba", "vox", "kalimba", "flute")
    lead = song.part("lead", "melody", name, 0.30, pan=0.05, reverb=0.22, delay=0.22)
    tune = song.tune(_CELLS, song.key.pentatonic, 73, reach=7)
    for section in song.sections:
        if section.name in ("hook", "break", "outro"):
            song.sing(lead, section, tune, velocity=0.95)
        elif section.name == "verse":
            song.sing(lead, section, tune, velocity=0.6)
    song.note(lead, song.end, song.ring, song.key.near(73), 0.65)
    horns = song.part("horns", "melody", "brass", 0.11, pan=-0.2, reverb=0.3)
    for section in (s for s in song.sections if s.name == "hook"):
        for beat in list(song.slots(section))[1::2]:
            for pitch in song.voicing_at(beat)[-2:]:
                high = pitch + 12 if pitch < 66 else pitch
                song.note(horns, beat + 1.5, 0.35, high, 0.7)
                song.note(horns, beat + 2.25, 0.9, high, 0.75)


def compose(spec: PieceSpec) -> Arrangement:
    """Write an afrobeats piece."""
    song = Song(spec, tail_s=3.2, swing=0.08, loose_s=0.006)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=54, high=73)
    kit = _kit(song)
    _drums(song)
    _bass(song)
    _harmony(song)
    _lead(song)
    song.transition(riser=0.3, impact=0.3, cymbal=0.5)
    return song.finish(
        kit,
        Sound(
            balance=balance(-16.5, -18, -18.5, -17.5),
            loudness=-11.0,
            room_s=1.6,
            drum_drive=1.25,
            delay_beats=0.75,
        ),
    )
