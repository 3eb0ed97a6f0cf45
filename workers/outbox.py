"""Delivering events: at least once to every handler, each in a transaction of its own."""

from indii.kernel import outbox
from indii.kernel.context import SYSTEM
from indii.kernel.events import Event
from indii.kernel.logging import log
from indii.kernel.outbox import OutboxEvent
from indii.kernel.runtime import Runtime
from workers.registry import HANDLERS


def deliver(rt: Runtime, *, limit: int = 1000) -> int:
    """Give waiting events to their handlers until none is due; return how many were delivered."""
    count = 0
    tried: set[object] = set()
    while count < limit:
        with rt.write(SYSTEM) as ctx:
            batch = [e for e in outbox.claim(ctx.db, now=ctx.now) if e.id not in tried]
        if not batch:
            return count
        for event in batch:
            tried.add(event.id)
            count += _deliver_one(rt, event)
    return count


def _deliver_one(rt: Runtime, row: OutboxEvent) -> bool:
    try:
        kind = Event.known[row.name]
        event = kind.from_json(row.payload)
        for name, handler in HANDLERS.get(row.name, {}).items():
            with rt.write(SYSTEM) as ctx:
                if outbox.record_receipt(ctx.db, event_id=row.id, handler=name, now=ctx.now):
                    handler(ctx, event)
    except Exception as error:  # noqa: BLE001 - one bad event must not hold up the others
        log.error("event_failed", event_name=row.name, event_id=str(row.id), exc_info=True)
        with rt.write(SYSTEM) as ctx:
            outbox.reschedule(ctx.db, row.id, error=repr(error), now=ctx.now)
        return False
    with rt.write(SYSTEM) as ctx:
        outbox.mark_delivered(ctx.db, row.id, now=ctx.now)
    return True
