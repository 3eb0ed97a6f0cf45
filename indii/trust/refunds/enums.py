"""The words of refunds."""

from enum import StrEnum


class RefundStatus(StrEnum):
    """Where giving money back stands."""

    ASKED = "asked"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
