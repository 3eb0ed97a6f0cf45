"""Counting plays."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.catalog.access.models import Play
from indii.catalog.access.rules import listener
from indii.catalog.recordings.enums import RecordingState
from indii.catalog.recordings.models import Recording
from indii.kernel.context import WriteCtx


def count_play(ctx: WriteCtx, *, recording_id: UUID) -> bool:
    """Count that the actor heard thirty seconds: once a day, never the producer nor a machine.

    Returns whether it counted; why not is nobody's business.
    """
    actor = ctx.actor
    who = listener(account_id=actor.account_id, visitor=actor.visitor, is_bot=actor.is_bot)
    if not who:
        return False
    recording = ctx.db.get(Recording, recording_id)
    if recording is None or recording.state != RecordingState.LIVE:
        return False
    if recording.producer_id == actor.profile_id:
        return False
    counted = ctx.db.execute(
        insert(Play)
        .values(recording_id=recording_id, day=ctx.now.date(), listener=who, at=ctx.now)
        .on_conflict_do_nothing()
        .returning(col(Play.recording_id))
    ).first()
    if counted is None:
        return False
    ctx.db.execute(
        update(Recording)
        .where(col(Recording.id) == recording_id)
        .values(plays=col(Recording.plays) + 1)
        .execution_options(synchronize_session=False)
    )
    return True
