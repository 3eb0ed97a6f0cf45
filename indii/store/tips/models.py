"""Table of tips."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Tip(SQLModel, table=True):
    """What an order line gives away: for whom, for which recording, with which words.

    Whether it was paid, and is still good, its line says.
    """

    __tablename__ = "tip"
    __table_args__ = (
        Index(
            "ix_tip_public",
            "profile_id",
            "order_item_id",
            postgresql_where=text("is_public AND message <> '' AND removed_at IS NULL"),
        ),
    )

    order_item_id: UUID = Field(primary_key=True, foreign_key="order_item.id")
    profile_id: UUID = Field(foreign_key="profile.id")
    # What was heard when the tip was given; None for the producer as such.
    recording_id: UUID | None = Field(default=None, foreign_key="recording.id")
    # How the giver wants to be named; "" for nobody in particular.
    giver: str = Field(default="", max_length=60)
    message: str = Field(default="", max_length=280)
    is_public: bool = False
    # When a moderator took the message away; the money stays where it is.
    removed_at: UtcTime | None = None
    created_at: UtcTime
