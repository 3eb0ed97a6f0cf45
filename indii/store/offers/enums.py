"""The words of offers."""

from enum import StrEnum


class HoldStatus(StrEnum):
    """Where the one exclusive license of a recording stands; nothing stands in its way."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"
