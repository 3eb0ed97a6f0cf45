"""Decisions about reports: which reasons fit what, and what must be said."""

from indii.identity.reports.enums import ReportKind, ReportReason
from indii.identity.reports.errors import (
    DetailsMissing,
    DetailsTooLong,
    NothingToReport,
    ReasonUnknown,
)
from indii.kernel.text import clean_text

MAX_DETAILS = 2000
PER_HOUR = 10
PER_NETWORK = 30

LABELS = {
    ReportReason.COPYRIGHT: "It is someone else's music",
    ReportReason.SAMPLE: "It uses a sample that was not cleared",
    ReportReason.AI_UNDISCLOSED: "It was generated, and does not say so",
    ReportReason.HATE: "It is hateful or calls for violence",
    ReportReason.SPAM: "It is spam or misleading",
    ReportReason.OTHER: "Something else",
}
REASONS = {
    ReportKind.RECORDING: tuple(ReportReason),
    ReportKind.PROFILE: (ReportReason.HATE, ReportReason.SPAM, ReportReason.OTHER),
    ReportKind.TIP_MESSAGE: (ReportReason.HATE, ReportReason.SPAM, ReportReason.OTHER),
}
# These cannot be judged from the sound alone.
_NEED_DETAILS = {ReportReason.COPYRIGHT, ReportReason.SAMPLE, ReportReason.OTHER}


def check_report(kind: str, reason: str, details: str) -> tuple[ReportKind, ReportReason, str]:
    """Return the report in our own words.

    Raises:
        IndiiError: the kind, the reason or the details are not right.
    """
    if kind not in set(ReportKind):
        raise NothingToReport
    known = ReportKind(kind)
    if reason not in REASONS[known]:
        raise ReasonUnknown
    if len(details) > MAX_DETAILS:
        raise DetailsTooLong(MAX_DETAILS)
    said = clean_text(details)
    if not said and reason in _NEED_DETAILS:
        raise DetailsMissing
    return known, ReportReason(reason), said
