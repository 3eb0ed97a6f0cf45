"""What can be refused about refunds, worded for a person."""

from indii.kernel.errors import IndiiError


class NotRefundable(IndiiError):
    """The order or line has nothing left to give back."""
