"""Offering licenses; holding and selling the one that is exclusive."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.rules import TIERS, check_tier
from indii.catalog.recordings.commands import own_recording, set_listing
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import current_files
from indii.catalog.uploads.commands import detach_file
from indii.kernel.context import WriteCtx
from indii.kernel.ids import new_id
from indii.store.offers import rules
from indii.store.offers.enums import HoldStatus
from indii.store.offers.errors import ExclusiveTaken, HoldRefused, SoldExclusively
from indii.store.offers.models import ExclusiveHold, Offer


def set_offers(
    ctx: WriteCtx,
    *,
    recording_id: UUID,
    prices: Mapping[LicenseTier, int],
    currency: str = "",
) -> None:
    """Offer exactly these tiers at these prices in minor units; the others are closed.

    Prices are in the site's currency unless another one is named.

    Raises:
        SoldExclusively: nobody may license this recording any more.
        IndiiError: on a tier's field: its files are missing, or its price makes no sense.
    """
    currency = currency or ctx.site.currency
    recording = own_recording(ctx, recording_id)
    if sold_to(ctx, recording_ids=[recording.id]):
        if prices:
            raise SoldExclusively(
                "The exclusive license of this recording is sold, so no other can be offered."
                " Your other changes can be saved without prices.",
                field="prices",
            )
        return
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


def close_offers(ctx: WriteCtx, *, recording_id: UUID) -> None:
    """Stop selling a recording: its exclusive license is sold. Called by the sale itself."""
    ctx.db.execute(
        update(Offer)
        .where(col(Offer.recording_id) == recording_id)
        .values(is_open=False, updated_at=ctx.now)
    )
    ctx.db.execute(
        update(Recording)
        .where(col(Recording.id) == recording_id)
        .values(tiers=[], price_from_minor=None)
    )


def hold_exclusive(
    ctx: WriteCtx, *, recording_id: UUID, title: str, order_id: UUID, holder: str, until: datetime
) -> None:
    """Keep the exclusive license for one order while it is paid.

    Raises:
        ExclusiveTaken: somebody else holds or has it.
        HoldRefused: the holder holds another one, or kept this one too long.
    """
    # Two windows of one person must not both find that nothing is held.
    ctx.db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:holder))"), {"holder": holder})
    _may_hold(ctx, recording_id, title, holder)
    if not _put_hold(ctx, recording_id, order_id, holder, HoldStatus.HELD, until):
        raise ExclusiveTaken(
            f"Somebody else is paying for the exclusive license of {title}, or has bought it."
            " Nothing was charged. If they do not finish, it is available again in half an hour."
        )


def _may_hold(ctx: WriteCtx, recording_id: UUID, title: str, holder: str) -> None:
    # What was given up late counts as if it had been on time: a sweep or a refund may take longer.
    end = func.least(col(ExclusiveHold.ended_at), col(ExclusiveHold.expires_at))
    is_held = col(ExclusiveHold.state) == HoldStatus.HELD
    was_kept = (
        (col(ExclusiveHold.state) == HoldStatus.RELEASED)
        & (col(ExclusiveHold.recording_id) == recording_id)
        & (end > ctx.now - rules.HOLD_WINDOW)
    )
    [(holds_another, kept, last)] = ctx.db.execute(
        select(
            func.bool_or(is_held),
            func.sum(end - col(ExclusiveHold.created_at)).filter(was_kept),
            func.max(end).filter(was_kept),
        ).where(col(ExclusiveHold.holder) == holder, is_held | was_kept)
    )
    if holds_another:
        raise HoldRefused(
            "You are paying for another exclusive license at the moment. Finish that payment, or"
            " cancel it in your cart, before you take this one."
        )
    if last is not None and rules.must_wait(kept, ctx.now - last):
        raise HoldRefused(
            f"You kept the exclusive license of {title} for half an hour today without paying for"
            " it. It is reserved for others for fifteen minutes; then you can try again."
        )


def _put_hold(  # noqa: PLR0917 - two call sites
    ctx: WriteCtx,
    recording_id: UUID,
    order_id: UUID,
    holder: str,
    state: HoldStatus,
    until: datetime,
) -> bool:
    made = ctx.db.execute(
        insert(ExclusiveHold)
        .values(
            id=new_id(),
            recording_id=recording_id,
            order_id=order_id,
            holder=holder,
            state=state,
            created_at=ctx.now,
            expires_at=until,
            ended_at=ctx.now if state == HoldStatus.SOLD else None,
        )
        .on_conflict_do_nothing()
        .returning(col(ExclusiveHold.id))
    ).first()
    return made is not None


def sell_exclusive(ctx: WriteCtx, *, recording_id: UUID, order_id: UUID, holder: str) -> bool:
    """Turn the order's hold into a sale; False if somebody else was first.

    A hold that had lapsed while the payment came is taken anew, if nobody else has it.
    """
    held = ctx.db.execute(
        update(ExclusiveHold)
        .where(
            col(ExclusiveHold.order_id) == order_id,
            col(ExclusiveHold.recording_id) == recording_id,
            col(ExclusiveHold.state) == HoldStatus.HELD,
        )
        .values(state=HoldStatus.SOLD, ended_at=ctx.now)
        .returning(col(ExclusiveHold.id))
    ).first()
    return held is not None or _put_hold(
        ctx, recording_id, order_id, holder, HoldStatus.SOLD, ctx.now
    )


def sold_to(ctx: WriteCtx, *, recording_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return which orders bought an exclusive license of these recordings, by recording."""
    found = ctx.db.execute(
        select(col(ExclusiveHold.recording_id), col(ExclusiveHold.order_id)).where(
            col(ExclusiveHold.recording_id).in_(recording_ids),
            col(ExclusiveHold.state) == HoldStatus.SOLD,
        )
    )
    return {recording_id: order_id for recording_id, order_id in found}  # noqa: C416


def release_exclusives(ctx: WriteCtx, *, order_id: UUID) -> None:
    """Give up whatever an order held; what it bought stays bought."""
    ctx.db.execute(
        update(ExclusiveHold)
        .where(col(ExclusiveHold.order_id) == order_id, col(ExclusiveHold.state) == HoldStatus.HELD)
        .values(state=HoldStatus.RELEASED, ended_at=ctx.now)
    )


def reopen_exclusive(ctx: WriteCtx, *, order_id: UUID, recording_id: UUID) -> None:
    """Let a refunded exclusive license go; its producer decides whether to offer it again."""
    ctx.db.execute(
        update(ExclusiveHold)
        .where(
            col(ExclusiveHold.order_id) == order_id,
            col(ExclusiveHold.recording_id) == recording_id,
            col(ExclusiveHold.state) == HoldStatus.SOLD,
        )
        .values(state=HoldStatus.RELEASED, ended_at=ctx.now)
    )
