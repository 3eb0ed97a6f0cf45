"""Drill: three-three-two hats, a snare that comes early and late, 808s that slide, cold keys."""

from __future__ import annotations

from indii.demo.synth import drums
from indii.demo.synth.score import Arrangement, PieceSpec, Section, Sound, Strike, balance
from indii.demo.synth.song import Song

_MINOR = ("i i VI VI", "i VI iv v", "i VII VI VI", "iadd9 iv7 VImaj7 v7", "i iv i VII")
_MAJOR = ("vi vi IV V", "vi iii7 IV IV", "IVmaj7 iii7 vi vi")
_CELLS = (
    "x--x--x- x--x--x-",
    "x-----x- x---x-x-",
    "x--x---- x--x----",
    "..x-x--x --x-x---",
)
_BASSES = (
    ("x-----x---------", "x-----x---x-----"),
    ("x--x--------x---", "x--x------x--x--"),
    ("x---------x--x--", "x-----x-----x---"),
)


def _kit(song: Song) -> dict[str, Strike]:
    tone = float(song.rng.uniform(200, 235))
    return {
        "kick": drums.one(drums.kick(float(song.rng.uniform(50, 56)), 3.2, 0.09, 0.3), 0.80),
        "snare": drums.many(
            lambda t: drums.in_room(drums.snare(tone, 0.075, 7600.0, t, 0.9), 0.2), 0.50
        ),
        "rim": drums.one(drums.in_room(drums.rim(1050.0), 0.35), 0.24, -0.3),
        "hat": drums.many(lambda t: drums.hat(0.018, t, 0.6, 7600.0), 0.19, 0.15),
        "open": drums.many(lambda t: drums.hat(0.10, t, 0.6, 7400.0), 0.13, 0.15),
        "perc": drums.one(drums.in_room(drums.conga(330.0, 0.8), 0.4), 0.20, 0.4),
        "crash": drums.one(drums.crash(6), 0.26),
    }


def _groove(song: Song, section: Section) -> None:
    song.beat(section, "snare", "........X.......", "......-.....X...")
    song.beat(section, "rim", "...o.........o..", "......o..o......")
    hats = ("x..x..x.x..x..x.", "x..x..x.x..xoox.")
    song.beat(section, "hat", *hats)
    for bar in range(section.bars):
        start = section.start + 4 * bar
        if song.rng.random() < 0.55:
            at = start + float(song.pick(1.25, 2.75, 3.25))
            for k in range(3):
                song.hit(at + k / 6, "hat", 0.75 - 0.15 * k)
        if section.name == "hook" and bar % 4 == 3:
            song.grid(start, "open", "..............x.")
    if section.name == "hook":
        song.beat(section, "perc", "..o....o..o.....", "....o..o.....o..", level=0.9)


def _drums(song: Song, basses: tuple[str, str]) -> None:
    kicks = [bar.replace("-", ".").replace("x", "X", 1) for bar in basses]
    for section in song.sections:
        if section.name in ("verse", "hook"):
            song.beat(section, "kick", *kicks)
            _groove(song, section)
            song.hit(section.start, "crash", 0.75 if section.name == "hook" else 0.4)
            song.grid(section.end - 4, "snare", "..........-.-.xx", level=0.7)
            song.silence(section.end - 1, section.end, "kick", "hat")
        elif section.name == "outro":
            song.beat(section, "kick", *kicks, level=0.9)
            _groove(song, section)
        elif section.name == "break":
            song.beat(section, "hat", "x..x..x.x..x..x.", level=0.6)
            song.beat(section, "rim", "........x.......", "............x...")
    song.hit(song.end, "kick", 0.9)
    song.hit(song.end, "snare", 0.7)
    song.hit(song.end, "crash", 0.6)


def _bass(song: Song, basses: tuple[str, str]) -> None:
    """Every second bar slides away from the root and comes back."""
    low = song.part("808", "bass", "808", 0.64, duck=0.35)
    for section in (s for s in song.sections if s.name in ("verse", "hook", "outro")):
        for bar in range(section.bars):
            start = section.start + 4 * bar
            onsets = [i / 4 for i, step in enumerate(basses[bar % 2]) if step == "x"]
            for index, at in enumerate(onsets):
                after = onsets[index + 1] if index + 1 < len(onsets) else 4.0
                root = song.root(start + at)
                slide = None
                if after == 4.0:
                    slide = root + int(song.pick(12, 7, -5)) if bar % 2 else None
                elif song.rng.random() < 0.3:
                    slide = root + 12
                if slide is not None and (slide - song.key.tonic) % 12 not in _safe(song):
                    slide = root + 12
                song.note(low, start + at, (after - at) * 0.98, root, 0.9, slide)
    song.note(low, song.end, song.ring, song.root(song.end), 0.85)


def _safe(song: Song) -> tuple[int, ...]:
    return tuple((pitch - song.key.tonic) % 12 for pitch in song.key.scale)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("piano", "strings", "choir", "felt")
    keys = song.part("chords", "harmony", name, 0.17, reverb=0.32, duck=0.2)
    sustained = name in ("strings", "choir", "pad")
    for section in song.sections:
        touch = 0.5 + 0.18 * section.energy
        if sustained or section.name in ("intro", "break", "outro"):
            for beat in song.slots(section):
                song.strum(keys, beat, 3.9, touch)
        else:
            song.comp(keys, section, "x-----x----x----", touch)
    song.sweep(keys, song.sections[0].start, song.sections[0].end, (600.0, 8000.0))
    song.strum(keys, song.end, song.ring, 0.65)
    dark = song.part("bed", "harmony", "choir", 0.07, reverb=0.5, duck=0.3)
    for section in (s for s in song.sections if s.name in ("hook", "break")):
        for beat in song.slots(section):
            for pitch in song.voicing_at(beat)[-2:]:
                song.note(dark, beat, 3.9, pitch, 0.6)


def _lead(song: Song) -> None:
    name = song.spec.lead or song.pick("piano", "bell", "strings", "guitar")
    lead = song.part("lead", "melody", name, 0.30, reverb=0.3, delay=0.22)
    hook = song.tune(_CELLS, song.key.scale, 73, reach=7, arc=(0, -1, 2, 0))
    for section in song.sections:
        if section.name != "outro":
            song.sing(lead, section, hook, velocity=0.6 + 0.4 * section.energy)
    song.sweep(lead, song.sections[0].start, song.sections[0].end, (1200.0, 8000.0))
    song.note(lead, song.end, song.ring, song.key.near(73), 0.7)
    high = song.part("octave", "melody", "bell", 0.09, pan=-0.3, reverb=0.5)
    for section in (s for s in song.sections if s.name == "hook"):
        for beat in song.slots(section):
            song.note(high, beat + 0.75, 1.0, song.voicing_at(beat)[-1] + 12, 0.6)
            song.note(high, beat + 2.25, 1.0, song.voicing_at(beat)[-2] + 12, 0.5)


def compose(spec: PieceSpec) -> Arrangement:
    """Write a drill piece."""
    song = Song(spec, tail_s=3.6, loose_s=0.003)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=52, high=71)
    basses = song.pick(*_BASSES)
    kit = _kit(song)
    _drums(song, basses)
    _bass(song, basses)
    _harmony(song)
    _lead(song)
    song.transition(riser=0.4, impact=0.6)
    return song.finish(
        kit,
        Sound(
            balance=balance(-15.5, -15.5, -19.5, -17.5),
            loudness=-11.0,
            room_s=2.4,
            drum_drive=1.4,
            delay_beats=0.75,
        ),
    )
