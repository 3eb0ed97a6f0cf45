"""What an administrator can do about an inbound event."""

from uuid import UUID

from indii.kernel import inbox
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError


def replay_inbound(ctx: WriteCtx, *, event_id: UUID) -> None:
    """Work something again that the outside world told us; what it asks for is asked anew.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: there is no such event.
    """
    ctx.actor.require_role("admin")
    if not inbox.replay(ctx, event_id):
        raise IndiiError("There is no such event.")
    ctx.audit("inbox.replayed", "inbound_event", event_id)
