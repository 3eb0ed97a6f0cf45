"""The catalogue of the tested site: three producers, thirty-odd recordings, one of each oddity.

Made by the factories' commands; what is heard is one real MP3, so that any of them can be played.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text

from indii.catalog.recordings.commands import publish, record_digest, record_sound_facts
from indii.discovery.similar.commands import NewVector, store_vectors
from indii.identity.profiles.commands import update_profile
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.runtime import Runtime
from tests.factories.catalog import Heard, make_preview, make_recording
from tests.factories.sounds import mp3
from tests.serving import Person, Site

SECONDS = 45
MINOR = {"A": 21, "B♭": 22, "C": 12, "D": 14, "E": 16, "F": 17, "G": 19}
MAJOR = {"C": 0, "D": 2, "F": 5, "G": 7, "A♭": 8, "A": 9}


@dataclass(frozen=True)
class Piece:
    """One recording of the test catalogue."""

    title: str
    producer: int
    genre: str
    mood: str
    bpm: float | None
    key: int | None
    tags: tuple[str, ...]
    prices: Mapping[str, int] = field(default_factory=lambda: {"mp3_lease": 2495})
    credits: str = ""


NAMED = (
    Piece("Cold Harbour", 0, "drill", "dark", 140, MINOR["F"], ("dark", "808"),
          {"mp3_lease": 2995, "wav_lease": 4995}, "Mixed by Ines Holm."),
    Piece("Night Bus 31", 0, "drill", "cold", 139, MINOR["F"], ("sliding bass",)),
    Piece("Half Light", 0, "drill", "dark", 70, MINOR["F"], ("slow", "808")),
    Piece("Relative Calm", 0, "drill", "dark", 142, MAJOR["A♭"], ("choir",)),
    Piece("No Signal", 2, "trap", "tense", 142, MINOR["A"], ("choir", "strings"),
          {"mp3_lease": 3495, "wav_lease": 5995, "exclusive": 49900}),
    Piece("Rust", 2, "trap", "tense", 146, MINOR["A"], ("distorted", "choir")),
    Piece("Paper Lanterns", 1, "lo-fi", "warm", 72, MAJOR["C"], ("rhodes", "tape")),
    Piece("Straßenlärm im Café", 1, "lo-fi", "warm", 84, MAJOR["G"], ("größe", "straße")),
    Piece("Saltwater", 1, "ambient", "calm", None, None, ("field",), {"mp3_lease": 0}),
    Piece("A very long title that somebody thought was a good idea at four in the morning", 1,
          "house", "calm", 124, MAJOR["D"], ("organ", "long", "words"),
          {"mp3_lease": 1999, "wav_lease": 3999}),
)  # fmt: skip
_FIRST = ("Glass", "Low", "Static", "Halogen", "Ferry", "Kola", "Window")
_LAST = ("Ceiling", "Tide", "Bloom")
_FILL = (
    ("house", "warm", 122, MAJOR["F"], ("organ", "club")),
    ("techno", "dark", 132, MINOR["G"], ("warehouse", "acid")),
    ("afrobeat", "warm", 104, MAJOR["A"], ("log drum", "guitar")),
    ("boom bap", "calm", 88, MINOR["D"], ("dusty", "keys")),
    ("trap", "dark", 138, MINOR["E"], ("bells", "808")),
)
FILLERS = tuple(
    Piece(f"{first} {last}", n % 3, *_FILL[n % 5], {"mp3_lease": 1900 + 100 * (n % 14)})
    for n, (first, last) in enumerate((f, s) for f in _FIRST for s in _LAST)
)
PIECES = (*NAMED, *FILLERS)
PRODUCERS = (
    ("Ash Verell", "Drill and trap from a room above the docks. Slow builds, hard drops."),
    ("Oda Ruiz", "Tape, rhodes and field recordings."),
    ("Grayline", ""),
)


@dataclass
class People:
    """Who lives on the tested site."""

    producers: list[Person]
    fan: Person
    admin: Person


def fill(site: Site) -> People:
    """Open the accounts and publish every piece; leave nothing for the workers."""
    producers = [site.person(name, ["fan", "producer"]) for name, _ in PRODUCERS]
    for person, (name, bio) in zip(producers, PRODUCERS, strict=True):
        with site.rt.write(person.actor) as ctx:
            update_profile(ctx, name=name, slug=name.lower().replace(" ", "-"), bio=bio)
    preview = mp3(SECONDS)
    for number, piece in enumerate(PIECES):
        _release(site.rt, producers[piece.producer].actor, piece, number, preview)
    finish_setup(site)
    return People(
        producers=producers,
        fan=site.person("Lena Moss", ["fan"]),
        admin=site.person("Noor Admin", ["fan", "admin"]),
    )


def finish_setup(site: Site) -> None:
    """Let search learn its words; forget the work that the factories did in the workers' place."""
    from workers.discovery import refresh_words

    with site.rt.write(SYSTEM) as ctx:
        ctx.db.execute(text("DELETE FROM job"))
    refresh_words(site.rt)


