"""The words of uploads."""

from enum import StrEnum


class UploadStatus(StrEnum):
    """Where an upload stands."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    USED = "used"
