"""What the workers listen to: `@on(Event)` and `@job(kind)`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from indii.kernel.context import WriteCtx
from indii.kernel.events import Event
from indii.kernel.jobs import JobKind
from indii.kernel.runtime import Runtime

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Task:
    """A leased job as its worker sees it; `progress` takes percent and renews the lease."""

    job_id: UUID
    key: str
    payload: dict[str, Any]
    progress: Callable[[int], None]


Handler = Callable[[WriteCtx, Any], None]
Worker = Callable[[Runtime, Task], None]

HANDLERS: dict[str, dict[str, Handler]] = {}
WORKERS: dict[str, Worker] = {}


def on(event: type[E]) -> Callable[[Callable[[WriteCtx, E], None]], Callable[[WriteCtx, E], None]]:
    """Call the function with every event of this kind, inside the transaction of its receipt."""

    def register(handler: Callable[[WriteCtx, E], None]) -> Callable[[WriteCtx, E], None]:
        name = f"{handler.__module__}.{handler.__name__}"
        HANDLERS.setdefault(event.name(), {})[name] = handler
        return handler

    return register


def job(kind: JobKind) -> Callable[[Worker], Worker]:
    """Give jobs of this kind to the function, outside any transaction."""

    def register(worker: Worker) -> Worker:
        WORKERS[kind.name] = worker
        return worker

    return register


def load_rooms() -> None:
    """Import every room's module, so that its handlers are known."""
    from importlib import import_module
    from pathlib import Path

    machinery = {"__init__", "app", "clock", "registry", "outbox", "queue", "schedule"}
    for module in sorted(Path(__file__).parent.glob("*.py")):
        if module.stem not in machinery:
            import_module(f"workers.{module.stem}")


Chore = Callable[[Runtime], None]

# Chores of the rooms that a beat calls: gauges every ten seconds, cleaning every ten minutes,
# learnt words every five, what the outside world may have forgotten to say every minute.
GAUGES: list[Chore] = []
CLEANUPS: list[Chore] = []
REFRESHES: list[Chore] = []
RECONCILERS: list[Chore] = []
# Called when the inbox has something, within a moment of its arrival.
INBOUND_HANDLERS: list[Chore] = []


def chore(group: list[Chore]) -> Callable[[Chore], Chore]:
    """Add the function to a group of chores."""

    def register(function: Chore) -> Chore:
        group.append(function)
        return function

    return register
