"""What can be refused about taking a license, worded for a person."""

from indii.kernel.errors import IndiiError


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
