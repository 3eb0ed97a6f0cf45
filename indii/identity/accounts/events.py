"""What happens to accounts."""

from dataclasses import dataclass
from uuid import UUID

from indii.kernel.events import Event


@dataclass(frozen=True, slots=True)
class AccountClosed(Event):
    """Somebody deleted their account: whatever they published must stop being public."""

    account_id: UUID
    profile_id: UUID
