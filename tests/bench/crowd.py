"""A large catalogue, bulk inserted: what explore has to search when the site has grown up.

Shares follow what marketplaces look like: a few genres hold most recordings, a few producers are
busy and most are not, titles repeat common words, tempo and key depend on the genre, prices end in
.95, plays follow a power law. The same number gives the same catalogue.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import psycopg

from indii.catalog.recordings.enums import Genre, Mood
from indii.catalog.recordings.rules import search_text
from indii.kernel.drawing import wave_path
from indii.kernel.text import slugify

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SPAN_S = 3 * 365 * 86_400
PER_PRODUCER = 12
NOT_LIVE = 0.06
"""Share of drafts, withdrawn and taken down recordings, which no list may show."""

# Share of the catalogue, usual tempo and its spread, share of minor keys.
GENRES: dict[Genre, tuple[float, float, float, float]] = {
    Genre.TRAP: (24, 142, 10, 0.85),
    Genre.DRILL: (11, 141, 4, 0.92),
    Genre.RNB: (9, 86, 14, 0.6),
    Genre.BOOM_BAP: (8, 90, 5, 0.75),
    Genre.LOFI: (8, 80, 8, 0.55),
    Genre.AFROBEAT: (6, 106, 7, 0.6),
    Genre.POP: (6, 112, 18, 0.4),
    Genre.HOUSE: (5, 124, 3, 0.6),
    Genre.DANCEHALL: (4, 98, 7, 0.6),
    Genre.TECHNO: (4, 133, 6, 0.75),
    Genre.DRUM_AND_BASS: (3, 174, 2, 0.75),
    Genre.SOUL: (3, 84, 12, 0.55),
    Genre.AMBIENT: (2, 72, 14, 0.5),
    Genre.ROCK: (2, 122, 22, 0.5),
    Genre.JAZZ: (1.5, 110, 30, 0.5),
    Genre.SOUNDTRACK: (1.5, 90, 25, 0.7),
    Genre.FOLK: (1, 104, 20, 0.35),
    Genre.CLASSICAL: (0.6, 92, 28, 0.5),
    Genre.EXPERIMENTAL: (0.4, 118, 40, 0.6),
}
MOODS: dict[Mood, float] = {
    Mood.DARK: 24, Mood.AGGRESSIVE: 13, Mood.SAD: 12, Mood.ENERGETIC: 11, Mood.CALM: 8,
    Mood.DREAMY: 8, Mood.WARM: 6, Mood.TENSE: 5, Mood.HAPPY: 5, Mood.ROMANTIC: 4, Mood.COLD: 2.5,
    Mood.HYPNOTIC: 1.5,
}  # fmt: skip
KEYS = (7, 9, 5, 6, 4, 9, 7, 8, 9, 7, 8, 5)
"""How common each tonic is, C to B: producers like what lies well under the 808."""
TIERS = (
    (34, ("mp3_lease", "wav_lease")),
    (22, ("mp3_lease", "wav_lease", "stems_lease", "unlimited_lease", "exclusive")),
    (16, ("mp3_lease", "wav_lease", "stems_lease")),
    (16, ("mp3_lease",)),
    (8, ("wav_lease", "exclusive")),
    (4, ()),
)
PRICES = (0, 995, 1495, 1995, 2495, 2995, 3495, 3995, 4995, 5995, 9995)
PRICE_SHARES = (4, 4, 8, 18, 12, 26, 8, 9, 6, 3, 2)
TAGS = (
    "808", "piano", "guitar", "strings", "bells", "choir", "flute", "vinyl", "sample", "melodic",
    "hard", "bouncy", "club", "night", "rage", "plugg", "jersey", "phonk", "detroit", "memphis",
    "uk", "latin", "sax", "rhodes", "synth", "arp", "pluck", "orchestral", "acoustic", "live bass",
    "type beat", "freestyle", "sad boy", "summer", "winter", "rain", "gospel", "drone", "glitch",
    "tape",
)  # fmt: skip
COMMON = (
    "night", "dark", "love", "gold", "ice", "fire", "money", "dream", "moon", "city", "blue",
    "lost", "ghost", "heart", "star", "rain", "summer", "cold", "king", "demon", "angel", "war",
    "sky", "shadow", "river", "smoke", "glass", "paper", "stone", "velvet", "signal", "harbour",
)  # fmt: skip
SYLLABLES = (
    "ka", "lo", "mi", "ra", "to", "ve", "nu", "si", "el", "or", "an", "du", "fe", "gri", "ho",
    "ja", "ku", "lan", "mor", "ni", "os", "pra", "quil", "ro", "sta", "tu", "ul", "vor", "wen",
    "xi", "yar", "zo", "bel", "cor", "dra", "fen", "gal", "hin",
)  # fmt: skip

COLUMNS = (
    "id", "slug", "producer_id", "state", "title", "genre", "mood", "bpm", "key", "tags",
    "credits", "duration_ms", "is_bpm_suggested", "is_key_suggested", "ai_use",
    "price_from_minor", "currency", "tiers", "plays", "cover_version", "has_picture", "colour_a",
    "colour_b", "wave", "created_at", "published_at", "taken_down_reason", "taken_down_from",
    "search_text",
)  # fmt: skip


def fill(dsn: str, count: int, *, seed: int = 20261120) -> None:
    """Insert `count` recordings with their producers, then let Postgres learn about them."""
    chance = random.Random(seed)
    people = list(_people(chance, max(6, count // PER_PRODUCER)))
    with psycopg.connect(dsn, autocommit=True) as db:
        account = ("id", "email", "password_hash", "roles", "created_at")
        _copy(db, "account", account, (
            (a, f"crowd{n}@example.com", "!", ["fan", "producer"], NOW)
            for n, (a, _, _) in enumerate(people)
        ))  # fmt: skip
        profile = ("id", "account_id", "slug", "name", "bio", "avatar_key", "is_producer",
                   "created_at")  # fmt: skip
        _copy(db, "profile", profile, (
            (p, a, f"{slugify(name, fallback='p')}-{n}", name, "", "", True, NOW)
            for n, (a, p, name) in enumerate(people)
        ))  # fmt: skip
        producers = [(p, name) for _, p, name in people]
        _copy(db, "recording", COLUMNS, _recordings(chance, producers, count))
        for table in ("account", "profile", "recording"):
            db.execute(f"VACUUM (ANALYZE) {table}")  # type: ignore[arg-type]


def _copy(
    db: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterator[Sequence[Any]]
) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with db.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


def _people(chance: random.Random, count: int) -> Iterator[tuple[uuid.UUID, uuid.UUID, str]]:
    for _ in range(count):
        first, last = _name(chance, 2), _name(chance, chance.choice((2, 3)))
        yield _uuid(chance), _uuid(chance), f"{first} {last}"


def _recordings(
    chance: random.Random, producers: Sequence[tuple[uuid.UUID, str]], count: int
) -> Iterator[tuple[Any, ...]]:
    # Zipf: the busiest producers have hundreds of recordings, most have a handful.
    busy = list(accumulate(1 / (n + 8) for n in range(len(producers))))
    vocabulary = [*COMMON, *(_name(chance, chance.choice((2, 3))).lower() for _ in range(6000))]
    common = list(accumulate(1 / (n + 4) for n in range(len(vocabulary))))
    waves = [wave_path(_peaks(chance)) for _ in range(64)]
    genres, moods = list(GENRES), list(MOODS)
    genre_shares = list(accumulate(v[0] for v in GENRES.values()))
    mood_shares = list(accumulate(MOODS.values()))
    tier_shares = list(accumulate(share for share, _ in TIERS))
    for number in range(count):
        producer_id, producer = chance.choices(producers, cum_weights=busy)[0]
        genre = chance.choices(genres, cum_weights=genre_shares)[0]
        mood = chance.choices(moods, cum_weights=mood_shares)[0]
        _, usual, spread, minor = GENRES[genre]
        bpm = round(min(max(chance.gauss(usual, spread), 50), 210), chance.choice((0, 0, 0, 1)))
        tonic = chance.choices(range(12), KEYS)[0]
        key = tonic + 12 * (chance.random() < minor)
        words = chance.choices(vocabulary, cum_weights=common, k=chance.choice((1, 2, 2, 2, 3)))
        title = " ".join(dict.fromkeys(words)).title()
        tags = chance.sample(TAGS, chance.choice((2, 3, 3, 4)))
        tiers = list(chance.choices(TIERS, cum_weights=tier_shares)[0][1])
        price = chance.choices(PRICES, PRICE_SHARES)[0] if tiers else None
        published = NOW - timedelta(seconds=chance.random() ** 1.5 * SPAN_S)
        state = "live"
        if chance.random() < NOT_LIVE:
            state = chance.choice(("draft", "withdrawn", "taken_down"))
        yield (
            _uuid(chance, published), f"{slugify(title, fallback='r')}-{number}", producer_id,
            state, title, str(genre), str(mood), bpm if chance.random() < 0.97 else None,
            key if chance.random() < 0.93 else None, tags, "", chance.randint(95_000, 240_000),
            False, False, "none", price, "USD", tiers, int(chance.paretovariate(0.9)) - 1, 1, False,
            "#2b0f1e", "#ff7a59", waves[number % 64], published, published, "", "",
            search_text(title=title, producer=producer, tags=tags, genre=genre, mood=mood),
        )  # fmt: skip


def _peaks(chance: random.Random) -> bytes:
    level, found = 0.2, []
    for n in range(800):
        target = 0.15 if n < 60 or n > 760 else chance.choice((0.4, 0.7, 0.9, 1.0))
        level += (target - level) * 0.15
        found.append(int(255 * min(1, max(0, level * chance.uniform(0.55, 1)))))
    return bytes(found)


def _name(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).capitalize()


def _uuid(chance: random.Random, at: datetime = NOW) -> uuid.UUID:
    """A UUIDv7 of that moment."""
    millis = int(at.timestamp() * 1000)
    value = (millis << 80) | (0x7 << 76) | (chance.getrandbits(12) << 64)
    return uuid.UUID(int=value | (0b10 << 62) | chance.getrandbits(62))
