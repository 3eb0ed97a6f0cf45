"""Tables of orders. A line is frozen when the order is placed: later edits change nothing sold."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
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
    # What is ordered, hashed: the same asked for twice is the same order.
    content_hash: str = Field(max_length=64)
    payment_ref: str = Field(default="", max_length=200, index=True)
    review_note: str = Field(default="", max_length=500)
    created_at: UtcTime
    paid_at: UtcTime | None = None
    ended_at: UtcTime | None = None


class OrderItem(SQLModel, table=True):
    """One line bought: who is paid for what, and how much, as it was at that moment.

    What only its kind knows lies in a table of the kind's own, one row a line.
    """

    __tablename__ = "order_item"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price_minor >= 0", name="price_range"),
        CheckConstraint("price_minor = unit_price_minor * quantity", name="price_is_product"),
        CheckConstraint("fee_minor BETWEEN 0 AND price_minor", name="fee_range"),
        UniqueConstraint("order_id", "position"),
        Index("ix_order_item_payee", "payee_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="order.id", index=True)
    position: int
    # Which room's words and deeds these are: `kinds.LineKind.name`.
    kind: str = Field(max_length=20)
    payee_id: UUID = Field(foreign_key="profile.id")
    state: str = Field(max_length=12)
    title: str = Field(max_length=120)
    # The kind's word for what was sold: `WAV lease`.
    label: str = Field(max_length=80)
    payee_name: str = Field(max_length=100)
    quantity: int = 1
    unit_price_minor: int
    price_minor: int
    # The platform's part of the price, fixed when the order is placed.
    fee_minor: int


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
    # Whether a payment that takes days may be offered: not while others wait for what is in it.
    allows_delayed: bool = True
    # Where the buyer goes who has paid, and who leaves without paying.
    done_path: str = Field(default="/downloads", max_length=200)
    left_path: str = Field(default="/cart?payment=left", max_length=200)
    expires_at: UtcTime
    created_at: UtcTime
