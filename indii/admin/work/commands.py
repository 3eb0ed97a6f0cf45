"""What an administrator can do about work that failed."""

from uuid import UUID

from indii.kernel import jobs
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
        raise IndiiError("This job is not waiting for a retry.")
    ctx.audit("job.retried", "job", job_id, kind=job.kind)
    ctx.wakes.add(job.queue)
