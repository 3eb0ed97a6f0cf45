"""The words of orders."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELED = "canceled"
    # Money came that does not fit the order: a person must look.
    NEEDS_REVIEW = "needs_review"


class ItemStatus(StrEnum):
    """Where one line of an order stands."""

    ORDERED = "ordered"
    GRANTED = "granted"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELED = "canceled"


class SessionStatus(StrEnum):
    """Where a hosted checkout stands, as far as we know."""

    OPENING = "opening"
    OPEN = "open"
    # The buyer is done, the money is on its way (a debit takes days).
    PENDING = "pending"
    PAID = "paid"
    ENDED = "ended"


PAID_STATUSES = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)
