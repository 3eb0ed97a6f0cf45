"""What can be refused about orders, worded for a person."""

from indii.kernel.errors import IndiiError, NotFound


class OrderNotFound(NotFound):
    """There is no such order, or not for this person."""

    def __init__(self) -> None:
        super().__init__("There is no such order.")


class AmountTooSmall(IndiiError):
    """Below what the payment network can take."""


class MixedCurrencies(IndiiError):
    """One order has one currency."""

    def __init__(self) -> None:
        super().__init__("These are priced in different currencies: one order, one currency.")


class LinkUsed(IndiiError):
    """The link of an e-mail was used or is too old."""

    def __init__(self) -> None:
        super().__init__("This link was already used or has expired. Request a new one below.")
