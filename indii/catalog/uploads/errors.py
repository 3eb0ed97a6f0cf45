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
        super().__init__("This server has no space for the file right now. Nothing was uploaded.")


class PartConflict(IndiiError):
    """The part does not go on where the upload stands, at `offset`."""

    status = HTTPStatus.CONFLICT

    def __init__(self, offset: int | None = None) -> None:
        super().__init__("This part does not continue where the upload stopped.")
        self.offset = offset


class UploadLocked(IndiiError):
    """Another request is writing to it."""

    status = HTTPStatus.LOCKED

    def __init__(self) -> None:
        super().__init__("Another part of this file is still being written. Try again in a moment.")


class ChecksumMismatch(IndiiError):
    """The part arrived damaged; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__("This part was damaged in transit. Please send it again.")


class FileRefused(IndiiError):
    """The content is not what it should be."""
