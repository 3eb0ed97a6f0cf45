"""Proving an address without an account: a link in an e-mail, changed for a cookie."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlmodel import col

from indii.identity.guests.errors import PassUsed
from indii.identity.guests.models import GuestPass
from indii.identity.guests.rules import COOKIE_LIFE, EMAIL_LINK_LIFE
from indii.kernel.context import WriteCtx
from indii.kernel.ids import hash_token, new_id, new_token


def _issue(ctx: WriteCtx, email: str, *, is_email_link: bool, life: timedelta) -> str:
    token = new_token()
    ctx.db.add(
        GuestPass(
            id=new_id(),
            token_hash=hash_token(token),
            email=email,
            is_email_link=is_email_link,
            created_at=ctx.now,
            expires_at=ctx.now + life,
        )
    )
    return token


def issue_link(ctx: WriteCtx, *, email: str) -> str:
    """Return a token for an e-mail to this address; whoever opens that e-mail has proven it."""
    return _issue(ctx, email, is_email_link=True, life=EMAIL_LINK_LIFE)


def open_link(ctx: WriteCtx, *, token: str) -> str:
    """Change the token of an e-mail for one that a cookie keeps; it works once.

    Raises:
        PassUsed: it was used, is too old, or never was.
    """
    found = ctx.db.scalar(
        select(GuestPass)
        .where(
            col(GuestPass.token_hash) == hash_token(token),
            col(GuestPass.is_email_link).is_(True),
        )
        .with_for_update()
    )
    if found is None or found.used_at is not None or found.expires_at <= ctx.now:
        raise PassUsed
    found.used_at = ctx.now
    return _issue(ctx, found.email, is_email_link=False, life=COOKIE_LIFE)


def delete_expired_passes(ctx: WriteCtx) -> None:
    """Delete passes that no longer open anything."""
    ctx.actor.require_role("system")
    ctx.db.execute(delete(GuestPass).where(col(GuestPass.expires_at) < ctx.now))
