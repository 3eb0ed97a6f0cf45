"""What an administrator can do about work that failed."""

from uuid import UUID

from indii.kernel import inbox, jobs
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.jobs import Job


def retry_job(ctx: WriteCtx, *, job_id: UUID) -> None:
    """Queue a job that gave up again, with fresh tries.

    Raises:
        NotAllowed: the actor is no administrator.
        IndiiError: it has not given up, or the same work waits already.
    """
    ctx.actor.require_role("admin")
    job = ctx.db.get(Job, job_id)
    if job is None or not jobs.retry(ctx.db, job_id, now=ctx.now):
        raise IndiiError("This job is not waiting to be tried again.")
    ctx.audit("job.retried", "job", job_id, kind=job.kind)
    ctx.wakes.add(job.queue)


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
