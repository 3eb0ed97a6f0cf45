"""Liking a recording, and taking that back."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.catalog.recordings.queries import get_visible
from indii.community.likes.models import RecordingLike
from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id


def set_like(ctx: WriteCtx, *, recording_id: UUID, is_liked: bool) -> None:
    """Make the actor like a recording, or not; asking twice changes nothing.

    What is not public any more can still be unliked.

    Raises:
        SignInNeeded: nobody is signed in.
        RecordingNotFound: unknown, or not for this actor.
    """
    account_id = ctx.actor.require_account()
    if not is_liked:
        ctx.db.execute(
            delete(RecordingLike).where(
                col(RecordingLike.account_id) == account_id,
                col(RecordingLike.recording_id) == recording_id,
            )
        )
        return
    get_visible(ctx.reading, recording_id)
    ctx.db.execute(
        insert(RecordingLike)
        .values(id=new_id(), account_id=account_id, recording_id=recording_id, created_at=ctx.now)
        .on_conflict_do_nothing()
    )


def forget_likes(ctx: WriteCtx, *, account_id: UUID) -> None:
    """Delete what an account that was closed liked."""
    ctx.actor.require_role("system")
    ctx.db.execute(delete(RecordingLike).where(col(RecordingLike.account_id) == account_id))
