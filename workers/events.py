"""Bringing events to who handles them: our own to `@on`, those from outside to `@inbound`."""

from functools import partial
from uuid import UUID

from indii.kernel import inbox
from indii.kernel.context import WriteCtx
from indii.kernel.errors import IndiiError
from indii.kernel.events import DISPATCH, Event
from indii.kernel.inbox import PROCESS_INBOUND, InboundStatus
from indii.kernel.runtime import Runtime
from workers.registry import HANDLERS, INBOUND_HANDLERS, Ending, Inbound, Task, job


@job(DISPATCH)
def dispatch(_rt: Runtime, task: Task) -> Ending:
    """Queue one job for each handler of an event."""
    name, data = task.payload["event"], task.payload["data"]
    if name not in Event.known:
        raise IndiiError(f"This release knows no event {name}.")

    def fan_out(ctx: WriteCtx) -> None:
        for kind in HANDLERS.get(name, ()):
            ctx.enqueue(kind, key=task.key, payload=data)

    return fan_out


@job(PROCESS_INBOUND)
def process_inbound(rt: Runtime, task: Task) -> Ending:
    """Hand an event from outside to its handler; what nobody handles is kept and said to be so."""
    kind, event_id = task.payload["kind"], UUID(task.key)
    handler = INBOUND_HANDLERS.get(kind)
    if handler is None:
        return partial(_settle, event_id, InboundStatus.NOT_HANDLED)
    told = Inbound(kind, task.payload.get("object", ""), task.payload.get("payment", ""))
    follow = handler(rt, told)

    def end(ctx: WriteCtx) -> None:
        follow(ctx)
        _settle(event_id, InboundStatus.DONE, ctx)

    return end


def _settle(event_id: UUID, state: InboundStatus, ctx: WriteCtx) -> None:
    inbox.settle(ctx.db, event_id, state, now=ctx.now)
