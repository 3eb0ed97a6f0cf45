"""Decisions about decisions: what must be said, and to which recording an address leads."""

import re
from uuid import UUID

from indii.kernel.ids import require_id
from indii.kernel.text import clean_text
from indii.trust.moderation.errors import ReasonMissing, ReasonTooLong, SubjectGone

MAX_REASON = 500
_ADDRESS = re.compile(r"(?:.*/recording/)?([a-z0-9]+(?:-[a-z0-9]+)*)/?(?:[?#].*)?")


def clean_reason(text: str) -> str:
    """Return the reason without control characters.

    Raises:
        ReasonMissing: nothing is said.
        ReasonTooLong: it does not fit.
    """
    if len(text) > MAX_REASON:
        raise ReasonTooLong(MAX_REASON)
    reason = clean_text(text)
    if not reason:
        raise ReasonMissing
    return reason


def slug_in(address: str) -> str:
    """Return the slug at the end of a recording's address, "" if it is none."""
    found = _ADDRESS.fullmatch(address.strip()[:500])
    return found.group(1) if found else ""


def subject(text: str) -> UUID:
    """Return the id that a page sent back.

    Raises:
        SubjectGone: it is no id.
    """
    return require_id(text, SubjectGone)
