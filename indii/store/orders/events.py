"""What happened to orders."""

from dataclasses import dataclass
from uuid import UUID

from indii.kernel.events import Event


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """An order was paid, or was free; its lines are delivered."""

    order_id: UUID


@dataclass(frozen=True, slots=True)
class UndeliverablePaid(Event):
    """An order was paid with lines in it that can no longer be delivered: they go back."""

    order_id: UUID
