"""What an administrator can do about work that failed."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.kernel import jobs
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.jobs import Job, JobStatus
from indii.kernel.outbox import OutboxEvent


def retry_job(ctx: WriteCtx, *, job_id: UUID) -> None:
    """Queue a job that gave up again, with fresh tries.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: it has not given up, or the same work waits already.
    """
    ctx.actor.require_role("admin")
    job = ctx.db.get(Job, job_id)
    if job is None or not _is_alone(ctx, job) or not jobs.retry(ctx.db, job_id, now=ctx.now):
        raise IndiiError("This job is not waiting to be tried again.")
    ctx.audit("job.retried", "job", job_id, kind=job.kind)
    ctx.wakes.add(job.queue)


def _is_alone(ctx: WriteCtx, job: Job) -> bool:
    same = select(col(Job.id)).where(
        col(Job.kind) == job.kind,
        col(Job.key) == job.key,
        col(Job.state).in_([JobStatus.QUEUED, JobStatus.RUNNING]),
    )
    return ctx.db.scalar(same) is None


def replay_event(ctx: WriteCtx, *, event_id: UUID) -> None:
    """Deliver a dead event again; handlers that took it already are left alone.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: it is not dead.
    """
    ctx.actor.require_role("admin")
    event = ctx.db.get(OutboxEvent, event_id, with_for_update=True)
    if event is None or event.dead_at is None or event.delivered_at is not None:
        raise IndiiError("This event is not waiting to be delivered again.")
    event.dead_at, event.tries, event.due_at = None, 0, ctx.now
    ctx.audit("event.replayed", "event", event_id, name=event.name)
    ctx.wakes.add("outbox")
