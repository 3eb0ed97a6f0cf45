"""Tables of uploads."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Upload(SQLModel, table=True):
    """A file on its way in; how much of it has arrived is the length of its part file."""

    __tablename__ = "upload"
    __table_args__ = (
        Index(
            "ix_upload_open",
            "updated_at",
            postgresql_where=text("state IN ('receiving', 'checking')"),
        ),
    )

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    profile_id: UUID = Field(foreign_key="profile.id", ondelete="CASCADE")
    kind: str = Field(max_length=12)
    filename: str = Field(max_length=200)
    bytes: int = Field(sa_type=BigInteger)
    state: str = Field(default="receiving", max_length=10)
    refusal: str = Field(default="", max_length=500)
    probe: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}")
    )
    storage_key: str = Field(default="", max_length=200)
    sha256: str = Field(default="", max_length=64)
    created_at: UtcTime
    updated_at: UtcTime
