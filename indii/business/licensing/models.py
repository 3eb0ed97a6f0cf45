"""Tables of licensing."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class LicenseTerms(SQLModel, table=True):
    """A producer's typed terms for one tier; None in a limit means without limit."""

    __tablename__ = "license_terms"
    __table_args__ = (
        CheckConstraint("streams_limit > 0", name="streams_positive"),
        CheckConstraint("copies_limit > 0", name="copies_positive"),
        CheckConstraint("videos_limit >= 0", name="videos_range"),
        CheckConstraint("radio_stations_limit >= 0", name="radio_range"),
        CheckConstraint("term_years > 0", name="term_positive"),
    )

    profile_id: UUID = Field(primary_key=True, foreign_key="profile.id", ondelete="CASCADE")
    tier: str = Field(primary_key=True, max_length=20)
    streams_limit: int | None = None
    copies_limit: int | None = None
    videos_limit: int | None = None
    radio_stations_limit: int | None = None
    term_years: int | None = None
    allows_live_performance: bool = True
    allows_broadcast: bool = False
    requires_credit: bool = True
    updated_at: UtcTime
