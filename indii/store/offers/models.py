"""Tables of offers."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Offer(SQLModel, table=True):
    """One tier of one recording at one price; `is_open` says whether it is for sale."""

    __tablename__ = "offer"
    __table_args__ = (CheckConstraint("price_minor >= 0", name="price_range"),)

    recording_id: UUID = Field(primary_key=True, foreign_key="recording.id")
    tier: str = Field(primary_key=True, max_length=20)
    price_minor: int
    currency: str = Field(max_length=3)
    is_open: bool = True
    updated_at: UtcTime
