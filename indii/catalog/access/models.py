"""Tables of access."""

from datetime import date
from uuid import UUID

from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Play(SQLModel, table=True):
    """One listener heard thirty seconds of one recording on one day."""

    __tablename__ = "play"

    recording_id: UUID = Field(primary_key=True, foreign_key="recording.id")
    day: date = Field(primary_key=True, index=True)
    # The account id, or the day's visitor hash.
    listener: str = Field(primary_key=True, max_length=80)
    at: UtcTime
