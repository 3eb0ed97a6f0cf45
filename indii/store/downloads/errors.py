"""What can be refused about downloads, worded for a person."""

from http import HTTPStatus

from indii.kernel.errors import IndiiError


class FileUnavailable(IndiiError):
    """The file was the actor's and is not any more, or is not made yet."""

    status = HTTPStatus.GONE
