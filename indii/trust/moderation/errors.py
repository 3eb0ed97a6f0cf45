"""What moderation refuses."""

from indii.kernel.errors import IndiiError, NotFound
from indii.kernel.format import whole_number


class ReasonMissing(IndiiError):
    """Whoever is decided about is told why."""

    def __init__(self, field: str = "reason") -> None:
        super().__init__("Give a reason that the producer can act on.", field=field)


class ReasonTooLong(IndiiError):
    """The text does not fit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Use at most {whole_number(limit)} characters.", field="reason")


class SubjectGone(NotFound):
    """What was reported is not there any more."""

    def __init__(self) -> None:
        super().__init__("It no longer exists.")


class AddressUnknown(IndiiError):
    """The pasted address leads to no recording."""

    def __init__(self) -> None:
        super().__init__(
            "No recording has this address. Paste the address of its page.", field="address"
        )
