"""What can be refused about paying for a cart, worded for a person."""

from indii.kernel.errors import IndiiError


class CartEmpty(IndiiError):
    """There is nothing to pay for."""

    def __init__(self) -> None:
        super().__init__("Your cart is empty.")


class CheckoutOpen(IndiiError):
    """Another order of this cart is being paid at this moment."""

    def __init__(self) -> None:
        super().__init__(
            "Another window is paying for this cart at the moment. Nothing was charged twice;"
            " finish there, or try again in a moment."
        )