def _release(rt: Runtime, actor: Actor, piece: Piece, number: int, preview: bytes) -> None:
    recording_id = make_recording(
        rt, actor, title=piece.title, genre=piece.genre, mood=piece.mood, bpm=piece.bpm,
        key=piece.key, tags=piece.tags, prices=piece.prices, credits=piece.credits,
        duration_ms=SECONDS * 1000, is_digested=False, is_live=False,
    )  # fmt: skip
    chance = random.Random(piece.title)
    file = make_preview(rt, recording_id, actor.require_profile(), preview)
    with rt.write(SYSTEM) as ctx:
        record_digest(
            ctx, recording_id=recording_id, source=f"made:{recording_id}",
            duration_ms=SECONDS * 1000, peaks=_peaks(chance), lufs=-9.4, true_peak_db=-0.8,
            preview=file,
        )  # fmt: skip
        record_sound_facts(
            ctx,
            recording_id=recording_id,
            source_sha256=chance.randbytes(32).hex(),
            facts=_heard(piece, chance),
            vector=(vector := _vector(piece, chance)),
        )
        store_vectors(
            ctx,
            recording_id=recording_id,
            source_sha256="",
            vectors=[NewVector("acoustic-v1", "1", vector)],
        )
    with rt.write(actor) as ctx:
        # Published over the last weeks, the first of the list yesterday.
        ctx.now -= timedelta(days=1 + number)
        publish(ctx, recording_id=recording_id)


def _peaks(chance: random.Random) -> bytes:
    """Verses and choruses of 800 values."""
    parts = [chance.uniform(0.35, 1) for _ in range(8)]
    return bytes(
        int(255 * parts[i // 100] * (0.55 + 0.45 * abs(math.sin(i / 5))) * chance.uniform(0.6, 1))
        for i in range(800)
    )


def _heard(piece: Piece, chance: random.Random) -> Heard:
    tilt, hump = chance.uniform(1, 4), chance.randrange(64)
    bands = bytes(
        min(255, int(220 * math.exp(-i * tilt / 64) + 90 * math.exp(-(((i - hump) / 6) ** 2))))
        for i in range(64)
    )
    return Heard(
        bpm=piece.bpm, key=piece.key, energy=chance.uniform(0.2, 0.9),
        brightness=chance.uniform(0.2, 0.8), low_end=chance.uniform(0.2, 0.9),
        density=chance.uniform(0.2, 0.8), bands=bands,
    )  # fmt: skip


def _vector(piece: Piece, chance: random.Random) -> list[float]:
    """A direction of the genre's own, with a little of the piece's."""
    style = random.Random(piece.genre)
    raw = [style.gauss(0, 1) + 0.5 * chance.gauss(0, 1) for _ in range(512)]
    norm = math.sqrt(sum(v * v for v in raw))
    return [v / norm for v in raw]
