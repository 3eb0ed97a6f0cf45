"""Events: leave with their commit, arrive at every handler at least once, count once."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.kernel.context import SYSTEM, WriteCtx
from indii.kernel.events import Event
from indii.kernel.ids import new_id
from indii.kernel.outbox import MAX_TRIES, OutboxEvent
from indii.kernel.runtime import Runtime
from tests.runtime import MovableClock
from workers.outbox import deliver
from workers.registry import HANDLERS


@dataclass(frozen=True, slots=True)
class BellRung(Event):
    """A test event."""

    bell_id: UUID
    times: int


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    yield
    HANDLERS.pop("BellRung", None)


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


def the_event(rt: Runtime) -> OutboxEvent:
    with rt.write(SYSTEM) as ctx:
        named = select(OutboxEvent).where(col(OutboxEvent.name) == "BellRung")
        return ctx.db.scalars(named).all()[-1]


def test_an_event_reaches_every_handler_as_it_was(rt: Runtime) -> None:
    heard: list[tuple[str, Event]] = []
    HANDLERS["BellRung"] = {
        "one": lambda _ctx, event: heard.append(("one", event)),
        "two": lambda _ctx, event: heard.append(("two", event)),
    }
    event = ring(rt)
    assert deliver(rt) == 1
    assert heard == [("one", event), ("two", event)]
    assert deliver(rt) == 0


def test_no_commit_no_event(rt: Runtime) -> None:
    HANDLERS["BellRung"] = {"one": lambda _ctx, _event: pytest.fail("delivered")}
    ring(rt, fails=True)
    assert deliver(rt) == 0


def test_a_failing_handler_is_tried_again_alone_and_ends_as_a_dead_letter(
    rt: Runtime, clock: MovableClock
) -> None:
    calls = {"good": 0, "bad": 0}

    def good(_ctx: WriteCtx, _event: BellRung) -> None:
        calls["good"] += 1

    def bad(_ctx: WriteCtx, _event: BellRung) -> None:
        calls["bad"] += 1
        raise ZeroDivisionError

    HANDLERS["BellRung"] = {"good": good, "bad": bad}
    ring(rt)
    for _ in range(MAX_TRIES + 3):
        deliver(rt)
        clock.move(minutes=15)
    assert calls == {"good": 1, "bad": MAX_TRIES}
    assert the_event(rt).dead_at is not None
    assert "ZeroDivisionError" in the_event(rt).last_error


def test_what_a_failing_handler_wrote_is_undone(rt: Runtime) -> None:
    def half(ctx: WriteCtx, _event: BellRung) -> None:
        ctx.audit("half", "bell", new_id())
        ctx.db.flush()
        raise ZeroDivisionError

    HANDLERS["BellRung"] = {"half": half}
    ring(rt)
    deliver(rt)
    from indii.kernel.audit import AuditEntry

    with rt.read(SYSTEM) as ctx:
        assert ctx.db.scalars(select(AuditEntry).where(col(AuditEntry.action) == "half")) == []
