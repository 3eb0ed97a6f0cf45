"""Boom bap: a worn sampler's drums, swung; a double bass; chopped keys; a horn or strings line."""

from __future__ import annotations

from indii.demo.synth import drums, transitions
from indii.demo.synth.score import Arrangement, PieceSpec, Sound, Strike, balance
from indii.demo.synth.song import Song

_MINOR = ("i9 i9 iv9 v7", "i7 VImaj7 iv7 v7", "i9 VII VImaj7 v7", "i7 iv9 i7 VImaj7")
_MAJOR = ("Imaj7 vi7 ii9 V9", "vi9 ii7 vi9 V", "IVmaj7 iii7 vi7 Imaj7")
_CELLS = (
    "x-x--.x- x---....",
    "..x-x-x- x--x----",
    "x--x--.. x-x-x---",
    "x---..x- ..x-x-..",
)
_CHOPS = ("x--x--x-..x-....", "x-....x-x--x--..", "..x-..x---x-x---", "x-----x-...x-x--")
_KICKS = (
    ("X..x......X..x..", "X.....x...X....."),
    ("X.x.......x.....", "X..x...o..x..x.."),
    ("X......x.xX.....", "X......x..X...x."),
)


def _kit(song: Song) -> dict[str, Strike]:
    low = float(song.rng.uniform(56, 64))
    tone = float(song.rng.uniform(185, 220))
    return {
        "kick": drums.one(drums.grit(drums.kick(low, 3.0, 0.085, 0.45, 46.0), 10), 0.88),
        "snare": drums.many(
            lambda t: drums.in_room(drums.grit(drums.snare(tone, 0.10, 7000.0, t, 0.95), 10), 0.2),
            0.58,
        ),
        "hat": drums.many(lambda t: drums.grit(drums.hat(0.030, t, 0.4, 6300.0)), 0.21, 0.15),
        "open": drums.many(lambda t: drums.grit(drums.hat(0.16, t, 0.4, 6300.0)), 0.14, 0.15),
        "perc": drums.one(drums.in_room(drums.conga(240.0, 0.3), 0.3), 0.16, -0.35),
        "crash": drums.one(drums.grit(drums.crash(8), 11), 0.2),
    }


def _drums(song: Song) -> tuple[str, str]:
    kicks = song.pick(*_KICKS)
    for section in song.sections:
        if section.name in ("verse", "hook"):
            song.beat(section, "kick", *kicks)
            song.beat(section, "snare", "....X.......X...", "....X..-.-..X...")
            song.beat(section, "hat", "x.x.x.x.x.x.x.xo", "x.x.x.x.x.x.x.x.")
            if section.name == "hook":
                song.beat(section, "perc", "..o...o....o..o.", "...o..o...o.....")
                song.hit(section.start, "crash", 0.6)
            song.silence(section.end - 1, section.end, "kick", "hat")
            song.grid(section.end - 4, "kick", "............X..x")
            song.grid(section.end - 4, "snare", "..............x.", level=0.8)
            song.hit(section.end - 0.5, "open", 0.7)
        elif section.name == "break":
            song.beat(section, "hat", "x.x.x.x.x.x.x.x.", level=0.7)
            song.grid(section.end - 4, "snare", "..........o.x.xx", level=0.8)
        elif section.name == "outro":
            song.beat(section, "kick", *kicks)
            song.beat(section, "snare", "....X.......X...")
            song.beat(section, "hat", "x.x.x.x.x.x.x.x.")
    song.hit(song.end, "kick", 0.95)
    song.hit(song.end, "crash", 0.5)
    return kicks


def _bass(song: Song, kicks: tuple[str, str]) -> None:
    """Locks to the kick, walks into the next chord."""
    low = song.part("bass", "bass", "upright", 0.60, duck=0.15)
    for section in (s for s in song.sections if s.name != "intro"):
        for bar in range(section.bars):
            start = section.start + 4 * bar
            onsets = [i / 4 for i, step in enumerate(kicks[bar % 2]) if step in "Xx"]
            for index, at in enumerate(onsets):
                after = onsets[index + 1] if index + 1 < len(onsets) else 3.5
                root = song.root(start + at, 31)
                fifth = root + (song.chord_at(start + at).fifth - root) % 12
                tone = root if index != 1 or song.rng.random() < 0.6 else fifth
                song.note(low, start + at, max(0.4, min(1.6, after - at)), tone, 0.85)
            if bar % 2 == 1:
                toward = song.root(start + 4, 31)
                steps = [p for p in range(toward - 4, toward) if p % 12 in song.key.scale]
                song.note(low, start + 3.5, 0.45, steps[-1], 0.7)
    song.note(low, song.end, song.ring, song.root(song.end, 31), 0.85)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("piano", "rhodes", "guitar", "organ")
    keys = song.part("chops", "harmony", name, 0.19, pan=-0.1, reverb=0.1, duck=0.3)
    chop = song.pick(*_CHOPS)
    for section in song.sections:
        still = section.name in ("intro", "break")
        song.comp(keys, section, "x-------x-------" if still else chop, 0.6 + 0.1 * section.energy)
    song.sweep(keys, song.sections[0].start, song.sections[0].end, (500.0, 5500.0))
    song.strum(keys, song.end, song.ring, 0.65)
    bed = song.part("strings", "harmony", "strings", 0.07, reverb=0.3)
    for section in (s for s in song.sections if s.name == "hook"):
        for beat in song.slots(section):
            for pitch in song.voicing_at(beat)[-2:]:
                song.note(bed, beat, 3.8, pitch, 0.6)


def _lead(song: Song) -> None:
    name = song.spec.lead or song.pick("brass", "vibes", "flute", "guitar")
    lead = song.part("lead", "melody", name, 0.27, pan=0.12, reverb=0.2, delay=0.15)
    riff = song.tune(_CELLS, song.key.pentatonic, 70, reach=7, arc=(0, 0, 2, -1))
    for section in song.sections:
        if section.name in ("hook", "outro", "intro"):
            song.sing(lead, section, riff, velocity=0.9)
        elif section.name == "verse" and section.bars > 4:
            song.sing(lead, section, riff, velocity=0.5)
    song.note(lead, song.end, song.ring, song.key.near(70), 0.7)


def compose(spec: PieceSpec) -> Arrangement:
    """Write a boom bap piece."""
    song = Song(spec, tail_s=3.4, swing=0.18 + 0.14 * (spec.seed % 4) / 3, loose_s=0.006)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=53, high=72)
    kit = _kit(song)
    kicks = _drums(song)
    _bass(song, kicks)
    _harmony(song)
    _lead(song)
    song.transition(riser=0.0, impact=0.0, cymbal=0.5)
    seconds = song.end * song.beat_s + song.tail_s
    song.effect(0, transitions.crackle(seconds, spec.seed + 4, 5.0), 3.0)
    sound = Sound(
        balance=balance(-15, -17.5, -19, -18),
        loudness=-11.0,
        room_s=1.2,
        room_hz=4800.0,
        drum_drive=1.7,
        drum_top_hz=12_000.0,
        wow=0.0006,
        delay_beats=0.75,
    )
    return song.finish(kit, sound)
