"""What is for sale."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
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
from indii.catalog.recordings.queries import current_files, get_own, get_visible
from indii.kernel.context import ReadCtx
from indii.kernel.format import exponent, money
from indii.store.offers.models import Offer
from indii.store.offers.rules import delivered_files, missing_files


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


def _present(ctx: ReadCtx, recording_id: UUID) -> frozenset[FileKind]:
    return frozenset(current_files(ctx, recording_id))


def open_prices(ctx: ReadCtx, recording_id: UUID) -> dict[LicenseTier, Offer]:
    """Return the open offers of a recording by tier, from the least to the last."""
    found = ctx.db.scalars(
        select(Offer).where(col(Offer.recording_id) == recording_id, col(Offer.is_open).is_(True))
    )
    by_tier = {LicenseTier(o.tier): o for o in found}
    return {tier: by_tier[tier] for tier in TIERS if tier in by_tier}


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
            price_label=money(o.price_minor, o.currency) if o.price_minor else "Free",
            price_minor=o.price_minor,
            currency=o.currency,
            files=" + ".join(delivered_files(tier, present)),
            note=TIER_NOTES.get(tier, ""),
            lines=lines,
        )
        for (tier, o), lines in zip(offers.items(), compared, strict=True)
    )


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
