"""What the demo catalogue says about itself: six producers and their 24 recordings.

The order matters: the first twelve cover all eight styles, so a fresh installation is worth
hearing before the rest is ready. Prices are minor units of US dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from indii.demo.synth import PieceSpec

MP3, WAV, STEMS = "mp3_lease", "wav_lease", "stems_lease"
UNLIMITED, EXCLUSIVE = "unlimited_lease", "exclusive"

GENRES = MappingProxyType(
    {
        "trap": "Trap",
        "drill": "Drill",
        "lofi": "lo-fi",
        "boombap": "Boom bap",
        "house": "House",
        "techno": "Techno",
        "ambient": "Ambient",
        "afrobeat": "Afrobeat",
    }
)
_NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True)
class DemoProducer:
    """A made-up producer. Their voice tag is a sound logo: ``synth.voice_tag(slug)``."""

    slug: str
    name: str
    bio: str
    email_local: str


@dataclass(frozen=True)
class DemoRecording:
    """A recording as its producer would have entered it, with the score it is made from.

    ``key`` is 0..11 for C..B major, 12..23 for C..B minor; ``tiers`` maps a license tier to its
    price, 0 being free.
    """

    slug: str
    title: str
    producer: str
    style: str
    mood: str
    bpm: float
    key: int
    tags: tuple[str, ...]
    stems: bool
    tiers: Mapping[str, int]
    spec: PieceSpec
    released_days_ago: int
    ai_use: str = "none"

    @property
    def genre(self) -> str:
        """The genre as it is written on a page."""
        return GENRES[self.style]


PRODUCERS: tuple[DemoProducer, ...] = (
    DemoProducer(
        "ash-verell",
        "Ash Verell",
        "Drill and trap from a box room above a launderette. Sliding 808s, cold keys, "
        "nothing that does not have to be there.",
        "ash",
    ),
    DemoProducer(
        "miko-tann",
        "Miko Tann",
        "Plays everything first, then makes it sound found. Rhodes, tape, rain on the window. "
        "Writes with singers, happy to send an open verse.",
        "miko",
    ),
    DemoProducer(
        "grayline",
        "Grayline",
        "Two people, one drum machine. Techno after midnight, trap before. "
        "Everything is mixed and ready to record on.",
        "grayline",
    ),
    DemoProducer(
        "oda-ruiz",
        "Oda Ruiz",
        "Guitarist and percussionist. Afrobeats, house and songs for long drives along the coast.",
        "oda",
    ),
    DemoProducer(
        "juno-park",
        "Juno Park",
        "Crates, a worn sampler and a double bass. Boom bap and lo-fi with real changes in it.",
        "juno",
    ),
    DemoProducer(
        "vesper-kay",
        "Vesper Kay",
        "Slow music: pads, voices, rooms. Scores for short films and games, and quiet beats.",
        "vesper",
    ),
)


def key_number(name: str) -> int:
    """Read ``F# minor`` or ``C major`` as 0..23."""
    note, mode = name.split()
    return _NOTES.index(note) + (12 if mode == "minor" else 0)


def _recording(
    title: str,
    producer: str,
    style: str,
    *,
    sound: tuple[float, str, int, str, str],
    words: tuple[str, str],
    prices: tuple[int | None, ...],
    days: int,
) -> DemoRecording:
    """Sound is (bpm, key, seed, harmony, lead); words are (mood, tags split by commas)."""
    bpm, key, seed, harmony, lead = sound
    number = key_number(key)
    tiers = dict(zip((MP3, WAV, STEMS, UNLIMITED, EXCLUSIVE), prices, strict=True))
    offered = MappingProxyType({tier: price for tier, price in tiers.items() if price is not None})
    return DemoRecording(
        slug=title.lower().replace(" ", "-"),
        title=title,
        producer=producer,
        style=style,
        mood=words[0],
        bpm=bpm,
        key=number,
        tags=tuple(words[1].split(", ")),
        stems=STEMS in offered,
        tiers=offered,
        spec=PieceSpec(style, seed, bpm, number, harmony, lead),
        released_days_ago=days,
    )


