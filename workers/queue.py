"""Working off leased jobs, one at a time, until a queue has nothing due."""

import time
from collections.abc import Sequence
from uuid import UUID

from indii.kernel import jobs, metrics
from indii.kernel.context import SYSTEM
from indii.kernel.errors import IndiiError
from indii.kernel.ids import reference
from indii.kernel.jobs import KINDS, Job, JobStatus
from indii.kernel.logging import log
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError
from workers.registry import WORKERS, Ending, Task


class LeaseLost(Exception):
    """Another worker has taken the job over; whatever we hold is stale."""


def drain_queue(rt: Runtime, queues: Sequence[str], *, limit: int = 1000) -> int:
    """Do due jobs of these queues until none is left; return how many were taken up."""
    for done in range(limit):
        with rt.write(SYSTEM) as ctx:
            job = jobs.claim(ctx.db, queues, now=ctx.now)
        if job is None:
            return done
        _do(rt, job)
    return limit


def _do(rt: Runtime, job: Job) -> None:
    lease = job.lease_id
    if lease is None:
        return

    def progress(percent: int) -> None:
        with rt.write(SYSTEM) as ctx:
            if not jobs.report_progress(ctx.db, job.id, lease, percent, now=ctx.now):
                raise LeaseLost

    started = time.perf_counter()
    outcome = "done"
    try:
        _end(rt, job, lease, _work(rt, job, Task(job.id, job.key, job.payload, progress)))
    except LeaseLost:
        outcome = "lost"
    except (IndiiError, PortError) as error:
        outcome = _fail(rt, job, lease, str(error), retryable=_can_retry(job, error))
    except Exception:  # noqa: BLE001 - one bad job must not end the worker
        ref = reference()
        log.error("job_bug", kind=job.kind, key=job.key, reference=ref, exc_info=True)
        message = f"Something went wrong on our side. Reference {ref}."
        outcome = _fail(rt, job, lease, message, retryable=True)
    elapsed = time.perf_counter() - started
    metrics.JOB_SECONDS.labels(job.kind, outcome).observe(elapsed)
    log.info("job", kind=job.kind, key=job.key, outcome=outcome, ms=round(elapsed * 1000))


def _work(rt: Runtime, job: Job, task: Task) -> Ending | None:
    worker = WORKERS.get(job.kind)
    if worker is None:
        # Of a newer release, whose workers are about to start, or of one that is no more.
        raise PortError("This release knows no such kind of work.")
    return worker(rt, task)


def _end(rt: Runtime, job: Job, lease: UUID, ending: Ending | None) -> None:
    """Write what a job leads to and that it is done, in one commit, if it is still ours."""
    with rt.write(SYSTEM) as ctx:
        if ending is not None:
            ending(ctx)
        if not jobs.finish(ctx.db, job.id, lease, now=ctx.now):
            raise LeaseLost


def _can_retry(job: Job, error: IndiiError | PortError) -> bool:
    if job.kind in KINDS and KINDS[job.kind].retries_refusals:
        return True
    return isinstance(error, PortError) and error.retryable


def _fail(rt: Runtime, job: Job, lease: UUID, message: str, *, retryable: bool) -> str:
    with rt.write(SYSTEM) as ctx:
        state = jobs.fail(ctx.db, job.id, lease, message, ctx.now, retryable=retryable)
    log.warning("job_failed", kind=job.kind, key=job.key, state=state, error=message)
    return "dead" if state is JobStatus.DEAD else "retry"
