"""Asking for work on a sound, again where it failed."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Subquery, Text, and_, cast, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col

from indii.catalog.analysis.enums import Work
from indii.catalog.recordings.commands import own_recording
from indii.catalog.recordings.enums import FileKind, RecordingStatus
from indii.catalog.recordings.errors import WrongState
from indii.catalog.recordings.models import MediaFile, Recording, SoundFact
from indii.catalog.recordings.rules import MASTERS
from indii.kernel import jobs
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import Job, JobKind, JobStatus, declare

# The work renews its lease while it decodes, so a killed worker is noticed soon.
DIGEST = declare(
    JobKind(Work.DIGEST, queue="audio", max_tries=4, priority=50, lease=timedelta(seconds=90))
)
FORGOTTEN_AFTER = timedelta(minutes=15)


def request_digest(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Have preview, waveform and loudness made; once, however often it is asked for."""
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
    for recording_id in found:
        ctx.enqueue(DIGEST.name, key=str(recording_id))
    return len(found)


def _masters(*, before: datetime) -> Subquery:
    """Return the statement for the master of every recording, if it came before that moment."""
    return (
        select(col(MediaFile.recording_id), col(MediaFile.profile_id), col(MediaFile.sha256))
        .ext(distinct_on(col(MediaFile.recording_id)))
        .where(
            col(MediaFile.kind).in_(MASTERS),
            col(MediaFile.replaced_at).is_(None),
            col(MediaFile.created_at) < before,
        )
        # "main_wav" sorts after "main_mp3": the lossless one wins.
        .order_by(col(MediaFile.recording_id), col(MediaFile.kind).desc())
        .subquery()
    )


def request_missing_digests(ctx: WriteCtx) -> int:
    """Ask again where a preview is not made from the newest master and nobody is at it.

    A request that came while the job was just ending can be lost; failed work waits for a person.
    """
    ctx.actor.require_role("system")
    tag = aliased(MediaFile)
    master = _masters(before=ctx.now - FORGOTTEN_AFTER)
    has_tag = and_(
        col(tag.profile_id) == master.c.profile_id,
        col(tag.recording_id).is_(None),
        col(tag.kind) == FileKind.VOICE_TAG,
        col(tag.replaced_at).is_(None),
    )
    at_work = exists().where(
        col(Job.key) == cast(master.c.recording_id, Text),
        col(Job.kind) == Work.DIGEST,
        col(Job.state) != JobStatus.DONE,
    )
    wanted = master.c.sha256 + ":" + func.coalesce(col(tag.sha256), "")
    found = ctx.db.scalars(
        select(master.c.recording_id)
        .join(Recording, col(Recording.id) == master.c.recording_id)
        .outerjoin(tag, has_tag)
        .outerjoin(SoundFact, col(SoundFact.recording_id) == master.c.recording_id)
        .where(
            col(Recording.state) != RecordingStatus.DELETED,
            func.coalesce(col(SoundFact.digest_source), "") != wanted,
            ~at_work,
        )
        .limit(500)
    ).all()
    for recording_id in found:
        ctx.enqueue(DIGEST.name, key=str(recording_id))
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
    if kind not in set(Work) or job is None or job.state != JobStatus.DEAD:
        raise WrongState("This work has not failed, so there is nothing to try again.")
    jobs.retry(ctx.db, job.id, now=ctx.now)
    ctx.wakes.add(job.queue)
