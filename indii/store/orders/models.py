"""Tables of orders. A line is frozen when the order is placed: later edits change nothing sold."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Order(SQLModel, table=True):
    """What somebody buys at one go, in one currency; a guest is known by e-mail and token."""

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint("total_minor >= 0", name="total_range"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index("ix_order_account", "account_id", "created_at"),
        Index("ix_order_email", "email", "created_at"),
        Index(
            "ix_order_waiting", "created_at", postgresql_where=text("state = 'awaiting_payment'")
        ),
    )

    id: UUID = Field(primary_key=True)
    number: str = Field(max_length=20, unique=True)
    account_id: UUID | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    # SHA-256 of the token in the buyer's cookie; "" for an account.
    buyer_hash: str = Field(default="", max_length=64, index=True)
    email: str = Field(max_length=254)
    state: str = Field(max_length=20)
    currency: str = Field(max_length=3)
    total_minor: int
    # What the cart held, hashed: the same cart asked twice is the same order.
    cart_hash: str = Field(max_length=64)
    payment_ref: str = Field(default="", max_length=200, index=True)
    review_note: str = Field(default="", max_length=500)
    created_at: UtcTime
    paid_at: UtcTime | None = None
    # When receipt and news of the sale were written.
    emailed_at: UtcTime | None = None
    ended_at: UtcTime | None = None


class OrderItem(SQLModel, table=True):
    """One license bought: the words, prices and files as they were at that moment."""

    __tablename__ = "order_item"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_range"),
        CheckConstraint("fee_minor BETWEEN 0 AND price_minor", name="fee_range"),
        UniqueConstraint("order_id", "position"),
        Index("ix_order_item_recording", "recording_id", "tier"),
        Index("ix_order_item_producer", "producer_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="order.id", index=True)
    position: int
    recording_id: UUID = Field(foreign_key="recording.id")
    producer_id: UUID = Field(foreign_key="profile.id")
    state: str = Field(max_length=12)
    title: str = Field(max_length=120)
    producer_name: str = Field(max_length=100)
    tier: str = Field(max_length=20)
    price_minor: int
    # The platform's part of the price, fixed when the order is placed.
    fee_minor: int
    licensee_name: str = Field(max_length=120)
    licensee_alias: str = Field(default="", max_length=120)
    terms: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    contract: str
    contract_sha256: str = Field(max_length=64)
    accepted_at: UtcTime
    # The media files that this license delivers, pinned: a replaced master changes nothing sold.
    file_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))


class Allocation(SQLModel, table=True):
    """What of a paid line is owed to one payee; together the price less the fee."""

    __tablename__ = "allocation"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    order_item_id: UUID = Field(primary_key=True, foreign_key="order_item.id")
    payee_id: UUID = Field(primary_key=True, foreign_key="profile.id")
    amount_minor: int
    currency: str = Field(max_length=3)
    created_at: UtcTime


class PaymentSession(SQLModel, table=True):
    """One hosted checkout of an order; its key is written before anybody is asked."""

    __tablename__ = "payment_session"
    __table_args__ = (
        UniqueConstraint("order_id", "attempt"),
        Index("uq_payment_session_ref", "ref", unique=True, postgresql_where=text("ref <> ''")),
        Index(
            "ix_payment_session_open",
            "expires_at",
            postgresql_where=text("state IN ('opening', 'open', 'pending')"),
        ),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="order.id")
    attempt: int
    key: str = Field(max_length=100, unique=True)
    ref: str = Field(default="", max_length=200)
    url: str = Field(default="", max_length=2000)
    state: str = Field(max_length=10)
    expires_at: UtcTime
    created_at: UtcTime
