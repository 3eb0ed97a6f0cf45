"""What can be refused about a cart, worded for a person."""

from indii.kernel.errors import IndiiError


class CartEmpty(IndiiError):
    """There is nothing to pay for."""

    def __init__(self) -> None:
        super().__init__("Your cart is empty.")


class OwnRecording(IndiiError):
    """Nobody licenses their own recording."""

    def __init__(self) -> None:
        super().__init__("This is your own recording: you need no license for it.")


class AlreadyOwned(IndiiError):
    """The very license is there already."""


class NotForSale(IndiiError):
    """The license is not offered, or not any more."""


class NotAccepted(IndiiError):
    """A contract was not accepted, or its text is another one now."""


class CartFull(IndiiError):
    """More lines than one order can have."""


class CheckoutOpen(IndiiError):
    """Another order of this cart is being paid at this moment."""

    def __init__(self) -> None:
        super().__init__(
            "Another window is paying for this cart at the moment. Nothing was charged twice;"
            " finish there, or try again in a moment."
        )
