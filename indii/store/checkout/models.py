"""Tables of the cart."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from indii.kernel.db import UtcTime


class Cart(SQLModel, table=True):
    """What somebody means to buy; a guest's is found by the token in a cookie."""

    __tablename__ = "cart"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (token_hash IS NULL)", name="one_owner"),
    )

    id: UUID = Field(primary_key=True)
    account_id: UUID | None = Field(
        default=None, foreign_key="account.id", ondelete="CASCADE", unique=True
    )
    token_hash: str | None = Field(default=None, max_length=64, unique=True)
    licensee_name: str = Field(default="", max_length=120)
    licensee_alias: str = Field(default="", max_length=120)
    email: str = Field(default="", max_length=254)
    # The latest order made of this cart.
    order_id: UUID | None = Field(default=None, foreign_key="order.id", ondelete="SET NULL")
    created_at: UtcTime
    updated_at: UtcTime = Field(index=True)


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
