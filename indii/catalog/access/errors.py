"""What can be refused about access, worded for a person."""

from http import HTTPStatus

from indii.kernel.errors import IndiiError, NotFound


class NoSuchLink(NotFound):
    """The address was never signed by us, or its file is gone."""

    def __init__(self) -> None:
        super().__init__("This link is not valid. Open the page again.")


class LinkTooOld(IndiiError):
    """The address was right once."""

    status = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__("This link has expired. Open the page again.")
