"""What reports refuse."""

from indii.kernel.errors import IndiiError
from indii.kernel.format import whole_number


class ReasonUnknown(IndiiError):
    """The reason is none of ours."""

    def __init__(self) -> None:
        super().__init__("Choose what is wrong with it.", field="reason")


class DetailsMissing(IndiiError):
    """A reason that says nothing by itself needs a sentence."""

    def __init__(self) -> None:
        super().__init__("Say in a sentence what is wrong.", field="details")


class DetailsTooLong(IndiiError):
    """The text does not fit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Use at most {whole_number(limit)} characters.", field="details")


class AlreadyReported(IndiiError):
    """One open report each is enough."""

    def __init__(self) -> None:
        super().__init__("You already reported this. A person will review it.")


class NothingToReport(IndiiError):
    """There is no such thing, or it is the reporter's own."""

    def __init__(self) -> None:
        super().__init__("This cannot be reported.")
