"""Jobs: asked for once, leased, given back when a worker dies, dead only after all tries."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel import jobs
from indii.kernel.context import SYSTEM
from indii.kernel.errors import IndiiError
from indii.kernel.jobs import KINDS, Job, JobKind, JobStatus, declare
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError
from tests.runtime import MovableClock
from workers import registry
from workers.queue import drain_queue
from workers.registry import Task


@pytest.fixture
def kind() -> Iterator[JobKind]:
    made = declare(JobKind("test_kind", queue="audio", max_tries=3))
    yield made
    KINDS.pop(made.name)
    registry.WORKERS.pop(made.name, None)


def enqueue(rt: Runtime, key: str = "a") -> object:
    with rt.write(SYSTEM) as ctx:
        return ctx.enqueue("test_kind", key=key)


def the_job(rt: Runtime) -> Job:
    with rt.write(SYSTEM) as ctx:
        return ctx.db.scalars(select(Job).where(col(Job.kind) == "test_kind")).all()[-1]


def test_the_same_work_is_asked_for_once(rt: Runtime, kind: JobKind) -> None:
    assert enqueue(rt) == enqueue(rt)
    assert enqueue(rt, "b") != enqueue(rt)


def test_done_work_can_be_asked_for_again(rt: Runtime, kind: JobKind) -> None:
    first = enqueue(rt)
    registry.WORKERS[kind.name] = lambda _rt, _task: None
    assert drain_queue(rt, ["audio"]) == 1
    assert the_job(rt).state == JobStatus.DONE
    assert enqueue(rt) != first


def test_a_failing_job_waits_longer_each_time_and_ends_dead(
    rt: Runtime, kind: JobKind, clock: MovableClock
) -> None:
    def fail(_rt: Runtime, _task: Task) -> None:
        raise PortError("the disk is full")

    registry.WORKERS[kind.name] = fail
    enqueue(rt)
    for tries in range(1, 4):
        assert drain_queue(rt, ["audio"]) == 1
        assert the_job(rt).tries == tries
        assert drain_queue(rt, ["audio"]) == 0, "not due yet"
        clock.move(minutes=20)
    assert the_job(rt).state == JobStatus.DEAD
    assert the_job(rt).last_error == "the disk is full"


def test_what_is_refused_for_good_is_not_tried_again(rt: Runtime, kind: JobKind) -> None:
    def refuse(_rt: Runtime, _task: Task) -> None:
        raise IndiiError("This file is silent.")

    registry.WORKERS[kind.name] = refuse
    enqueue(rt)
    drain_queue(rt, ["audio"])
    assert (the_job(rt).state, the_job(rt).tries) == (JobStatus.DEAD, 1)


def test_a_bug_is_shown_as_a_reference(rt: Runtime, kind: JobKind) -> None:
    def bug(_rt: Runtime, _task: Task) -> None:
        raise ZeroDivisionError("internal")

    registry.WORKERS[kind.name] = bug
    enqueue(rt)
    drain_queue(rt, ["audio"])
    assert "Reference" in the_job(rt).last_error
    assert "internal" not in the_job(rt).last_error


def test_a_dead_workers_job_is_given_to_another(
    rt: Runtime, kind: JobKind, clock: MovableClock
) -> None:
    enqueue(rt)
    with rt.write(SYSTEM) as ctx:
        taken = jobs.claim(ctx.db, ["audio"], now=ctx.now)
        assert taken is not None
        lease = taken.lease_id
        assert lease is not None
    clock.move(minutes=4)
    with rt.write(SYSTEM) as ctx:
        assert [j.id for j in jobs.requeue_expired(ctx.db, now=ctx.now)] == [taken.id]
    with rt.write(SYSTEM) as ctx:
        again = jobs.claim(ctx.db, ["audio"], now=ctx.now)
        assert again is not None
        assert again.id == taken.id
        assert not jobs.finish(ctx.db, taken.id, lease, now=ctx.now), (
            "the old lease is worth nothing"
        )
        assert not jobs.report_progress(ctx.db, taken.id, lease, 50, now=ctx.now)


def test_a_job_that_kills_every_worker_ends_dead(
    rt: Runtime, kind: JobKind, clock: MovableClock
) -> None:
    enqueue(rt)
    for _ in range(3):
        with rt.write(SYSTEM) as ctx:
            assert jobs.claim(ctx.db, ["audio"], now=ctx.now) is not None
        clock.move(minutes=4)
        with rt.write(SYSTEM) as ctx:
            jobs.requeue_expired(ctx.db, now=ctx.now)
    assert the_job(rt).state == JobStatus.DEAD
    with rt.write(SYSTEM) as ctx:
        assert jobs.retry(ctx.db, the_job(rt).id, now=ctx.now)
    assert (the_job(rt).state, the_job(rt).tries) == (JobStatus.QUEUED, 0)


def test_progress_renews_the_lease(rt: Runtime, kind: JobKind, clock: MovableClock) -> None:
    seen: list[object] = []

    def slow(_rt: Runtime, task: Task) -> None:
        clock.move(minutes=2)
        task.progress(40)
        seen.append(the_job(rt).leased_until)
        seen.append(the_job(rt).progress)

    registry.WORKERS[kind.name] = slow
    enqueue(rt)
    drain_queue(rt, ["audio"])
    assert seen == [clock.now + kind.lease, 40]


def test_urgent_kinds_come_first(rt: Runtime, kind: JobKind) -> None:
    declare(JobKind("test_urgent", queue="audio", priority=1))
    order: list[str] = []
    try:
        for name in ("test_kind", "test_urgent"):
            registry.WORKERS[name] = lambda _rt, task: order.append(task.key)
        enqueue(rt, "later")
        with rt.write(SYSTEM) as ctx:
            ctx.enqueue("test_urgent", key="first")
        drain_queue(rt, ["audio"])
    finally:
        KINDS.pop("test_urgent")
        registry.WORKERS.pop("test_urgent")
    assert order == ["first", "later"]
