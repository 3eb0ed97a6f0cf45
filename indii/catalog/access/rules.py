"""Who counts as a listener, and how long a link to an own file lives."""

from uuid import UUID

LINK_S = 300
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
