"""Tables of recordings.

`recording` is narrow on purpose: it carries every column that lists filter and sort by, and
little that changes often; plays are counted in `catalog/access`.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Float,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime

_LIVE = text("state = 'live'")


class Recording(SQLModel, table=True):
    """A recording as lists show it; `live` is the only public state."""

    __tablename__ = "recording"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_shape"),
        CheckConstraint("key BETWEEN 0 AND 23", name="key_range"),
        CheckConstraint("bpm BETWEEN 20 AND 400", name="bpm_range"),
        CheckConstraint("price_from_minor >= 0", name="price_range"),
        CheckConstraint("state <> 'live' OR published_at IS NOT NULL", name="live_is_dated"),
        Index("ix_recording_new", "published_at", "id", postgresql_where=_LIVE),
        Index("ix_recording_popular", "plays", "id", postgresql_where=_LIVE),
        Index("ix_recording_price", "price_from_minor", "id", postgresql_where=_LIVE),
        Index("ix_recording_genre_new", "genre", "published_at", "id", postgresql_where=_LIVE),
        Index("ix_recording_key_bpm", "key", "bpm", postgresql_where=_LIVE),
        Index("ix_recording_bpm", "bpm", postgresql_where=_LIVE),
        Index("ix_recording_tsv", "tsv", postgresql_using="gin"),
        Index("ix_recording_producer", "producer_id", "created_at"),
    )

    id: UUID = Field(primary_key=True)
    slug: str = Field(max_length=80, unique=True)
    producer_id: UUID = Field(foreign_key="profile.id")
    state: str = Field(default="draft", max_length=12)
    title: str = Field(max_length=120)
    genre: str = Field(default="", max_length=30)
    mood: str = Field(default="", max_length=30)
    bpm: float | None = Field(default=None, sa_type=Float)
    key: int | None = Field(default=None, sa_type=SmallInteger)
    tags: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    credits: str = Field(default="", max_length=1000)
    duration_ms: int = 0
    # Whether BPM and key are Indii's guess from the sound rather than the producer's word.
    is_bpm_suggested: bool = False
    is_key_suggested: bool = False
    # "" until the producer says; publishing needs an answer.
    ai_use: str = Field(default="", max_length=12)
    rights_attested_at: UtcTime | None = None
    # What lists show of the offers; written by store/offers through `set_listing`.
    price_from_minor: int | None = None
    currency: str = Field(default="USD", max_length=3)
    tiers: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    # Counted by catalog/access in the transaction of the play: sorting by it needs no join.
    plays: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    # The drawn row: cover version, its two colours and the path of the small waveform.
    cover_version: int = 0
    has_picture: bool = False
    colour_a: str = Field(default="#26262b", max_length=7)
    colour_b: str = Field(default="#a5a1a0", max_length=7)
    wave: str = Field(default="", max_length=1200)
    created_at: UtcTime
    published_at: UtcTime | None = None
    withdrawn_at: UtcTime | None = None
    taken_down_reason: str = Field(default="", max_length=500)
    # The state that a restore brings back; "" unless taken down.
    taken_down_from: str = Field(default="", max_length=12)
    # Folded title, producer, tags, genre, mood; commands write it, Postgres indexes it.
    search_text: str = Field(default="", max_length=1000)
    tsv: Any = Field(
        default=None,
        sa_column=Column(TSVECTOR, Computed("to_tsvector('simple', search_text)", persisted=True)),
    )


class MediaFile(SQLModel, table=True):
    """A stored file; a new master queues `MasterStored` by a database trigger."""

    __tablename__ = "media_file"
    __table_args__ = (
        Index("ix_media_file_recording", "recording_id", "kind"),
        Index(
            "uq_media_file_current",
            "recording_id",
            "kind",
            unique=True,
            postgresql_where=text("replaced_at IS NULL AND recording_id IS NOT NULL"),
        ),
        Index(
            "uq_media_file_own",
            "profile_id",
            "kind",
            unique=True,
            postgresql_where=text("replaced_at IS NULL AND recording_id IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    recording_id: UUID | None = Field(default=None, foreign_key="recording.id")
    profile_id: UUID = Field(foreign_key="profile.id")
    kind: str = Field(max_length=12)
    storage_key: str = Field(max_length=200, unique=True)
    filename: str = Field(max_length=200)
    content_type: str = Field(max_length=60)
    format: str = Field(default="", max_length=10)
    bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    duration_ms: int = 0
    sample_rate: int = 0
    channels: int = 0
    created_at: UtcTime
    # The master that a made file was made from.
    source_id: UUID | None = Field(default=None, foreign_key="media_file.id", index=True)
    # A replaced file is kept: what was licensed stays deliverable.
    replaced_at: UtcTime | None = None
