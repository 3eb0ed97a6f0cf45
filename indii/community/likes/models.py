"""Tables of likes."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class RecordingLike(SQLModel, table=True):
    """An account likes a recording."""

    __tablename__ = "recording_like"
    __table_args__ = (
        UniqueConstraint("recording_id", "account_id"),
        Index("ix_recording_like_newest", "account_id", "created_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    recording_id: UUID = Field(foreign_key="recording.id", ondelete="CASCADE")
    created_at: UtcTime
