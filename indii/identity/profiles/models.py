"""Tables of profiles."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Profile(SQLModel, table=True):
    """The public face of an account."""

    __tablename__ = "profile"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_shape"),)

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", unique=True, ondelete="CASCADE")
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=60)
    bio: str = Field(default="", max_length=1000)
    # Storage key of a 256 px WebP, "" while there is none.
    avatar_key: str = Field(default="", max_length=200)
    is_producer: bool = False
    created_at: UtcTime
    # Set when its account closes: a closed profile is shown to nobody.
    closed_at: UtcTime | None = None
