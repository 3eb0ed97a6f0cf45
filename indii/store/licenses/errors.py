"""What can be refused about taking a license, worded for a person."""

from indii.kernel.errors import IndiiError, NotFound


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


class ContractChanged(NotAccepted):
    """The text that was asked for or accepted is not the contract any more."""

    def __init__(self) -> None:
        super().__init__("The contract has changed since you opened it. Please read it again.")


class ContractNotFound(NotFound):
    """There is no such contract in this cart."""

    def __init__(self) -> None:
        super().__init__("This license is not in your cart any more.")


class CartFull(IndiiError):
    """More lines than one order can have."""
