"""Celery: it only wakes workers; what there is to do stands in Postgres."""

import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown, worker_ready
from prometheus_client import multiprocess

from indii.bootstrap import make_runtime
from indii.kernel import inbox, jobs, mail_queue
from indii.kernel.context import SYSTEM
from indii.kernel.events import EVENTS
from indii.kernel.inbox import INBOUND
from indii.kernel.logging import log
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError
from indii.settings import settings
from workers import registry
from workers.queue import drain_queue
from workers.schedule import beat_schedule

# A payment or an event waits for no e-mail; somebody waits for a preview while a backfill or a
# demo piece can wait.
MORE_URGENT = {
    "default": (INBOUND, EVENTS),
    EVENTS: (INBOUND,),
    "embedding": ("audio",),
    "slow": ("audio", "embedding"),
}

app = Celery("indii", broker=settings().redis())
app.conf.update(
    task_ignore_result=True,
    task_default_queue="default",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_max_tasks_per_child=5000,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 600},
    beat_schedule=beat_schedule(),
)
registry.load_rooms()


class _Process:
    runtime: Runtime | None = None


def runtime() -> Runtime:
    """Return this worker process's runtime, made on first use so that no fork shares it."""
    if _Process.runtime is None:
        _Process.runtime = make_runtime(pool_size=3)
    return _Process.runtime


@worker_process_init.connect
def _fresh(**_: Any) -> None:
    _Process.runtime = None


@worker_process_shutdown.connect
def _gone(pid: int | None = None, **_: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(pid or os.getpid())  # type: ignore[no-untyped-call]


@worker_ready.connect
def _begin(**_: Any) -> None:
    # What waited while nobody worked need not wait for the clock's first tick.
    app.send_task("indii.sweep", queue="default", expires=10)


@app.task(name="indii.work")
def work(queue: str) -> None:
    """Work off one queue, and before each of its jobs whatever is more urgent."""
    drain_queue(runtime(), [queue, *MORE_URGENT.get(queue, ())])


@app.task(name="indii.reconcile")
def reconcile() -> None:
    """Ask the outside world for what it may have forgotten to tell us."""
    for ask in registry.RECONCILERS:
        try:
            ask(runtime())
        except PortError as error:
            log.warning("reconcile_failed", chore=ask.__name__, error=str(error))
        except Exception:  # noqa: BLE001 - one bad chore must not hold up the others
            log.error("reconcile_bug", chore=ask.__name__, exc_info=True)


@app.task(name="indii.sweep")
def sweep() -> None:
    """Take back stuck jobs and wake the queues that have due work."""
    rt = runtime()
    with rt.write(SYSTEM) as ctx:
        for kind, key, state in jobs.requeue_expired(ctx.db, now=ctx.now):
            log.warning("job_reaped", kind=kind, key=key, state=state)
        ctx.wakes.update(jobs.due_queues(ctx.db, now=ctx.now))
    _heartbeat(rt)


def _heartbeat(rt: Runtime) -> None:
    """Let `/healthz` see that a worker lives; the key outlives a few missed sweeps."""
    from redis import Redis

    Redis.from_url(settings().redis(), socket_timeout=2).set(
        "indii:worker:alive", rt.clock().isoformat(), ex=15
    )


@app.task(name="indii.publish_gauges")
def publish_gauges() -> None:
    """Publish how much work waits."""
    for publish in registry.GAUGES:
        publish(runtime())


@app.task(name="indii.clean_up")
def clean_up() -> None:
    """Forget what is done and old, and let every room clean up after itself."""
    rt, config = runtime(), settings()
    with rt.write(SYSTEM) as ctx:
        jobs.delete_done(ctx.db, before=ctx.now - timedelta(days=config.keep_jobs_days))
        inbox.delete_handled(ctx.db, before=ctx.now - timedelta(days=config.keep_inbound_days))
        mail_queue.delete_sent(ctx.db, before=ctx.now - timedelta(days=config.keep_mail_days))
    for clean in registry.CLEANUPS:
        clean(rt)


@app.task(name="indii.refresh_words")
def refresh_words() -> None:
    """Let search learn the words of the catalogue."""
    for refresh in registry.REFRESHES:
        refresh(runtime())
