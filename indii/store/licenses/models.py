"""Tables of licenses: in a cart, and as a line of an order."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class CartLine(SQLModel, table=True):
    """One license in a cart; one tier a recording, the latest chosen."""

    __tablename__ = "cart_line"

    cart_id: UUID = Field(primary_key=True, foreign_key="cart.id", ondelete="CASCADE")
    recording_id: UUID = Field(primary_key=True, foreign_key="recording.id")
    tier: str = Field(max_length=20)
    # "" means the cart's own licensee.
    licensee_name: str = Field(default="", max_length=120)
    licensee_alias: str = Field(default="", max_length=120)
    # Which text was accepted and when; another text makes it void by itself.
    accepted_sha256: str = Field(default="", max_length=64)
    accepted_at: UtcTime | None = None
    added_at: UtcTime


class CartLicensee(SQLModel, table=True):
    """Who takes the licenses of a cart, unless a line names somebody of its own."""

    __tablename__ = "cart_licensee"

    cart_id: UUID = Field(primary_key=True, foreign_key="cart.id", ondelete="CASCADE")
    name: str = Field(max_length=120)
    alias: str = Field(default="", max_length=120)


class LicenseLine(SQLModel, table=True):
    """What an order line sells of a license: words, terms and files as they were accepted."""

    __tablename__ = "license_line"
    __table_args__ = (Index("ix_license_line_recording", "recording_id", "tier"),)

    order_item_id: UUID = Field(primary_key=True, foreign_key="order_item.id")
    recording_id: UUID = Field(foreign_key="recording.id")
    tier: str = Field(max_length=20)
    licensee_name: str = Field(max_length=120)
    licensee_alias: str = Field(default="", max_length=120)
    terms: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    contract: str
    contract_sha256: str = Field(max_length=64)
    accepted_at: UtcTime
    # The media files that this license delivers, pinned: a replaced master changes nothing sold.
    file_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
