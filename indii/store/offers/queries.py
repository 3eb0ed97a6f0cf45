"""What is for sale, and what stands in the way of buying it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.models import LicenseGrant
from indii.business.licensing.queries import terms_of
from indii.business.licensing.rules import (
    TIER_LABELS,
    TIER_NOTES,
    TIERS,
    TermLine,
    compare_terms,
)
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import current_files, get_own, get_visible, rows
from indii.kernel.context import ReadCtx
from indii.kernel.format import count, exponent, money
from indii.store.offers.enums import HoldStatus
from indii.store.offers.models import ExclusiveHold, Offer
from indii.store.offers.rules import delivered_files, missing_files
from indii.store.orders.models import Order
from indii.store.orders.rules import fee_of


@dataclass(frozen=True, slots=True)
class TierView:
    """One license of a recording as a buyer reads it; `files` like `MP3 + WAV`."""

    tier: str
    label: str
    price_label: str
    price_minor: int
    currency: str
    files: str
    note: str
    lines: tuple[TermLine, ...]

    @property
    def differences(self) -> tuple[str, ...]:
        """What sets this tier apart from the one before."""
        return tuple(line.text for line in self.lines if line.differs)


@dataclass(frozen=True, slots=True)
class TierForm:
    """One tier as its seller edits it; `missing` says why it cannot be offered, "" if it can."""

    tier: str
    label: str
    price: str
    is_open: bool
    files: str
    missing: str
    terms: str


@dataclass(frozen=True, slots=True)
class TierChoice:
    """A license of a recording in a list of alternatives: `WAV lease, $59.95`."""

    tier: str
    label: str


@dataclass(frozen=True, slots=True)
class SheetTier:
    """One license as the sheet offers it; `refusal` says why it cannot be taken, "" if it can.

    `receives` is what its producer gets of the price, "" where nothing is paid.
    """

    tier: str
    label: str
    price_label: str
    files: str
    note: str
    lines: tuple[TermLine, ...]
    receives: str
    is_chosen: bool
    is_in_cart: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class LicenseSheet:
    """The licenses of one recording; `nothing` says why there are none."""

    recording_id: str = ""
    slug: str = ""
    title: str = ""
    byline: str = ""
    producer_name: str = ""
    cover: str = ""
    tiers: list[SheetTier] = field(default_factory=list)
    # The license of this recording that lies in the cart already, by its label.
    in_cart: str = ""
    nothing: str = ""


NOTHING_OFFERED = "No license is for sale at the moment."
_BEING_PAID = (
    "Somebody is paying for this license at the moment. If they do not finish, it is available"
    " again in half an hour."
)
_YOURS_TO_PAY = "You are paying for this license. Finish that payment, or cancel it in your cart."


def _present(ctx: ReadCtx, recording_id: UUID) -> frozenset[FileKind]:
    return frozenset(current_files(ctx, recording_id))


def open_prices(ctx: ReadCtx, recording_id: UUID) -> dict[LicenseTier, Offer]:
    """Return the open offers of a recording by tier, from the least to the last."""
    found = ctx.db.scalars(
        select(Offer).where(col(Offer.recording_id) == recording_id, col(Offer.is_open).is_(True))
    )
    by_tier = {LicenseTier(o.tier): o for o in found}
    return {tier: by_tier[tier] for tier in TIERS if tier in by_tier}


def _standing_leases(ctx: ReadCtx, recording_id: UUID) -> int:
    """Return how many leases of a recording run on whatever else is sold."""
    years = col(LicenseGrant.terms)["term_years"].as_integer()
    end = col(LicenseGrant.effective_on) + func.make_interval(years)
    found = ctx.db.scalar(
        select(func.count())
        .select_from(LicenseGrant)
        .where(
            col(LicenseGrant.recording_id) == recording_id,
            col(LicenseGrant.tier) != LicenseTier.EXCLUSIVE,
            col(LicenseGrant.voided_at).is_(None),
            or_(years.is_(None), end > ctx.now.date()),
        )
    )
    return int(found or 0)


def _leases_words(ctx: ReadCtx, recording_id: UUID, *, none: str) -> str:
    number = _standing_leases(ctx, recording_id)
    if not number:
        return none
    return f"{count(number, 'earlier lease')} {'stays' if number == 1 else 'stay'} valid."


def _exclusive_state(ctx: ReadCtx, recording_id: UUID) -> tuple[str, bool]:
    """Return `held`, `sold` or "", and whether it is the actor who holds or bought it."""
    found = ctx.db.execute(
        select(col(ExclusiveHold.state), col(Order.account_id), col(Order.buyer_hash))
        .join(Order, col(Order.id) == col(ExclusiveHold.order_id))
        .where(
            col(ExclusiveHold.recording_id) == recording_id,
            col(ExclusiveHold.state).in_((HoldStatus.HELD, HoldStatus.SOLD)),
        )
    ).first()
    if found is None:
        return "", False
    actor = ctx.actor
    is_own = actor.account_id is not None and found.account_id == actor.account_id
    return found.state, is_own or bool(actor.buyer and found.buyer_hash == actor.buyer)


def sold_notice(ctx: ReadCtx, recording_id: UUID) -> str:
    """Return that a recording is sold exclusively, and what of before stays; "" while it is not."""
    state, _ = _exclusive_state(ctx, recording_id)
    if state != HoldStatus.SOLD:
        return ""
    return f"Sold exclusively. {_leases_words(ctx, recording_id, none='No earlier leases.')}"


def nothing_offered_notice(ctx: ReadCtx, recording_id: UUID) -> str:
    """Return why a recording offers no license: sold exclusively, or just not offered."""
    return sold_notice(ctx, recording_id) or NOTHING_OFFERED


def _note(ctx: ReadCtx, recording_id: UUID, tier: LicenseTier) -> str:
    if tier == LicenseTier.EXCLUSIVE:
        leases = _leases_words(ctx, recording_id, none="No leases sold yet.")
        return f"Takes this recording off sale. {leases}"
    return TIER_NOTES.get(tier, "")


def tiers_of(ctx: ReadCtx, recording_id: UUID) -> tuple[TierView, ...]:
    """Return what of a visible recording is for sale, with terms and their differences.

    Raises:
        RecordingNotFound: unknown, or not for this actor.
    """
    recording = get_visible(ctx, recording_id)
    offers = open_prices(ctx, recording_id)
    terms = terms_of(ctx, recording.producer_id)
    present = _present(ctx, recording_id)
    compared = compare_terms([terms[tier] for tier in offers])
    return tuple(
        TierView(
            tier=tier,
            label=TIER_LABELS[tier],
            price_label=price_words(o.price_minor, o.currency),
            price_minor=o.price_minor,
            currency=o.currency,
            files=" + ".join(delivered_files(tier, present)),
            note=_note(ctx, recording_id, tier),
            lines=lines,
        )
        for (tier, o), lines in zip(offers.items(), compared, strict=True)
    )


def tier_choices(
    ctx: ReadCtx, present: Mapping[UUID, str]
) -> Mapping[UUID, tuple[TierChoice, ...]]:
    """Return what of these recordings is for sale, from the least to the last license.

    `present` is the tier that was chosen of each; it is listed even if it is not offered any more.
    """
    found = ctx.db.scalars(
        select(Offer).where(col(Offer.recording_id).in_(present), col(Offer.is_open).is_(True))
    )
    words = {(o.recording_id, o.tier): price_words(o.price_minor, o.currency) for o in found}
    return {
        recording_id: tuple(
            TierChoice(
                tier, f"{TIER_LABELS[tier]}, {words.get((recording_id, tier), 'not offered')}"
            )
            for tier in TIERS
            if tier == chosen or (recording_id, tier) in words
        )
        for recording_id, chosen in present.items()
    }


def sheet_of(
    ctx: ReadCtx, recording_id: UUID, *, in_cart: str, refused: Mapping[str, str]
) -> LicenseSheet:
    """Return the licenses of a visible recording; `refused` says of tiers why not, in words.

    Raises:
        RecordingNotFound: unknown, or not for this actor.
    """
    tiers = tiers_of(ctx, recording_id)
    (row,) = rows(ctx, [recording_id])
    state, is_own = _exclusive_state(ctx, recording_id)
    said = dict(refused)
    if state == HoldStatus.HELD:
        said.setdefault(LicenseTier.EXCLUSIVE, _YOURS_TO_PAY if is_own else _BEING_PAID)
    free = [t.tier for t in tiers if t.tier not in said]
    shown = [t.tier for t in tiers]
    chosen = in_cart if in_cart in shown else next(iter([*free, *shown]), "")
    return LicenseSheet(
        recording_id=row.id,
        slug=row.slug,
        title=row.title,
        byline=" · ".join(
            part
            for part in (row.producer_name, f"{row.bpm} bpm" if row.bpm else "", row.camelot)
            if part
        ),
        producer_name=row.producer_name,
        cover=row.cover_small,
        tiers=[
            _sheet_tier(
                t, ctx.site.fee_bps, in_cart=in_cart, chosen=chosen, refusal=said.get(t.tier, "")
            )
            for t in tiers
        ],
        in_cart=TIER_LABELS[LicenseTier(in_cart)] if in_cart else "",
        nothing="" if tiers else nothing_offered_notice(ctx, recording_id),
    )


def _sheet_tier(
    view: TierView, fee_bps: int, *, in_cart: str, chosen: str, refusal: str
) -> SheetTier:
    kept = view.price_minor - fee_of(view.price_minor, fee_bps)
    return SheetTier(
        tier=view.tier,
        label=view.label,
        price_label=view.price_label,
        files=view.files,
        note=view.note,
        lines=view.lines,
        receives=money(kept, view.currency) if view.price_minor else "",
        is_chosen=view.tier == chosen,
        is_in_cart=view.tier == in_cart,
        refusal=refusal,
    )


def price_words(minor: int, currency: str) -> str:
    """Return a price as buyers read it: `$29.95`, `Free`."""
    return money(minor, currency) if minor else "Free"


def price_text(minor: int, currency: str) -> str:
    """Return an amount as it stands in a form: `29.95`."""
    digits = exponent(currency)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def offer_forms(ctx: ReadCtx, recording_id: UUID) -> tuple[TierForm, ...]:
    """Return every tier of an own recording as its seller edits it."""
    recording: Recording = get_own(ctx, recording_id)
    found = {
        o.tier: o
        for o in ctx.db.scalars(select(Offer).where(col(Offer.recording_id) == recording_id))
    }
    terms = terms_of(ctx, recording.producer_id)
    present = _present(ctx, recording_id)
    forms = []
    for tier, lines in zip(TIERS, compare_terms([terms[t] for t in TIERS]), strict=True):
        offer = found.get(tier)
        missing = missing_files(tier, present)
        forms.append(
            TierForm(
                tier=tier,
                label=TIER_LABELS[tier],
                price=price_text(offer.price_minor, offer.currency) if offer else "",
                is_open=bool(offer and offer.is_open),
                files=" + ".join(delivered_files(tier, present)),
                missing=f"Needs {' and '.join(missing)}." if missing else "",
                terms=" · ".join(line.text for line in lines),
            )
        )
    return tuple(forms)
