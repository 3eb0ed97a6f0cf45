"""Table of the cart; what lies in it belongs to the kinds of lines that can."""

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
    email: str = Field(default="", max_length=254)
    # The latest order made of this cart.
    order_id: UUID | None = Field(default=None, foreign_key="order.id", ondelete="SET NULL")
    created_at: UtcTime
    updated_at: UtcTime = Field(index=True)
