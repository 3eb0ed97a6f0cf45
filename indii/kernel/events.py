"""Past-tense facts that rooms tell each other: frozen dataclasses that carry ids only.

An event leaves in the commit that made it true, as a job (the transactional outbox). Working that
job queues one job for each handler, so that a handler that fails takes no other with it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from indii.kernel.ids import new_id
from indii.kernel.jobs import JobKind, Request, declare

EVENTS = "events"
# A database trigger writes such jobs too (a new master), so its values stand in a migration.
DISPATCH = declare(
    JobKind(
        "dispatch_event",
        queue=EVENTS,
        max_tries=12,
        priority=1,
        lease=timedelta(minutes=1),
        retries_refusals=True,
    )
)


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event; a subclass is a frozen dataclass of UUIDs, strings and ints."""

    known: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # slots=True makes the class anew, so the later of the two registrations must win
        super(Event, cls).__init_subclass__(**kwargs)
        Event.known[cls.__name__] = cls

    @classmethod
    def name(cls) -> str:
        """Return the name under which this kind of event is kept."""
        return cls.__name__

    def to_json(self) -> dict[str, Any]:
        """Return the payload with ids as text."""
        return {k: str(v) if isinstance(v, UUID) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> Self:
        """Return the event that `to_json` wrote; unknown keys from a newer writer are dropped."""
        values: dict[str, Any] = {}
        for f in fields(cls):
            raw = payload[f.name]
            values[f.name] = UUID(raw) if f.type is UUID else raw
        return cls(**values)


def dispatch_of(event: Event) -> Request:
    """Return the work that brings an event to its handlers."""
    return Request(DISPATCH.name, str(new_id()), {"event": event.name(), "data": event.to_json()})
