"""What happened to refunds."""

from dataclasses import dataclass
from uuid import UUID

from indii.kernel.events import Event


@dataclass(frozen=True, slots=True)
class RefundSettled(Event):
    """Money went back; the lines it was for are void."""

    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RefundFailed(Event):
    """The network could not give the money back; a person must see to it."""

    refund_id: UUID
