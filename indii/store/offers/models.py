"""Tables of offers."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
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


class ExclusiveHold(SQLModel, table=True):
    """Who may buy, or has bought, the one exclusive license of a recording."""

    __tablename__ = "exclusive_hold"
    __table_args__ = (
        Index(
            "uq_exclusive_hold_one",
            "recording_id",
            unique=True,
            postgresql_where=text("state IN ('held', 'sold')"),
        ),
        Index("ix_exclusive_hold_holder", "holder", "recording_id"),
    )

    id: UUID = Field(primary_key=True)
    recording_id: UUID = Field(foreign_key="recording.id")
    order_id: UUID = Field(foreign_key="order.id", index=True)
    # The account, or for a guest the hash of the e-mail address.
    holder: str = Field(max_length=80)
    state: str = Field(max_length=10)
    created_at: UtcTime
    expires_at: UtcTime
    ended_at: UtcTime | None = None
