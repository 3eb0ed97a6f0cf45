"""What a test or a developer turns: fees, delays, how webhooks travel, which call fails next."""

import asyncio
import dataclasses
import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

REFUND_OUTCOMES = ("succeeded", "pending", "succeeded_later", "failed_later")
FAULT_KINDS = (
    "lock_timeout",
    "rate_limit",
    "error_500",
    "error_503",
    "hang",
    "hang_after_commit",
    "drop_after_commit",
)
LONGEST_HANG_S = 120.0


class UnknownKnob(ValueError):
    """There is no such knob, or it does not turn so far."""


@dataclass(slots=True)
class Knobs:
    """How this stand-in behaves; kept in the database."""

    fee_bps: int = 290
    fee_fixed_minor: int = 30
    fee_delay_s: float = 1.0
    available_after_s: int = 2 * 86_400
    debit_delay_s: float = 5.0
    refund_outcome: str = "succeeded"
    refund_delay_s: float = 1.0
    # Webhooks: seconds before the second, third ... try, on the clock of the stand-in.
    retry_schedule_s: list[float] = field(default_factory=lambda: [1.0, 3.0, 8.0, 20.0])
    webhook_timeout_s: float = 10.0
    hold: bool = False
    drop: int = 0
    duplicate: int = 0
    delay_s: float = 0.0
    # Signatures claim to be this many seconds old; below zero they come from the future.
    signature_age_s: float = 0.0
    # Hold, drop, duplicate and delay concern these events only; all when empty.
    only_types: list[str] = field(default_factory=list)

    @classmethod
    def kept(cls, values: dict[str, Any]) -> Self:
        """Return the knobs as they were stored, by this or an older version."""
        names = {f.name for f in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in names})

    def turn(self, values: dict[str, Any]) -> None:
        """Change some. Raises: UnknownKnob for a name or a value that does not fit."""
        kinds = {f.name: type(getattr(self, f.name)) for f in dataclasses.fields(self)}
        for name, value in values.items():
            kind = kinds.get(name)
            if kind is None:
                raise UnknownKnob(f"There is no {name}; there are {', '.join(sorted(kinds))}.")
            allowed = (int, float) if kind is float else (kind,)
            if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
                raise UnknownKnob(f"{name} must be a {kind.__name__}.")
            if name == "refund_outcome" and value not in REFUND_OUTCOMES:
                raise UnknownKnob(f"{name} must be one of {', '.join(REFUND_OUTCOMES)}.")
        for name, value in values.items():
            setattr(self, name, value)

    def concern(self, event_type: str) -> bool:
        """Whether webhooks of this type are interfered with."""
        return not self.only_types or event_type in self.only_types

    def as_dict(self) -> dict[str, Any]:
        """Return them as JSON says them."""
        return dataclasses.asdict(self)


@dataclass(slots=True)
class Fault:
    """Trouble that waits for a call."""

    kind: str
    method: str = "*"
    path: str = "*"
    times: int = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise UnknownKnob(f"kind must be one of {', '.join(FAULT_KINDS)}.")
        if not 0 <= self.seconds <= LONGEST_HANG_S or self.times < 1:
            raise UnknownKnob("times is at least 1, seconds are between 0 and 120.")

    def meets(self, method: str, path: str) -> bool:
        """Whether this is the call it waits for; `path` may hold `*`."""
        return self.method in {"*", method} and fnmatch.fnmatchcase(path, self.path)


class Faults:
    """The troubles that wait, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a later call fail."""
        self.waiting.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the trouble this call is in for, used up."""
        for fault in self.waiting:
            if fault.meets(method, path):
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent, as remembered by the process."""

    id: str
    url: str
    secret: str
    enabled_events: Sequence[str]

    def wants(self, event_type: str) -> bool:
        """Whether it asked for events of this type."""
        return "*" in self.enabled_events or event_type in self.enabled_events


@dataclass(slots=True)
class Wakers:
    """Bells of the background tasks."""

    timers: asyncio.Event = field(default_factory=asyncio.Event)
    deliveries: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake both."""
        self.timers.set()
        self.deliveries.set()
