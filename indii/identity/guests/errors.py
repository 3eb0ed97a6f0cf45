"""What can be refused to a guest, worded for a person."""

from indii.kernel.errors import IndiiError


class PassUsed(IndiiError):
    """The link of an e-mail was used, is too old, or never was."""

    def __init__(self) -> None:
        super().__init__("This link was already used or has expired. Request a new one below.")
