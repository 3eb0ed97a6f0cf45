"""What is refused on the operator's pages."""

from indii.kernel.errors import NotFound


class WorkNotFound(NotFound):
    """What was to be worked again is not there any more."""

    def __init__(self) -> None:
        super().__init__("This no longer exists.")
