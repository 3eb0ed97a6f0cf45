"""Asking for work on a sound, again where it failed."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.catalog.analysis.enums import Work
from indii.catalog.recordings.commands import own_recording
from indii.catalog.recordings.enums import RecordingStatus
from indii.catalog.recordings.errors import WrongState
from indii.catalog.recordings.models import MediaFile, Recording
from indii.catalog.recordings.rules import MASTERS
from indii.kernel import jobs
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import Job, JobKind, declare

# The work renews its lease while it decodes, so a killed worker is noticed soon.
DIGEST = declare(
    JobKind(Work.DIGEST, queue="audio", max_tries=6, priority=50, lease=timedelta(seconds=90))
)


def request_digest(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Have preview, waveform and loudness made; asked for at work, it is made once more after."""
    ctx.actor.require_role("system")
    ctx.enqueue(DIGEST.name, key=str(recording_id))


def request_all_digests(ctx: WriteCtx, *, producer_id: UUID) -> int:
    """Have every preview of a producer made again, after a change of voice tag; return how many."""
    ctx.actor.require_role("system")
    found = ctx.db.scalars(
        select(col(Recording.id))
        .distinct()
        .join(MediaFile, col(MediaFile.recording_id) == col(Recording.id))
        .where(
            col(Recording.producer_id) == producer_id,
            col(Recording.state) != RecordingStatus.DELETED,
            col(MediaFile.kind).in_(MASTERS),
            col(MediaFile.replaced_at).is_(None),
        )
    ).all()
    ctx.enqueue_all(DIGEST.name, [str(recording_id) for recording_id in found])
    return len(found)


def retry_work(ctx: WriteCtx, *, recording_id: UUID, kind: str) -> None:
    """Try failed work of an own recording again.

    Raises:
        WrongState: it has not failed.
    """
    recording = own_recording(ctx, recording_id)
    job = ctx.db.scalar(
        select(Job)
        .where(col(Job.key) == str(recording.id), col(Job.kind) == kind)
        .order_by(col(Job.created_at).desc())
        .limit(1)
    )
    if kind not in set(Work) or job is None or not jobs.retry(ctx.db, job.id, now=ctx.now):
        raise WrongState("This work has not failed, so there is nothing to try again.")
    ctx.wakes.add(job.queue)
