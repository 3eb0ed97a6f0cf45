"""Who counts as a listener, and how long a link to an own file lives."""

from indii.kernel.context import Actor

LINK_S = 300
PLAYS_PER_HOUR = 240


def listener(actor: Actor) -> str:
    """Return under what name this actor's plays count, "" if they do not."""
    if actor.is_bot:
        return ""
    if actor.account_id is not None:
        return f"a:{actor.account_id}"
    return f"v:{actor.visitor}"[:80] if actor.visitor else ""
