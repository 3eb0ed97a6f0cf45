"""Events: leave with their commit, reach every handler by a job of its own, count once."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel import jobs
from indii.kernel.audit import AuditEntry
from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.events import EVENTS, Event
from indii.kernel.ids import new_id
from indii.kernel.jobs import KINDS, Job, JobStatus
from indii.kernel.runtime import Runtime
from tests.conftest import MovableClock
from workers import events  # noqa: F401 - registers the dispatcher
from workers.queue import drain_queue
from workers.registry import HANDLERS, WORKERS, on


@dataclass(frozen=True, slots=True)
class BellRung(Event):
    """A test event."""

    bell_id: UUID
    times: int


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    yield
    for kind in HANDLERS.pop("BellRung", []):
        KINDS.pop(kind)
        WORKERS.pop(kind)


def ring(rt: Runtime, *, fails: bool = False) -> BellRung:
    event = BellRung(new_id(), 2)
    try:
        with rt.write(SYSTEM) as ctx:
            ctx.emit(event)
            if fails:
                raise ZeroDivisionError  # noqa: TRY301 - the commit is what fails
    except ZeroDivisionError:
        pass
    return event


def deliver(rt: Runtime) -> int:
    return drain_queue(rt, [EVENTS])


def job_of(rt: Runtime, handler: str) -> Job:
    with rt.write(SYSTEM) as ctx:
        return ctx.db.scalars(select(Job).where(col(Job.kind) == f"test_events.{handler}")).one()


def test_an_event_reaches_every_handler_as_it_was(rt: Runtime) -> None:
    heard: list[tuple[str, Event]] = []

    @on(BellRung)
    def one(_ctx: WriteCtx, event: BellRung) -> None:
        heard.append(("one", event))

    @on(BellRung)
    def two(_ctx: WriteCtx, event: BellRung) -> None:
        heard.append(("two", event))

    event = ring(rt)
    assert deliver(rt) == 3
    assert sorted(heard, key=lambda pair: pair[0]) == [("one", event), ("two", event)]
    assert deliver(rt) == 0


def test_no_commit_no_event(rt: Runtime) -> None:
    @on(BellRung)
    def one(_ctx: WriteCtx, _event: BellRung) -> None:
        pytest.fail("delivered")

    ring(rt, fails=True)
    assert deliver(rt) == 0


def test_a_failing_handler_takes_no_other_with_it_and_ends_as_a_dead_job(
    rt: Runtime, clock: MovableClock
) -> None:
    calls = {"good": 0, "bad": 0}

    @on(BellRung)
    def bad(_ctx: WriteCtx, _event: BellRung) -> None:
        calls["bad"] += 1
        raise ZeroDivisionError

    @on(BellRung)
    def good(_ctx: WriteCtx, _event: BellRung) -> None:
        calls["good"] += 1

    ring(rt)
    tries = KINDS["test_events.bad"].max_tries
    for turn in range(tries + 3):
        deliver(rt)
        assert calls["good"] == 1, turn
        clock.move(minutes=15)
    assert calls == {"good": 1, "bad": tries}
    assert job_of(rt, "good").state == JobStatus.DONE
    dead = job_of(rt, "bad")
    assert (dead.state, "Reference" in dead.last_error) == (JobStatus.DEAD, True)
    with rt.write(SYSTEM) as ctx:
        assert jobs.retry(ctx.db, dead.id, now=ctx.now)
    deliver(rt)
    assert calls == {"good": 1, "bad": tries + 1}


def test_what_a_failing_handler_wrote_is_undone(rt: Runtime) -> None:
    @on(BellRung)
    def half(ctx: WriteCtx, _event: BellRung) -> None:
        ctx.audit("half", "bell", new_id())
        ctx.enqueue("send_mail", key="half")
        ctx.db.flush()
        raise ZeroDivisionError

    ring(rt)
    deliver(rt)
    with rt.read(SYSTEM) as ctx:
        assert ctx.db.scalars(select(AuditEntry).where(col(AuditEntry.action) == "half")) == []
        assert ctx.db.scalars(select(Job).where(col(Job.key) == "half")) == []


def test_a_handler_whose_lease_ran_out_leaves_nothing(rt: Runtime, clock: MovableClock) -> None:
    """Its job was given back meanwhile: what the slow one wrote is not committed."""

    @on(BellRung)
    def slow(ctx: WriteCtx, _event: BellRung) -> None:
        ctx.audit("slow", "bell", new_id())
        clock.move(minutes=2)
        jobs.requeue_expired(ctx.db, now=clock.now)

    ring(rt)
    deliver(rt)
    with rt.read(SYSTEM) as ctx:
        assert ctx.db.scalars(select(AuditEntry).where(col(AuditEntry.action) == "slow")) == []


def test_an_event_that_this_release_does_not_know_waits_for_one_that_does(rt: Runtime) -> None:
    with rt.write(SYSTEM) as ctx:
        payload = {"event": "FromTomorrow", "data": {}}
        ctx.enqueue("dispatch_event", key="e", payload=payload)
    deliver(rt)
    with rt.write(SYSTEM) as ctx:
        job = ctx.db.scalars(select(Job).where(col(Job.key) == "e")).one()
    assert (job.state, job.last_error) == (
        JobStatus.QUEUED, "This release knows no event FromTomorrow.",
    )  # fmt: skip
