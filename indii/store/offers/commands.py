"""Offering licenses."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import TIERS, check_tier
from indii.catalog.intake.commands import detach_file
from indii.catalog.recordings.commands import own_recording, set_listing
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import current_files
from indii.kernel.context import WriteCtx
from indii.store.offers import rules
from indii.store.offers.models import Offer

CURRENCY = "USD"


def set_offers(
    ctx: WriteCtx,
    *,
    recording_id: UUID,
    prices: Mapping[LicenseTier, int],
    currency: str = CURRENCY,
) -> None:
    """Offer exactly these tiers at these prices in minor units; the others are closed.

    Raises:
        IndiiError: on a tier's field: its files are missing, or its price makes no sense.
    """
    recording = own_recording(ctx, recording_id)
    present = frozenset(current_files(ctx.reading, recording.id))
    wanted = {check_tier(t): p for t, p in prices.items()}
    for tier, minor in wanted.items():
        rules.require_files(tier, present)
        rules.check_price(tier, minor, currency)
    for tier in TIERS:
        offer = ctx.db.get(Offer, (recording.id, tier), with_for_update=True)
        if tier in wanted:
            _put(ctx, recording.id, tier, wanted[tier], currency)
        elif offer and offer.is_open:
            offer.is_open, offer.updated_at = False, ctx.now
    ctx.db.flush()
    _list(ctx, recording, wanted, currency)


def _put(ctx: WriteCtx, recording_id: UUID, tier: LicenseTier, minor: int, currency: str) -> None:
    values = {
        "price_minor": minor, "currency": currency, "is_open": True, "updated_at": ctx.now,
    }  # fmt: skip
    ctx.db.execute(
        insert(Offer)
        .values(recording_id=recording_id, tier=tier, **values)
        .on_conflict_do_update(index_elements=["recording_id", "tier"], set_=values)
    )


def _list(
    ctx: WriteCtx, recording: Recording, prices: Mapping[LicenseTier, int], currency: str
) -> None:
    set_listing(
        ctx,
        recording_id=recording.id,
        price_from_minor=rules.lowest(prices),
        currency=currency,
        tiers=[tier for tier in TIERS if tier in prices],
    )


def remove_file(ctx: WriteCtx, *, recording_id: UUID, kind: FileKind) -> tuple[LicenseTier, ...]:
    """Take a file away and close the tiers that needed it; return which were closed.

    Raises:
        IndiiError: a public recording would be left without any license.
    """
    detach_file(ctx, recording_id=recording_id, kind=kind)
    recording = own_recording(ctx, recording_id)
    present = frozenset(current_files(ctx.reading, recording.id))
    kept: dict[LicenseTier, int] = {}
    closed: list[LicenseTier] = []
    for tier in TIERS:
        offer = ctx.db.get(Offer, (recording.id, tier), with_for_update=True)
        if offer is None or not offer.is_open:
            continue
        if rules.missing_files(tier, present):
            offer.is_open, offer.updated_at = False, ctx.now
            closed.append(tier)
        else:
            kept[tier] = offer.price_minor
    if closed:
        _list(ctx, recording, kept, recording.currency)
    return tuple(closed)
