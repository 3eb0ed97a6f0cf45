"""Jobs: asked for once, leased, given back when a worker dies, dead only after all tries."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from indii.kernel import jobs
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.jobs import KINDS, Job, JobKind, JobStatus, declare
from indii.kernel.runtime import Runtime
from indii.ports.errors import PortError
from tests.runtime import MovableClock
from workers import registry
from workers.queue import drain_queue
from workers.registry import Ending, Task


@pytest.fixture
def kind() -> Iterator[JobKind]:
    made = declare(JobKind("test_kind", queue="audio", max_tries=3))
    yield made
    KINDS.pop(made.name)
    registry.WORKERS.pop(made.name, None)


def enqueue(rt: Runtime, key: str = "a", **payload: object) -> object:
    with rt.write(SYSTEM) as ctx:
        return jobs.enqueue(ctx.db, "test_kind", key=key, payload=payload, now=ctx.now)


def the_job(rt: Runtime) -> Job:
    with rt.write(SYSTEM) as ctx:
        return ctx.db.scalars(select(Job).where(col(Job.kind) == "test_kind")).all()[-1]


def test_the_same_work_is_asked_for_once(rt: Runtime, kind: JobKind) -> None:
    assert enqueue(rt) == enqueue(rt)
    assert enqueue(rt, "b") != enqueue(rt)


def test_all_that_a_commit_asks_for_is_one_statement(
    rt: Runtime, kind: JobKind, query_count: Callable[[int], AbstractContextManager[None]]
) -> None:
    with query_count(1), rt.write(SYSTEM) as ctx:
        ctx.enqueue("test_kind", key="b", payload={"n": 1})
        ctx.enqueue_all("test_kind", ["a", "b", "c"])
        ctx.enqueue("test_kind", key="c", payload={"n": 2})
    with rt.read(SYSTEM) as ctx:
        found = {j.key: j.payload for j in ctx.db.scalars(select(Job))}
    assert found == {"a": {}, "b": {}, "c": {"n": 2}}


def test_what_is_asked_for_while_it_runs_is_worked_afterwards(rt: Runtime, kind: JobKind) -> None:
    seen: list[object] = []

    def work(_rt: Runtime, task: Task) -> None:
        seen.append(task.payload)
        if len(seen) == 1:
            for n in (2, 3):
                enqueue(rt, n=n)
            assert drain_queue(rt, ["audio"]) == 0, "nobody else works on the same key meanwhile"

    registry.WORKERS[kind.name] = work
    enqueue(rt, n=1)
    assert drain_queue(rt, ["audio"]) == 2
    assert seen == [{"n": 1}, {"n": 3}]


def test_a_running_key_holds_up_no_other(rt: Runtime, kind: JobKind) -> None:
    enqueue(rt)
    with rt.write(SYSTEM) as ctx:
        assert jobs.claim(ctx.db, ["audio"], now=ctx.now) is not None
    enqueue(rt)
    enqueue(rt, "b")
    with rt.write(SYSTEM) as ctx:
        taken = jobs.claim(ctx.db, ["audio"], now=ctx.now)
        assert taken is not None
        assert taken.key == "b"
        assert jobs.claim(ctx.db, ["audio"], now=ctx.now) is None


@pytest.mark.parametrize("how", ["failed", "reaped"])
def test_a_job_that_failed_is_one_with_the_request_that_came_meanwhile(
    rt: Runtime, kind: JobKind, clock: MovableClock, how: str
) -> None:
    enqueue(rt, n=1)
    with rt.write(SYSTEM) as ctx:
        taken = jobs.claim(ctx.db, ["audio"], now=ctx.now)
        assert taken is not None
        assert taken.lease_id is not None
    enqueue(rt, n=2)
    if how == "reaped":
        clock.move(minutes=4)
    with rt.write(SYSTEM) as ctx:
        if how == "failed":
            jobs.fail(ctx.db, taken.id, taken.lease_id, "No disk.", ctx.now, retryable=True)
        else:
            assert jobs.requeue_expired(ctx.db, now=ctx.now) == [(kind.name, "a", JobStatus.QUEUED)]
    with rt.write(SYSTEM) as ctx:
        [left] = ctx.db.scalars(select(Job).where(col(Job.kind) == kind.name))
    assert (left.state, left.payload, left.tries) == (JobStatus.QUEUED, {"n": 2}, 1)
    assert left.last_error
    assert (left.run_at > clock.now) == (how == "failed"), "it waits as the failed one would"


def test_a_dead_job_is_not_retried_beside_the_same_work(rt: Runtime, kind: JobKind) -> None:
    enqueue(rt)
    with rt.write(SYSTEM) as ctx:
        dead = jobs.claim(ctx.db, ["audio"], now=ctx.now)
        assert dead is not None
        assert dead.lease_id is not None
        jobs.fail(ctx.db, dead.id, dead.lease_id, "No.", ctx.now, retryable=False)
    enqueue(rt)
    with rt.write(SYSTEM) as ctx:
        assert not jobs.retry(ctx.db, dead.id, now=ctx.now)
    with rt.read(SYSTEM) as ctx:
        states = sorted(j.state for j in ctx.db.scalars(select(Job).where(col(Job.key) == "a")))
    assert states == [JobStatus.DEAD, JobStatus.QUEUED]


def test_what_a_job_leads_to_and_its_end_are_one_commit(rt: Runtime, kind: JobKind) -> None:
    def half(_rt: Runtime, _task: Task) -> Ending:
        def end(ctx: WriteCtx) -> None:
            ctx.enqueue("test_kind", key="follows")
            ctx.db.flush()
            raise ZeroDivisionError

        return end

    registry.WORKERS[kind.name] = half
    enqueue(rt)
    drain_queue(rt, ["audio"])
    with rt.read(SYSTEM) as ctx:
        assert [j.key for j in ctx.db.scalars(select(Job))] == ["a"]
    registry.WORKERS[kind.name] = lambda _rt, _task: lambda ctx: ctx.enqueue("send_mail", key="f")
    with rt.write(SYSTEM) as ctx:
        ctx.db.execute(update(Job).values(run_at=ctx.now))
    drain_queue(rt, ["audio"], limit=1)
    with rt.read(SYSTEM) as ctx:
        found = {j.key: j.state for j in ctx.db.scalars(select(Job))}
    assert found == {"a": JobStatus.DONE, "f": JobStatus.QUEUED}


def test_work_that_nobody_here_knows_waits_for_who_does(rt: Runtime, kind: JobKind) -> None:
    """Its release is about to start; or it is no more, and then the job gives up in the end."""
    enqueue(rt)
    KINDS.pop(kind.name)
    try:
        assert drain_queue(rt, ["audio"]) == 1
    finally:
        KINDS[kind.name] = kind
    job = the_job(rt)
    assert (job.state, job.last_error) == (
        JobStatus.QUEUED, "This release knows no such kind of work.",
    )  # fmt: skip


def test_done_work_is_forgotten_and_dead_work_stays(
    rt: Runtime, kind: JobKind, clock: MovableClock
) -> None:
    for key in ("done", "dead", "waiting", "fresh"):
        enqueue(rt, key)
    with rt.write(SYSTEM) as ctx:
        for job in ctx.db.scalars(select(Job)):
            if job.key != "waiting":
                job.state, job.finished_at = job.key, ctx.now
            if job.key == "fresh":
                job.state, job.finished_at = "done", ctx.now + timedelta(days=3)
    clock.move(days=3)
    with rt.write(SYSTEM) as ctx:
        assert jobs.delete_done(ctx.db, before=ctx.now - timedelta(days=1)) == 1
        assert sorted(j.key for j in ctx.db.scalars(select(Job))) == ["dead", "fresh", "waiting"]


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
        assert jobs.requeue_expired(ctx.db, now=ctx.now) == [(kind.name, "a", JobStatus.QUEUED)]
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
