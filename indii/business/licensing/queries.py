"""The terms of a producer, tier by tier."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.models import LicenseTerms
from indii.business.licensing.rules import DEFAULTS, Terms
from indii.kernel.context import ReadCtx


def terms_of(ctx: ReadCtx, profile_id: UUID) -> Mapping[LicenseTier, Terms]:
    """Return what each tier of this producer grants: their own terms, else the defaults."""
    found = ctx.db.scalars(select(LicenseTerms).where(col(LicenseTerms.profile_id) == profile_id))
    return DEFAULTS | {LicenseTier(row.tier): _terms(row) for row in found}


def terms_for(ctx: ReadCtx, profile_id: UUID, tier: LicenseTier) -> Terms:
    """Return what one tier of this producer grants."""
    return terms_of(ctx, profile_id)[tier]


def _terms(row: LicenseTerms) -> Terms:
    return Terms(
        streams_limit=row.streams_limit,
        copies_limit=row.copies_limit,
        videos_limit=row.videos_limit,
        radio_stations_limit=row.radio_stations_limit,
        term_years=row.term_years,
        allows_live_performance=row.allows_live_performance,
        allows_broadcast=row.allows_broadcast,
        requires_credit=row.requires_credit,
    )
