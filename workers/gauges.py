"""What operators see of the machinery: how much work waits, runs and gave up."""

from indii.kernel import inbox, jobs, mail_queue, metrics
from indii.kernel.context import SYSTEM
from indii.kernel.events import EVENTS
from indii.kernel.runtime import Runtime
from workers.registry import GAUGES, chore

STATES = ("queued", "running", "dead")


@chore(GAUGES)
def publish_jobs(rt: Runtime) -> None:
    """Publish how many jobs of each kind are not done, and how old the oldest is."""
    with rt.write(SYSTEM) as ctx:
        counts = jobs.counts(ctx.db, now=ctx.now)
    # Also kinds of which only an older release knows: their dead jobs are there to be seen.
    for kind in jobs.KINDS.keys() | {kind for kind, _ in counts}:
        for state in STATES:
            count, age = counts.get((kind, state), (0, 0.0))
            metrics.JOBS.labels(kind, state).set(count)
            metrics.JOB_AGE.labels(kind, state).set(age)


@chore(GAUGES)
def publish_messages(rt: Runtime) -> None:
    """Publish how many events of ours, events from outside and e-mails wait."""
    with rt.write(SYSTEM) as ctx:
        metrics.OUTBOX_WAITING.set(jobs.open_count(ctx.db, EVENTS))
        metrics.MAIL_WAITING.set(mail_queue.waiting_count(ctx.db))
        standing = inbox.counts(ctx.db)
    for state, count in standing.items():
        metrics.INBOX.labels(state).set(count)
