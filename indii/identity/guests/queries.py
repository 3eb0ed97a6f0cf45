"""Who a guest is."""

from sqlalchemy import select
from sqlmodel import col

from indii.identity.guests.models import GuestPass
from indii.kernel.context import ReadCtx


def proven_email(ctx: ReadCtx) -> str:
    """Return the address whose e-mails this browser could open, "" if none."""
    if not ctx.actor.buyer:
        return ""
    found: str | None = ctx.db.scalar(
        select(col(GuestPass.email)).where(
            col(GuestPass.token_hash) == ctx.actor.buyer,
            col(GuestPass.is_email_link).is_(False),
            col(GuestPass.expires_at) > ctx.now,
        )
    )
    return found or ""
