"""Tables of similar: one vector a recording and model."""

from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime

DIM = 512
# The files an embedding is made from, of a recording that may have both.
MASTERS = ("main_wav", "main_mp3")


class RecordingEmbedding(SQLModel, table=True):
    """Where a recording lies in the space of one model."""

    __tablename__ = "recording_embedding"
    __table_args__ = (
        # One partial index a model: vectors of two models share a table, never a space.
        Index(
            "ix_recording_embedding_acoustic_v1",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "halfvec_cosine_ops"},
            postgresql_with={"m": 16, "ef_construction": 64},
            postgresql_where=text("model = 'acoustic-v1'"),
        ),
        Index("ix_recording_embedding_model", "model", "version"),
    )

    recording_id: UUID = Field(primary_key=True, foreign_key="recording.id", ondelete="CASCADE")
    model: str = Field(primary_key=True, max_length=40)
    version: str = Field(max_length=40)
    source_sha256: str = Field(max_length=64)
    embedding: Any = Field(sa_column=Column(HALFVEC(DIM), nullable=False))
    created_at: UtcTime
