"""House: four on the floor, an off-beat hat, syncopated keys, a bass that answers the kick."""

from __future__ import annotations

from indii.demo.synth import drums, transitions
from indii.demo.synth.score import Arrangement, PieceSpec, Sound, Strike, balance
from indii.demo.synth.song import Song

_MINOR = ("i9 VImaj7 IIImaj7 VII", "i7 iv9 VImaj7 v7", "i9 v7 VImaj7 iv9", "VImaj9 VII i9 i9")
_MAJOR = ("Imaj9 iii7 vi9 IVmaj7", "vi9 IVmaj9 I V", "ii9 V iii7 vi9", "IVmaj9 V vi9 iii7")
_CELLS = (
    "x--x--x- ..x-x---",
    "..x--x-- x--x----",
    "x-x-..x- x-----..",
    "....x-x- ..x-x-x-",
)
_COMPS = (
    "x--x--x--x--x-..",
    "..x--x--..x--x--",
    "x-.x-.x-.x-..x-.",
    "x--x----..x-x---",
)
_BASSES = ("..x-..x-..x-..xx", "x..x..x-..x-..x-", "..x-.xx-..x-.x..", "x-.x..xx..x-..x-")


def _kit(song: Song) -> dict[str, Strike]:
    low = float(song.rng.uniform(48, 53))
    return {
        "kick": drums.one(drums.kick(low, 4.2, 0.13, 0.35, 42.0), 0.92),
        "clap": drums.many(lambda t: drums.in_room(drums.clap(0.009, 0.07, t), 0.3), 0.40),
        "hat": drums.many(lambda t: drums.hat(0.020, t, 0.45, 7800.0), 0.12, 0.2),
        "open": drums.many(lambda t: drums.hat(0.10, t, 0.45, 6800.0), 0.20, -0.05),
        "shaker": drums.many(drums.shaker, 0.15, -0.35),
        "conga": drums.one(drums.in_room(drums.conga(290.0, 0.2), 0.3), 0.16, 0.4),
        "slap": drums.one(drums.in_room(drums.conga(390.0, 0.9), 0.3), 0.13, 0.35),
        "snare": drums.many(lambda t: drums.snare(210.0, 0.06, 6500.0, t), 0.25),
        "crash": drums.one(drums.crash(9), 0.26),
    }


def _drums(song: Song) -> None:
    for section in song.sections:
        if section.name in ("verse", "hook", "outro"):
            song.beat(section, "kick", "X...X...X...X...")
            song.beat(section, "open", "..x...x...x...x.")
            song.beat(section, "shaker", "o-x-o-x-o-x-o-xo", level=0.9)
            if section.name != "outro":
                song.beat(section, "clap", "....X.......X...")
            song.hit(section.start, "crash", 0.5)
        if section.name == "hook":
            song.beat(section, "hat", "x.-ox.-ox.-ox.-o")
            song.beat(section, "conga", "...x..o....x..o.", "...x..o...ox..x.")
            song.beat(section, "slap", "......o......o..")
        if section.name in ("intro", "break"):
            song.beat(section, "shaker", "o-x-o-x-o-x-o-xo", level=0.7)
            song.beat(section, "clap", "....o.......o...", level=0.7)
            _roll(song, section.end)
        if section.name == "verse":
            song.silence(section.end - 1, section.end, "kick")
            song.grid(section.end - 4, "clap", "..............xx", level=0.8)
    song.hit(song.end, "kick", 0.9)
    song.hit(song.end, "crash", 0.6)


def _roll(song: Song, end: float) -> None:
    """Snares that double in speed and grow into the next section."""
    for k in range(8):
        song.hit(end - 4 + k * 0.25, "snare", 0.15 + 0.04 * k)
    for k in range(12):
        song.hit(end - 2 + k / 8, "snare", 0.3 + 0.03 * k)


def _bass(song: Song) -> None:
    low = song.part("bass", "bass", "rubber bass", 0.52, duck=0.55)
    pattern = song.pick(*_BASSES)
    steps = [i for i, step in enumerate(pattern) if step == "x"]
    for section in (s for s in song.sections if s.name in ("verse", "hook", "outro")):
        for bar in range(section.bars):
            start = section.start + 4 * bar
            for k, step in enumerate(steps):
                at = start + step / 4
                root = song.root(at, 30)
                high = k == len(steps) - 1 or (k == 2 and bar % 2 == 1)
                octave = 12 if high and root + 12 < 48 else 0
                song.note(low, at, 0.42, root + octave, 0.85 if step % 4 == 2 else 0.7)
    song.note(low, song.end, song.ring, song.root(song.end, 30), 0.85)


def _harmony(song: Song) -> None:
    name = song.spec.harmony or song.pick("organ", "house piano", "rhodes", "stab")
    keys = song.part("keys", "harmony", name, 0.17, reverb=0.2, duck=0.5)
    comp = song.pick(*_COMPS)
    for section in song.sections:
        song.comp(keys, section, comp, 0.55 + 0.15 * section.energy)
        if section.name in ("intro", "break"):
            song.sweep(keys, section.start, section.end, (380.0, 7000.0))
    song.strum(keys, song.end, song.ring, 0.7)
    bed = song.part("pad", "harmony", "pad", 0.07, reverb=0.35, duck=0.65)
    for section in (s for s in song.sections if s.name in ("hook", "break")):
        for beat in song.slots(section):
            song.strum(bed, beat, 3.95, 0.65)


def _lead(song: Song) -> None:
    name = song.spec.lead or song.pick("vox", "synth lead", "vibes", "flute")
    lead = song.part("lead", "melody", name, 0.25, reverb=0.3, delay=0.28, duck=0.3)
    tune = song.tune(_CELLS, song.key.pentatonic, 72, reach=7)
    for section in song.sections:
        if section.name in ("hook", "break"):
            song.sing(lead, section, tune, velocity=0.92)
        elif section.name == "verse":
            chops = song.part("chops", "melody", name, 0.15, reverb=0.35, delay=0.4)
            for beat in song.slots(section):
                top = song.voicing_at(beat)[-1]
                song.note(chops, beat + 1.5, 0.4, top, 0.7)
                song.note(chops, beat + 2.75, 0.3, top, 0.55)
    song.note(lead, song.end, song.ring, song.key.near(72), 0.65)


def compose(spec: PieceSpec) -> Arrangement:
    """Write a house piece."""
    song = Song(spec, tail_s=3.4, swing=0.08 + 0.10 * (spec.seed % 3) / 2, loose_s=0.003)
    song.harmonise(song.pick(*(_MINOR if song.key.minor else _MAJOR)), low=54, high=73)
    kit = _kit(song)
    _drums(song)
    _bass(song)
    _harmony(song)
    _lead(song)
    song.transition(riser=0.45, impact=0.45)
    for section in (s for s in song.sections if s.name == "break"):
        song.effect(section.start, transitions.fall(4 * song.beat_s, spec.seed), 0.5)
    return song.finish(
        kit,
        Sound(
            balance=balance(-14.5, -17.5, -18.5, -18.5),
            loudness=-11.0,
            room_s=1.7,
            drum_drive=1.25,
            delay_beats=0.75,
        ),
    )
