"""Writes of sessions."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col

from indii.identity.sessions.models import LoginSession
from indii.identity.sessions.rules import SESSION_LIFE, TOUCH_AFTER
from indii.kernel.context import WriteCtx
from indii.kernel.ids import hash_token, new_id, new_token


def open_session(
    ctx: WriteCtx,
    *,
    account_id: UUID,
    user_agent: str,
    ip: str,
    replaces: UUID | None,
) -> str:
    """Sign an account in and return the cookie's token; the session it replaces ends.

    Whoever calls has locked the account and knows that it may sign in.
    """
    ctx.actor.require_role("system")
    if replaces is not None:
        _end_where(ctx, col(LoginSession.id) == replaces)
    token = new_token()
    ctx.db.add(
        LoginSession(
            id=new_id(),
            account_id=account_id,
            token_hash=hash_token(token),
            user_agent=user_agent[:300],
            ip=ip[:64],
            created_at=ctx.now,
            seen_at=ctx.now,
            expires_at=ctx.now + SESSION_LIFE,
        )
    )
    return token


def _end_where(ctx: WriteCtx, *conditions: ColumnElement[bool]) -> int:
    ended = ctx.db.scalars(
        update(LoginSession)
        .where(col(LoginSession.ended_at).is_(None), *conditions)
        .values(ended_at=ctx.now)
        .returning(col(LoginSession.id))
    )
    return len(ended.all())


def end_sessions_of(ctx: WriteCtx, *, account_id: UUID, but: UUID | None = None) -> int:
    """Sign an account out of every browser but one; called when its password changes."""
    others = [col(LoginSession.id) != but] if but else []
    return _end_where(ctx, col(LoginSession.account_id) == account_id, *others)


def end_session(ctx: WriteCtx, *, session_id: UUID) -> None:
    """Sign one of the actor's own browsers out; somebody else's is left alone silently."""
    owner = col(LoginSession.account_id) == ctx.actor.require_account()
    _end_where(ctx, col(LoginSession.id) == session_id, owner)


def end_this_session(ctx: WriteCtx) -> None:
    """Sign this browser out; a visitor is signed out already."""
    if ctx.actor.session_id is not None:
        _end_where(ctx, col(LoginSession.id) == ctx.actor.session_id)


def end_all_sessions(ctx: WriteCtx) -> int:
    """Sign the actor out everywhere, here too; return how many browsers that were."""
    return end_sessions_of(ctx, account_id=ctx.actor.require_account())


def touch_session(ctx: WriteCtx) -> None:
    """Note that the session is used and let it live another thirty days; at most every 5 min."""
    if ctx.actor.session_id is None:
        return
    ctx.db.execute(
        update(LoginSession)
        .where(
            col(LoginSession.id) == ctx.actor.session_id,
            col(LoginSession.seen_at) <= ctx.now - TOUCH_AFTER,
            col(LoginSession.ended_at).is_(None),
        )
        .values(seen_at=ctx.now, expires_at=ctx.now + SESSION_LIFE)
    )


def delete_expired(ctx: WriteCtx) -> None:
    """Forget sessions that ended or expired a month ago, with the addresses they came from."""
    ctx.actor.require_role("system")
    before = ctx.now - timedelta(days=30)
    ctx.db.execute(
        delete(LoginSession).where(
            (col(LoginSession.ended_at) < before) | (col(LoginSession.expires_at) < before)
        )
    )
