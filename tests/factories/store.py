"""Prices for recordings, by the command the product uses."""

from uuid import UUID

from indii.business.licensing.enums import LicenseTier
from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime
from indii.store.offers.commands import set_offers


def make_offers(rt: Runtime, producer: Actor, recording_id: UUID, **prices: int) -> None:
    """Offer these tiers at these prices in minor units: `make_offers(…, mp3_lease=2995)`."""
    with rt.write(producer) as ctx:
        set_offers(
            ctx,
            recording_id=recording_id,
            prices={LicenseTier(tier): price for tier, price in prices.items()},
        )
