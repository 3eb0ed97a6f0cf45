"""What the workers listen to: `@on(Event)`, `@inbound("vendor.event")`, `@job(kind)`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.events import EVENTS, Event
from indii.kernel.jobs import JobKind, declare
from indii.kernel.runtime import Runtime

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Task:
    """A leased job as its worker sees it; `progress` takes percent and renews the lease."""

    job_id: UUID
    key: str
    payload: dict[str, Any]
    progress: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Inbound:
    """An event from outside, verified; only its ids are believed."""

    kind: str
    object_ref: str
    payment_ref: str


# What is written in the very commit that ends a job, so that both are there or neither.
Ending = Callable[[WriteCtx], object]
Handler = Callable[[WriteCtx, Any], None]
Worker = Callable[[Runtime, Task], Ending | None]
InboundHandler = Callable[[Runtime, Inbound], Ending]

WORKERS: dict[str, Worker] = {}
# The kinds of jobs that bring an event to its handlers, by the event's name.
HANDLERS: dict[str, list[str]] = {}
INBOUND_HANDLERS: dict[str, InboundHandler] = {}


def on(event: type[E]) -> Callable[[Callable[[WriteCtx, E], None]], Callable[[WriteCtx, E], None]]:
    """Call the function with every event of this kind, as a job of its own.

    It runs inside the transaction that ends the job: what it writes, counts once.
    """

    def register(handler: Callable[[WriteCtx, E], None]) -> Callable[[WriteCtx, E], None]:
        kind = declare(
            JobKind(
                f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}",
                queue=EVENTS,
                max_tries=12,
                priority=2,
                lease=timedelta(minutes=1),
                retries_refusals=True,
            )
        )

        def deliver(_rt: Runtime, task: Task) -> Ending:
            found = event.from_json(task.payload)
            return lambda ctx: handler(ctx, found)

        WORKERS[kind.name] = deliver
        HANDLERS.setdefault(event.name(), []).append(kind.name)
        return handler

    return register


def job(kind: JobKind) -> Callable[[Worker], Worker]:
    """Give jobs of this kind to the function, outside any transaction.

    It may return what is to be written together with the end of the job.
    """

    def register(worker: Worker) -> Worker:
        WORKERS[kind.name] = worker
        return worker

    return register


def inbound(*kinds: str) -> Callable[[InboundHandler], InboundHandler]:
    """Give events from outside of these kinds, by the vendor's names, to the function.

    It asks the outside world for the truth and returns what is to be written, which is committed
    with the end of the event's job.
    """

    def register(handler: InboundHandler) -> InboundHandler:
        for kind in kinds:
            if kind in INBOUND_HANDLERS:
                raise RuntimeError(f"{kind} is handled twice; let the first emit an event")
            INBOUND_HANDLERS[kind] = handler
        return handler

    return register


MACHINERY = {"__init__", "app", "clock", "registry", "queue", "schedule"}


def load_rooms() -> None:
    """Import every room's module, so that its handlers are known."""
    from importlib import import_module
    from pathlib import Path

    for module in sorted(Path(__file__).parent.glob("*.py")):
        if module.stem not in MACHINERY:
            import_module(f"workers.{module.stem}")


Chore = Callable[[Runtime], None]

# Chores of the rooms that a beat calls: gauges every ten seconds, cleaning every ten minutes,
# learnt words every five, what the outside world may have forgotten to say every minute.
GAUGES: list[Chore] = []
CLEANUPS: list[Chore] = []
REFRESHES: list[Chore] = []
RECONCILERS: list[Chore] = []


def chore(group: list[Chore]) -> Callable[[Chore], Chore]:
    """Add the function to a group of chores."""

    def register(function: Chore) -> Chore:
        group.append(function)
        return function

    return register
