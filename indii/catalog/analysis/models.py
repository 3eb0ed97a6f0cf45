"""Tables of analysis."""

from uuid import UUID

from sqlalchemy import (
    Column,
    Float,
    LargeBinary,
    SmallInteger,
)
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class SoundFact(SQLModel, table=True):
    """What the worker heard in a recording's master."""

    __tablename__ = "sound_fact"

    recording_id: UUID = Field(primary_key=True, foreign_key="recording.id")
    # Which file was measured, "" while only the digest is there.
    source_sha256: str = Field(default="", max_length=64)
    # Which file, and which voice tag, the preview and the waveform were made from.
    digest_source: str = Field(default="", max_length=140)
    peaks: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    bands: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    cover_svg: str = ""
    # The generated cover's colours, for when an uploaded picture is taken away again.
    colour_a: str = Field(default="", max_length=7)
    colour_b: str = Field(default="", max_length=7)
    lufs: float | None = Field(default=None, sa_type=Float)
    true_peak_db: float | None = Field(default=None, sa_type=Float)
    bpm: float | None = Field(default=None, sa_type=Float)
    bpm_confidence: float = Field(default=0.0, sa_type=Float)
    key: int | None = Field(default=None, sa_type=SmallInteger)
    key_confidence: float = Field(default=0.0, sa_type=Float)
    energy: float = Field(default=0.0, sa_type=Float)
    brightness: float = Field(default=0.0, sa_type=Float)
    low_end: float = Field(default=0.0, sa_type=Float)
    density: float = Field(default=0.0, sa_type=Float)
    updated_at: UtcTime