RECORDINGS: tuple[DemoRecording, ...] = (
    _recording(
        "Cold Harbour",
        "ash-verell",
        "drill",
        sound=(140, "F minor", 11, "piano", "bell"),
        words=("dark", "dark, 808, piano, sliding bass"),
        prices=(2995, 4995, 9900, 14900, 60000),
        days=2,
    ),
    _recording(
        "Paper Lanterns",
        "miko-tann",
        "lofi",
        sound=(76, "D major", 12, "rhodes", "guitar"),
        words=("warm", "rhodes, guitar, tape, mellow"),
        prices=(0, 1900, None, 4900, None),
        days=4,
    ),
    _recording(
        "Rust",
        "grayline",
        "trap",
        sound=(146, "F minor", 13, "choir", "bell"),
        words=("tense", "dark, 808, choir, bells"),
        prices=(3495, 5995, 11900, 17900, 90000),
        days=3,
    ),
    _recording(
        "Saltwater",
        "oda-ruiz",
        "afrobeat",
        sound=(104, "G major", 14, "rhodes", "marimba"),
        words=("happy", "guitar, marimba, congas, sunny"),
        prices=(2495, 3995, 8900, 12900, 50000),
        days=6,
    ),
    _recording(
        "Corner Store Psalm",
        "juno-park",
        "boombap",
        sound=(90, "A minor", 15, "piano", "brass"),
        words=("warm", "piano, horns, vinyl, upright bass"),
        prices=(1999, 3499, None, 9900, 40000),
        days=8,
    ),
    _recording(
        "Second Sunrise",
        "oda-ruiz",
        "house",
        sound=(122, "C minor", 16, "organ", "vox"),
        words=("energetic", "organ, vocal chops, deep, groove"),
        prices=(2500, 3900, None, 9900, None),
        days=9,
    ),
    _recording(
        "Halogen",
        "grayline",
        "techno",
        sound=(132, "A minor", 17, "stab", "pluck"),
        words=("hypnotic", "stabs, rumble, driving, night"),
        prices=(1900, 2900, None, 7900, 35000),
        days=11,
    ),
    _recording(
        "Low Cloud",
        "vesper-kay",
        "ambient",
        sound=(66, "E major", 18, "pad", "felt"),
        words=("calm", "pads, felt piano, slow, drone"),
        prices=(0, 1500, 4900, 8900, None),
        days=12,
    ),
    _recording(
        "No Signal",
        "grayline",
        "trap",
        sound=(142, "G minor", 19, "strings", "flute"),
        words=("tense", "strings, flute, 808, cinematic"),
        prices=(3495, 5995, None, 14900, 80000),
        days=14,
    ),
    _recording(
        "Night Bus 31",
        "ash-verell",
        "drill",
        sound=(142, "D minor", 20, "strings", "piano"),
        words=("cold", "strings, piano, 808, night"),
        prices=(2995, 4995, None, 14900, 55000),
        days=15,
    ),
    _recording(
        "Window Seat",
        "juno-park",
        "lofi",
        sound=(82, "F major", 21, "felt", "vibes"),
        words=("calm", "felt piano, vibes, dusty, study"),
        prices=(0, 1500, None, None, None),
        days=17,
    ),
    _recording(
        "Kola Nut",
        "oda-ruiz",
        "afrobeat",
        sound=(108, "A minor", 22, "organ", "kalimba"),
        words=("happy", "kalimba, organ, log drum, dance"),
        prices=(2495, 3995, None, 11900, 45000),
        days=19,
    ),
    _recording(
        "Glass Ceiling",
        "vesper-kay",
        "trap",
        sound=(134, "D# major", 23, "glass", "music box"),
        words=("dreamy", "glassy, music box, airy, 808"),
        prices=(2700, 4500, None, 12900, None),
        days=21,
    ),
    _recording(
        "Slow Exit",
        "juno-park",
        "boombap",
        sound=(86, "E minor", 24, "rhodes", "flute"),
        words=("calm", "rhodes, flute, vinyl, late night"),
        prices=(1999, 3499, None, 8900, 38000),
        days=24,
    ),
    _recording(
        "Ferry Lights",
        "miko-tann",
        "house",
        sound=(124, "A minor", 25, "rhodes", "flute"),
        words=("warm", "rhodes, flute, deep, sunset"),
        prices=(2200, 3600, None, 9500, 42000),
        days=26,
    ),
    _recording(
        "Tin Roof",
        "vesper-kay",
        "ambient",
        sound=(72, "B minor", 26, "glass", "kalimba"),
        words=("sad", "kalimba, glass, rain, sparse"),
        prices=(0, 1200, None, 5900, None),
        days=29,
    ),
    _recording(
        "Static Bloom",
        "ash-verell",
        "drill",
        sound=(143, "C minor", 27, "choir", "guitar"),
        words=("dark", "choir, guitar, airy, 808"),
        prices=(2700, 4700, None, 13900, 52000),
        days=31,
    ),
    _recording(
        "Concrete Garden",
        "grayline",
        "techno",
        sound=(128, "D minor", 28, "organ", "bell"),
        words=("dark", "bells, organ, dub, deep"),
        prices=(1900, 2900, None, None, 30000),
        days=35,
    ),
    _recording(
        "Marigold",
        "miko-tann",
        "lofi",
        sound=(70, "A minor", 29, "guitar", "flute"),
        words=("romantic", "guitar, flute, tape, slow"),
        prices=(0, 1700, None, 4500, None),
        days=38,
    ),
    _recording(
        "Brass Knuckle Waltz",
        "juno-park",
        "boombap",
        sound=(94, "D minor", 30, "organ", "brass"),
        words=("aggressive", "horns, organ, hard drums, vinyl"),
        prices=(2199, 3699, None, 9900, 44000),
        days=43,
    ),
    _recording(
        "Palm Oil",
        "oda-ruiz",
        "afrobeat",
        sound=(112, "F major", 31, "pad", "vox"),
        words=("happy", "vocal chops, guitar, horns, dance"),
        prices=(2495, 3995, None, 11900, None),
        days=47,
    ),
    _recording(
        "Bright Idea",
        "miko-tann",
        "house",
        sound=(126, "F major", 32, "house piano", "synth lead"),
        words=("energetic", "piano, synth, peak time, disco"),
        prices=(2200, 3600, None, 9500, 40000),
        days=52,
    ),
    _recording(
        "Pressure Drop",
        "grayline",
        "techno",
        sound=(136, "F# minor", 33, "supersaw", "synth lead"),
        words=("aggressive", "synth, driving, peak time, dark"),
        prices=(1900, 2900, None, 7900, None),
        days=58,
    ),
    _recording(
        "Harbour Fog",
        "vesper-kay",
        "ambient",
        sound=(62, "C minor", 34, "choir", "bell"),
        words=("cold", "choir, bells, drone, film"),
        prices=(900, 1900, None, 6900, 25000),
        days=64,
    ),
)
