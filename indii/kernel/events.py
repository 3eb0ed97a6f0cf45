"""Past-tense facts that rooms tell each other: frozen dataclasses that carry ids only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self
from uuid import UUID


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
        """Return the name under which the outbox keeps this kind of event."""
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
