"""What the outside world tells: kept once, worked once, said to be unhandled where it is."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel import inbox
from indii.kernel.context import SYSTEM
from indii.kernel.errors import IndiiError
from indii.kernel.inbox import INBOUND, PROCESS_INBOUND, InboundEvent, InboundMessage
from indii.kernel.jobs import Job
from indii.kernel.runtime import Runtime
from tests.conftest import MovableClock
from workers import events  # noqa: F401 - registers the worker
from workers.queue import drain_queue
from workers.registry import INBOUND_HANDLERS, Ending, Inbound
from workers.registry import inbound as registered


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = dict(INBOUND_HANDLERS)
    yield
    INBOUND_HANDLERS.clear()
    INBOUND_HANDLERS.update(before)


def tell(rt: Runtime, kind: str = "bell.rung", number: int = 1) -> UUID | None:
    with rt.write() as ctx:
        about = {"object": f"bell_{number}", "payment": ""}
        return inbox.store(ctx, InboundMessage("tower", f"evt_{number}", kind, about, ctx.now))


def states(rt: Runtime) -> list[str]:
    with rt.read() as ctx:
        return list(ctx.db.scalars(select(col(InboundEvent.state)).order_by(InboundEvent.id)))


def counts(rt: Runtime) -> dict[str, int]:
    with rt.read() as ctx:
        return inbox.counts(ctx.db)


def test_it_is_kept_once_and_worked_once(rt: Runtime) -> None:
    heard: list[Inbound] = []

    @registered("bell.rung", "bell.cracked")
    def ring(_rt: Runtime, event: Inbound) -> Ending:
        return lambda _ctx: heard.append(event)

    woken: list[str] = []
    rt.wake = woken.extend
    assert tell(rt)
    assert tell(rt) is None
    assert woken == [INBOUND]
    assert drain_queue(rt, [INBOUND]) == 1
    assert heard == [Inbound("bell.rung", "bell_1", "")]
    assert states(rt) == ["done"]
    assert tell(rt) is None
    assert drain_queue(rt, [INBOUND]) == 0


def test_what_nobody_handles_is_kept_and_said_to_be_so(rt: Runtime) -> None:
    event_id = tell(rt, "bell.melted")
    assert counts(rt) == {"waiting": 1, "dead": 0, "not_handled": 0}
    drain_queue(rt, [INBOUND])
    assert states(rt) == ["not_handled"]
    assert counts(rt) == {"waiting": 0, "dead": 0, "not_handled": 1}

    @registered("bell.melted")
    def melt(_rt: Runtime, _event: Inbound) -> Ending:
        return lambda _ctx: None

    assert event_id is not None
    with rt.write(SYSTEM) as ctx:
        assert inbox.replay(ctx, event_id)
    drain_queue(rt, [INBOUND])
    assert states(rt) == ["done"]


def test_what_follows_and_its_end_are_one_commit_and_a_refusal_is_tried_again(
    rt: Runtime, clock: MovableClock
) -> None:
    @registered("bell.rung")
    def ring(_rt: Runtime, _event: Inbound) -> Ending:
        def end(ctx: object) -> None:
            ctx.enqueue("send_mail", key="followed")  # type: ignore[attr-defined]
            raise IndiiError("There is no such order.")

        return end

    event_id = tell(rt)
    for _ in range(PROCESS_INBOUND.max_tries):
        assert counts(rt)["waiting"] == 1
        assert drain_queue(rt, [INBOUND]) == 1
        clock.move(minutes=16)
    assert (states(rt), counts(rt)["dead"]) == (["waiting"], 1)
    with rt.read() as ctx:
        [job] = ctx.db.scalars(select(Job))
        assert (job.state, job.last_error) == ("dead", "There is no such order.")
    assert event_id is not None
    with rt.write(SYSTEM) as ctx:
        assert inbox.replay(ctx, event_id)
    assert counts(rt) == {"waiting": 1, "dead": 0, "not_handled": 0}


def test_a_kind_has_one_handler(rt: Runtime) -> None:
    registered("bell.rung")(lambda _rt, _event: lambda _ctx: None)
    with pytest.raises(RuntimeError, match="twice"):
        registered("bell.rung")(lambda _rt, _event: lambda _ctx: None)


def test_old_events_are_forgotten_but_for_those_that_wait_and_the_newest(
    rt: Runtime, clock: MovableClock
) -> None:
    for number, state in enumerate(("waiting", "done", "not_handled", "done")):
        event_id = tell(rt, number=number)
        with rt.write(SYSTEM) as ctx:
            ctx.db.get_one(InboundEvent, event_id).state = state
        clock.move(seconds=1)
    with rt.write(SYSTEM) as ctx:
        assert inbox.delete_handled(ctx.db, before=ctx.now - timedelta(days=1)) == 0
    clock.move(days=2)
    with rt.write(SYSTEM) as ctx:
        assert inbox.delete_handled(ctx.db, before=ctx.now - timedelta(days=1)) == 2
    with rt.read() as ctx:
        left = ctx.db.scalars(
            select(col(InboundEvent.external_id)).order_by(col(InboundEvent.received_at))
        )
        assert list(left) == ["evt_0", "evt_3"]
