"""The words of reports."""

from enum import StrEnum


class ReportKind(StrEnum):
    """What kind of thing can be flagged."""

    RECORDING = "recording"
    PROFILE = "profile"
    TIP_MESSAGE = "tip_message"


class ReportReason(StrEnum):
    """Why it is flagged."""

    COPYRIGHT = "copyright"
    SAMPLE = "uncleared_sample"
    AI_UNDISCLOSED = "ai_undisclosed"
    HATE = "hate_or_violence"
    SPAM = "spam"
    OTHER = "other"


class ReportStatus(StrEnum):
    """Where a report stands."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
