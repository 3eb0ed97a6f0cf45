"""Tables of refunds."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from indii.kernel.db import UtcTime
from indii.store.orders.models import Order
from indii.trust.refunds.enums import RefundStatus


class Refund(SQLModel, table=True):
    """Money on its way back, decided by an administrator or by a rule.

    For lines of an order; or, without lines, for a payment that did not fit its order, or made at
    the network itself.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_range"),
        Index("uq_refund_ref", "ref", unique=True, postgresql_where=text("ref <> ''")),
        Index("ix_refund_open", "created_at", postgresql_where=text("state <> 'done'")),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="order.id", index=True)
    state: str = Field(max_length=10)
    amount_minor: int
    currency: str = Field(max_length=3)
    reason: str = Field(max_length=300)
    ref: str = Field(default="", max_length=200)
    asked_by: UUID | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    created_at: UtcTime
    ended_at: UtcTime | None = None
    # When the buyer was told that money is on its way.
    emailed_at: UtcTime | None = None
    last_error: str = Field(default="", max_length=300)


class RefundLine(SQLModel, table=True):
    """A line that a refund gives back whole."""

    __tablename__ = "refund_line"

    refund_id: UUID = Field(primary_key=True, foreign_key="refund.id")
    order_item_id: UUID = Field(primary_key=True, foreign_key="order_item.id", index=True)
    amount_minor: int


def has_failed_refund() -> ColumnElement[bool]:
    """Whether a refund of the selected order failed and none was asked for since."""
    later = aliased(Refund)
    is_answered = (
        select(col(later.id))
        .where(
            col(later.order_id) == col(Refund.order_id),
            col(later.id) > col(Refund.id),
            col(later.state) != RefundStatus.FAILED,
        )
        .exists()
    )
    return (
        select(col(Refund.id))
        .where(
            col(Refund.order_id) == col(Order.id),
            col(Refund.state) == RefundStatus.FAILED,
            ~is_answered,
        )
        .exists()
    )
