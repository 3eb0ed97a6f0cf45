"""What happens to profiles."""

from dataclasses import dataclass
from uuid import UUID

from indii.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ProfileRenamed(Event):
    """A profile's name or address changed: whatever repeats them must be written anew."""

    profile_id: UUID
