"""Reads of sessions."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from indii.identity.sessions.models import LoginSession
from indii.identity.sessions.rules import browser_name
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One signed-in browser, as its owner sees it."""

    id: str
    browser: str
    ip: str
    seen: str
    seen_at: str
    since: str
    is_this: bool


def own_sessions(ctx: ReadCtx) -> tuple[SessionRow, ...]:
    """Return the actor's open sessions, this one first.

    Raises:
        SignInNeeded: nobody is signed in.
    """
    rows = ctx.db.scalars(
        select(LoginSession)
        .where(
            col(LoginSession.account_id) == ctx.actor.require_account(),
            col(LoginSession.ended_at).is_(None),
            col(LoginSession.expires_at) > ctx.now,
        )
        .order_by(
            (col(LoginSession.id) == ctx.actor.session_id).desc(),
            col(LoginSession.seen_at).desc(),
        )
        .limit(50)
    )
    return tuple(
        SessionRow(
            id=str(row.id),
            browser=browser_name(row.user_agent),
            ip=row.ip,
            seen=ago(row.seen_at, ctx.now),
            seen_at=row.seen_at.isoformat(),
            since=ago(row.created_at, ctx.now),
            is_this=row.id == ctx.actor.session_id,
        )
        for row in rows
    )
