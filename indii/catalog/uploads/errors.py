"""What can be refused about uploads, worded for a person."""

from http import HTTPStatus

from indii.kernel.errors import IndiiError, NotFound


class UploadNotFound(NotFound):
    """There is no such upload, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("There is no such upload.")


class TooLarge(IndiiError):
    """More bytes than this kind of file, or this upload, may have."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooManyUploads(IndiiError):
    """Enough is under way already."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class NoRoom(IndiiError):
    """The disk has no room for it."""

    status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self) -> None:
        super().__init__("This server has no room for the file right now. Nothing was uploaded.")


class PartConflict(IndiiError):
    """The part does not go on where the upload stands; ask where that is and go on from there."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__("This part does not go on where the upload stands.")


class FileRefused(IndiiError):
    """The content is not what it should be."""
