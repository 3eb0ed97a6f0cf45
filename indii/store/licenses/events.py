"""What happened to licenses."""

from dataclasses import dataclass
from uuid import UUID

from indii.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ExclusiveSold(Event):
    """The one exclusive license of a recording is sold."""

    recording_id: UUID
    order_id: UUID
