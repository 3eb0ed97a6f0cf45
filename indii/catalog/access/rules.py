"""Who counts as a listener, and how long a link to an own file lives."""

from uuid import UUID

from indii.catalog.recordings.enums import FileKind
from indii.kernel.text import clean_line

LINK_S = 300
# Long enough to fetch a large zip over a slow line, short enough that a refund bites.
BOUGHT_LINK_S = 900
PLAYS_PER_HOUR = 240
VISITORS_PER_NETWORK = 50
"""Plays of one recording a day by people without an account behind one line."""


def listener(*, account_id: UUID | None, visitor: str, is_bot: bool) -> str:
    """Return under what name somebody's plays count, "" if they do not."""
    if is_bot:
        return ""
    if account_id is not None:
        return f"a:{account_id}"
    return f"v:{visitor}"[:80] if visitor else ""


_WHAT = {FileKind.STEMS_ZIP: " (Stems)"}


def delivered_name(producer: str, title: str, kind: FileKind, ending: str) -> str:
    """Return the file name that a buyer gets: `Ash Verell - Rust.wav`; no path, no control."""
    stem = clean_line(f"{producer} - {title}").replace("/", "-").replace("\\", "-").strip(". ")
    return f"{stem[:150]}{_WHAT.get(kind, '')}.{ending or 'bin'}"
